/** Where a resource's URL leads. Upstream: apiserver pkg/endpoints/request/requestinfo.go. */

export interface ResourcePath {
  group: string;
  version: string;
  namespace: string;
  plural: string;
  name: string;
  subresource: string;
  /** A path of the old form `/api/v1/watch/…`: a GET is a watch. */
  watches: boolean;
  /** What follows `proxy`, as it stands. */
  rest: readonly string[];
}

const NAMESPACE_SUBRESOURCES = new Set(["status", "finalize"]);

/** `/api/v1/namespaces/default/pods/web/log`; undefined when the path is no resource's. */
export function parseResourcePath(segments: readonly string[]): ResourcePath | undefined {
  const [root, ...tail] = segments;
  if (root === "api") return within("", tail[0], tail.slice(1));
  if (root === "apis") return within(tail[0] ?? "", tail[1], tail.slice(2));
  return undefined;
}

function within(group: string, version: string | undefined, parts: string[]): ResourcePath | undefined {
  if (version === undefined || parts.length === 0) return undefined;
  if (parts[0] === "watch" && parts.length > 1) {
    const watched = within(group, version, parts.slice(1));
    return watched && { ...watched, watches: true };
  }
  const [first, second, third] = parts;
  // namespaces/x and namespaces/x/status are about the namespace, namespaces/x/pods is inside it.
  const inside = first === "namespaces" && third !== undefined && !NAMESPACE_SUBRESOURCES.has(third);
  const namespace = inside ? (second ?? "") : "";
  const [plural = "", name = "", subresource = "", ...rest] = inside ? parts.slice(2) : parts;
  return { group, version, namespace, plural, name, subresource, watches: false, rest };
}
