/**
 * The few hosts of the simulated internet: what tutorials ask for. Their pages say that they are simulated.
 * **Simplified:** addresses are fixed and few; nothing but HTTP, HTTPS and names is served.
 */
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { github } from "./github.ts";
import { httpbin } from "./httpbin.ts";
import type { After } from "./httpbin.ts";
import { kubernetesSite, rawFiles, shortName } from "./kubernetes-io.ts";

export interface PublicHost {
  /** Names that lead here, the first is the host's own. */
  names: readonly string[];
  address: string;
  serve(request: ServedRequest, after: After): ServedResponse;
}

const JSON_TYPE = "application/json";

function page(title: string, text: string): ServedResponse {
  const body = `<!doctype html><html lang="en"><head><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>\n`;
  return { status: 200, headers: { "content-type": "text/html", "content-length": String(body.length) }, body };
}

function redirect(location: string, status = 302): ServedResponse {
  return { status, headers: { location, "content-length": "0" }, body: "" };
}

const exampleDomain = (): ServedResponse =>
  page(
    "Example Domain",
    "This domain is for use in documentation examples without needing permission. (Answered by the simulated internet.)",
  );

const simulated = (name: string) => (): ServedResponse =>
  page(name, `This is ${name} of the simulated internet: it answers, and has nothing else to say.`);

/** The first step of a registry's protocol: who it is, and that it wants a token for more. */
function registry(service: string): (request: ServedRequest) => ServedResponse {
  return ({ path }) => {
    if (path === "/v2/" || path === "/v2") {
      const challenge = `Bearer realm="https://${service}/token",service="${service}"`;
      const body = '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":null}]}\n';
      return {
        status: 401,
        headers: {
          "content-type": JSON_TYPE,
          "docker-distribution-api-version": "registry/2.0",
          "www-authenticate": challenge,
        },
        body,
      };
    }
    return { status: 404, headers: { "content-type": "text/plain" }, body: "404 page not found\n" };
  };
}

/** What the documentation's pod with an init container fetches. */
function firstWebsite({ path }: ServedRequest): ServedResponse {
  if (path !== "/") return { status: 404, headers: { "content-type": "text/html" }, body: "<h1>Not Found</h1>\n" };
  return page("http://info.cern.ch", "Home of the first website: in this playground, one page of it.");
}

/** The key of each release's repository, which nodes have beforehand. */
function kubernetesPackages({ path }: ServedRequest): ServedResponse {
  if (!/^\/core:\/stable:\/v1\.\d+\/deb\/Release\.key$/.test(path)) return simulated("pkgs.k8s.io")();
  const body =
    "-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: Drydock\n\nc2ltdWxhdGVkIGtleSBvZiBwa2dzLms4cy5pbw==\n-----END PGP PUBLIC KEY BLOCK-----\n";
  return { status: 200, headers: { "content-type": "text/plain", "content-length": String(body.length) }, body };
}

export const publicHosts: readonly PublicHost[] = [
  { names: ["example.com", "www.example.com"], address: "93.184.215.14", serve: exampleDomain },
  { names: ["example.org", "www.example.org"], address: "93.184.215.15", serve: exampleDomain },
  { names: ["info.cern.ch"], address: "188.184.67.127", serve: firstWebsite },
  { names: ["httpbin.org", "www.httpbin.org"], address: "34.227.213.82", serve: httpbin },
  { names: ["google.com"], address: "142.250.184.206", serve: () => redirect("http://www.google.com/", 301) },
  { names: ["www.google.com"], address: "142.250.184.196", serve: simulated("www.google.com") },
  {
    names: ["kubernetes.io", "www.kubernetes.io"],
    address: "147.75.40.148",
    serve: (request) => kubernetesSite(request, simulated("kubernetes.io")),
  },
  { names: ["k8s.io"], address: "34.107.204.207", serve: shortName },
  { names: ["raw.githubusercontent.com"], address: "185.199.108.133", serve: rawFiles },
  { names: ["github.com"], address: "140.82.121.4", serve: (request) => github(request) ?? simulated("github.com")() },
  { names: ["registry-1.docker.io", "docker.io"], address: "98.85.153.80", serve: registry("registry.docker.io") },
  { names: ["registry.k8s.io"], address: "34.96.108.209", serve: registry("registry.k8s.io") },
  { names: ["quay.io"], address: "54.88.100.109", serve: registry("quay.io") },
  { names: ["pkgs.k8s.io"], address: "34.107.204.206", serve: kubernetesPackages },
  { names: ["dl-cdn.alpinelinux.org"], address: "146.75.118.132", serve: simulated("Alpine's mirror") },
  { names: ["deb.debian.org"], address: "146.75.118.133", serve: simulated("Debian's mirror") },
  {
    names: ["security.debian.org"],
    address: "151.101.66.132",
    serve: simulated("Debian's mirror of security updates"),
  },
  { names: ["archive.ubuntu.com"], address: "185.125.190.83", serve: simulated("Ubuntu's mirror") },
  {
    names: ["security.ubuntu.com"],
    address: "185.125.190.82",
    serve: simulated("Ubuntu's mirror of security updates"),
  },
];

/** Public resolvers, by the names under which they know themselves. */
export const publicResolvers: readonly { name: string; addresses: readonly string[] }[] = [
  { name: "dns.google", addresses: ["8.8.8.8", "8.8.4.4"] },
  { name: "one.one.one.one", addresses: ["1.1.1.1", "1.0.0.1"] },
];
