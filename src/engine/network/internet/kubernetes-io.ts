/**
 * kubernetes.io and what leads there, as far as manifests are fetched from it. Upstream: kubernetes/k8s.io
 * apps/k8s-io (the redirects of k8s.io), kubernetes/website (what the site serves).
 */
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { allExamples, exampleText } from "./examples/examples.ts";

const SITE = "https://kubernetes.io";
const RAW = "https://raw.githubusercontent.com";
const TEXT = "text/plain; charset=utf-8";

function answer(status: number, type: string, body: string): ServedResponse {
  return { status, headers: { "content-type": type, "content-length": String(body.length) }, body };
}

function moved(location: string, body: string, type = "text/html"): ServedResponse {
  const { headers, ...rest } = answer(301, type, body);
  return { ...rest, headers: { ...headers, location } };
}

/** Where a request asked for something, of another host. */
function sameAt(origin: string, { path, query }: ServedRequest): string {
  return `${origin}${path}${query === "" ? "" : `?${query}`}`;
}

/** k8s.io: nothing of its own. */
export function shortName(request: ServedRequest): ServedResponse {
  const title = "301 Moved Permanently";
  const head = `<html>\r\n<head><title>${title}</title></head>\r\n`;
  const page = `${head}<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
  return moved(sameAt(request.scheme === "http" ? "https://k8s.io" : SITE, request), page);
}

/** The site itself: its examples, and a page in place of all others. */
export function kubernetesSite(
  request: ServedRequest,
  others: (request: ServedRequest) => ServedResponse,
): ServedResponse {
  if (request.scheme === "http" || request.headers["host"]?.startsWith("www.") === true) {
    const location = sameAt(SITE, request);
    return moved(location, `Redirecting to ${location}\n`, "text/plain");
  }
  const [, path] = /^\/examples\/(.*)$/.exec(request.path) ?? [];
  if (path === undefined) return others(request);
  const text = exampleText(path);
  return text === undefined ? noSuchExample() : answer(200, typeOf(path), text);
}

function typeOf(path: string): string {
  return path.endsWith(".yaml") ? "application/yaml" : path.endsWith(".json") ? "application/json" : TEXT;
}

function noSuchExample(): ServedResponse {
  const told = `The kubernetes.io of this playground's internet carries ${Object.keys(allExamples()).length} of the documentation's examples. This is not one of them.`;
  return answer(
    404,
    "text/html; charset=utf-8",
    `<!doctype html><html lang="en"><head><title>404 Page not found</title></head><body><h1>404</h1><p>${told}</p></body></html>\n`,
  );
}

/** raw.githubusercontent.com: of all files of all repositories, the examples of kubernetes/website's main branch. */
export function rawFiles(request: ServedRequest): ServedResponse {
  if (request.scheme === "http") return moved(sameAt(RAW, request), "");
  const [, path] =
    /^\/kubernetes\/website\/(?:refs\/heads\/)?main\/content\/en\/examples\/(.*)$/.exec(request.path) ?? [];
  const text = path === undefined ? undefined : exampleText(path);
  return text === undefined ? answer(404, TEXT, "404: Not Found") : answer(200, TEXT, text);
}
