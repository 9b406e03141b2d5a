/**
 * Image references as people write them and as registries know them.
 * Upstream: github.com/distribution/reference normalize.go, regexp.go.
 */

/** `nginx` → docker.io/library/nginx, tag latest. */
export interface ImageReference {
  /** With host, without tag or digest: `docker.io/library/nginx`. */
  repository: string;
  /** `latest` when neither tag nor digest is given; "" with a digest alone. */
  tag: string;
  /** `sha256:…` or "". */
  digest: string;
  /** The full text: `docker.io/library/nginx:latest`. */
  full: string;
}

const DEFAULT_HOST = "docker.io";
const REPOSITORY_PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]+)?$/;
const TAG = /^[\w][\w.-]{0,127}$/;
const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/;

/** A reference, or why the text is none (upstream's words). */
export function parseImageName(text: string): ImageReference | { error: string } {
  let rest = text;
  let digest = "";
  const at = rest.indexOf("@");
  if (at >= 0) {
    digest = rest.slice(at + 1);
    rest = rest.slice(0, at);
    if (!DIGEST.test(digest)) return { error: "invalid reference format" };
  }
  let tag = "";
  const colon = rest.lastIndexOf(":");
  if (colon > rest.lastIndexOf("/")) {
    tag = rest.slice(colon + 1);
    rest = rest.slice(0, colon);
    if (!TAG.test(tag)) return { error: "invalid reference format" };
  }
  const { host, path } = splitHost(rest);
  if (!HOST.test(host)) return { error: "invalid reference format" };
  // As upstream, which cuts at the first colon for this.
  const [name = ""] = path.split(":");
  if (name !== name.toLowerCase()) {
    return { error: `invalid reference format: repository name (${name}) must be lowercase` };
  }
  if (!REPOSITORY_PATH.test(path)) return { error: "invalid reference format" };
  if (tag === "" && digest === "") tag = "latest";
  const repository = `${host}/${path}`;
  const full = `${repository}${tag === "" ? "" : `:${tag}`}${digest === "" ? "" : `@${digest}`}`;
  return { repository, tag, digest, full };
}

/** The part before the first slash is a host iff it has a dot or a port, or is `localhost`. */
function splitHost(name: string): { host: string; path: string } {
  const slash = name.indexOf("/");
  const head = slash < 0 ? "" : name.slice(0, slash);
  if (slash < 0 || !(head.includes(".") || head.includes(":") || head === "localhost")) {
    return { host: DEFAULT_HOST, path: slash < 0 ? `library/${name}` : name };
  }
  const host = head === "index.docker.io" ? DEFAULT_HOST : head;
  const path = name.slice(slash + 1);
  return { host, path: host === DEFAULT_HOST && !path.includes("/") ? `library/${path}` : path };
}
