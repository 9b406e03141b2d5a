/** Which host and path a rule of an Ingress means. Upstream: the Ingress documentation's tables of matches. */

/** `*.foo.com` stands for one label more, neither for none nor for two. */
export function hostMatches(pattern: string, host: string): boolean {
  if (pattern === "") return true;
  if (!pattern.startsWith("*.")) return pattern === host;
  const dot = host.indexOf(".");
  return dot > 0 && host.slice(dot) === pattern.slice(1);
}

/** Prefixes are compared element by element: `/aaa/bbb` is no prefix of `/aaa/bbbxyz`. */
export function pathMatches(path: string, pathType: string, request: string): boolean {
  if (pathType === "Exact") return path === request;
  const prefix = path.replace(/\/+$/, "");
  return prefix === "" || request === prefix || request.startsWith(`${prefix}/`);
}

/** Negative when `a` is asked before `b`: the longer path first, of equals the exact one. */
export function byPrecedence(a: { path: string; pathType: string }, b: { path: string; pathType: string }): number {
  const length = (path: string): number => path.replace(/\/+$/, "").length;
  return length(b.path) - length(a.path) || Number(b.pathType === "Exact") - Number(a.pathType === "Exact");
}
