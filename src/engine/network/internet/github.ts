/**
 * github.com: every repository that is asked for is there, with a page that says what it stands for. Upstream:
 * gitprotocol-http(5).
 *
 * **Simplified:** a pack is its files as JSON, text by path; there is one branch. Of what releases bring there is what
 * `published.ts` is told of.
 */
import { sha256 } from "../../base/digests.ts";
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";

const NOT_FOUND: ServedResponse = { status: 404, headers: { "content-type": "text/plain" }, body: "Not Found" };

const SERVICE = "git-upload-pack";

export function github({ method, path, query }: ServedRequest): ServedResponse | undefined {
  if (/^\/[^/]+\/[^/]+\/raw\//.test(path)) {
    const location = `https://raw.githubusercontent.com${path.replace("/raw/", "/")}`;
    return { status: 302, headers: { location, "content-length": "0" }, body: "" };
  }
  if (/^\/[^/]+\/[^/]+\/releases\/(latest\/)?download\//.test(path)) return NOT_FOUND;
  const [, owner, repository, asked] =
    /^\/([\w.-]+)\/([\w.-]+?)(?:\.git)?\/(info\/refs|git-upload-pack)$/.exec(path) ?? [];
  if (owner === undefined || repository === undefined) return undefined;
  const name = `${owner}/${repository}`;
  if (asked === "info/refs") {
    if (method !== "GET" || query !== `service=${SERVICE}`) return undefined;
    const commit = sha256([...name].map((letter) => letter.charCodeAt(0))).slice(0, 40);
    return answer("advertisement", `${commit} HEAD\n${commit} refs/heads/main\n`);
  }
  return method === "POST" ? answer("result", JSON.stringify(filesOf(name))) : undefined;
}

function filesOf(name: string): Record<string, string> {
  const told = `${name} of the simulated internet: its files are not here, only this page that stands for them.`;
  return {
    "README.md": `# ${name}\n\n${told}\n`,
    "index.html": `<!doctype html><html lang="en"><head><title>${name}</title></head><body><h1>${name}</h1><p>${told}</p></body></html>\n`,
  };
}

function answer(kind: "advertisement" | "result", body: string): ServedResponse {
  return {
    status: 200,
    headers: { "content-type": `application/x-${SERVICE}-${kind}`, "content-length": String(body.length) },
    body,
  };
}
