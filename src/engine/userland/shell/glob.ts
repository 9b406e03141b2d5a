import type { FileSystem } from "../../base/program.ts";
import { resolvePath } from "../../runtime/paths.ts";
import { hasMagic, patternSource, unescapePattern } from "./pattern.ts";

/** Paths that match, sorted; relative when the pattern is. Names that begin with a dot need a dot in the pattern. */
export function expandGlob(pattern: string, place: { fs: FileSystem; cwd: string; dotglob?: boolean }): string[] {
  const absolute = pattern.startsWith("/");
  const segments = pattern.split("/").filter((segment, index) => segment !== "" || index > 0);
  let paths = [absolute ? "/" : ""];
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    paths =
      segment === ""
        ? paths.filter((path) => isDirectory(path, place)).map((path) => `${path}/`)
        : step(paths, segment, { ...place, last });
  });
  return paths.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function step(
  paths: string[],
  segment: string,
  place: { fs: FileSystem; cwd: string; dotglob?: boolean; last: boolean },
): string[] {
  const { fs, cwd } = place;
  const join = (path: string, name: string): string =>
    path === "" ? name : path.endsWith("/") ? path + name : `${path}/${name}`;
  if (!hasMagic(segment)) {
    const name = unescapePattern(segment);
    return paths.map((path) => join(path, name)).filter((path) => fs.exists(resolvePath(cwd, path)));
  }
  const expression = new RegExp(`^${patternSource(segment, "[^/]*")}$`, "s");
  const hidden = place.dotglob === true || segment.startsWith(".") || segment.startsWith("\\.");
  const found: string[] = [];
  for (const path of paths) {
    const directory = resolvePath(cwd, path === "" ? "." : path);
    if (!fs.exists(directory) || fs.stat(directory).type !== "directory") continue;
    for (const name of fs.readdir(directory)) {
      if ((name.startsWith(".") && !hidden) || !expression.test(name)) continue;
      const full = join(path, name);
      if (place.last || isDirectory(full, place)) found.push(full);
    }
  }
  return found;
}

function isDirectory(path: string, place: { fs: FileSystem; cwd: string }): boolean {
  const full = resolvePath(place.cwd, path === "" ? "." : path);
  return place.fs.exists(full) && place.fs.stat(full).type === "directory";
}
