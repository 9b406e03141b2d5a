/** Paths as Go's `path` sees them: relative ones stay relative. */

/** The shortest path that names the same; `.` for nothing. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith("/");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== ".." || (parts.length === 0 && !rooted) || parts.at(-1) === "..") parts.push(part);
    else parts.pop();
  }
  const text = parts.join("/");
  return rooted ? `/${text}` : text || ".";
}

export function folderOf(path: string): string {
  return cleanPath(path.slice(0, path.lastIndexOf("/") + 1));
}

export function lastOf(path: string): string {
  const bare = path.replace(/\/+$/, "");
  return bare === "" ? (path === "" ? "." : "/") : bare.slice(bare.lastIndexOf("/") + 1);
}
