/**
 * A volume of files that all change at once: they lie in a directory named after the time, `..data` is a link to it, and
 * each name in the volume is a link through that. Upstream: pkg/volume/util/atomic_writer.go.
 *
 * Example, with the key `color`: `/color → ..data/color`, `/..data → ..2026_01_01_00_00_00.123`, and the file itself is
 * `/..2026_01_01_00_00_00.123/color`.
 */
import type { FileSystem } from "../base/program.ts";
import { fnv1a32 } from "../base/hash.ts";
import { formatTime } from "../base/time.ts";
import type { VolumeFiles } from "./volume-plugin.ts";

const DATA = "..data";

/** `..2026_01_01_00_00_00.` and a number that `seed` stands for. */
export function payloadFolder(now: number, seed: string): string {
  const time = formatTime(now).slice(0, 19).replaceAll(/[-T:]/g, "_");
  return `..${time}.${fnv1a32(`${seed}/${now}`)}`;
}

/** True iff both say the same. */
export function samePayload(a: VolumeFiles, b: VolumeFiles): boolean {
  const paths = Object.keys(a);
  if (paths.length !== Object.keys(b).length) return false;
  return paths.every((path) => a[path]?.text === b[path]?.text && a[path]?.mode === b[path]?.mode);
}

/** Puts `files` in the place of what the volume had. `folder`: a name that it has not had yet. */
export function writePayload(fs: FileSystem, files: VolumeFiles, folder: string): void {
  const before = fs.exists(`/${DATA}`) ? fs.readlink(`/${DATA}`) : undefined;
  fs.mkdir(`/${folder}`);
  for (const [path, { text, mode }] of Object.entries(files)) {
    const slash = path.lastIndexOf("/");
    if (slash > 0) fs.mkdir(`/${folder}/${path.slice(0, slash)}`, { recursive: true });
    fs.writeFile(`/${folder}/${path}`, text, { mode });
  }
  if (before !== undefined) fs.remove(`/${DATA}`);
  fs.symlink(folder, `/${DATA}`);
  linkNames(fs, new Set(Object.keys(files).map(firstPart)));
  if (before !== undefined) fs.remove(`/${before}`, { recursive: true });
}

/** A link for each of `names`, and none for what was there before. */
export function linkNames(fs: FileSystem, names: ReadonlySet<string>): void {
  const present = new Set(fs.readdir("/").filter((name) => !name.startsWith("..")));
  for (const name of present) if (!names.has(name)) fs.remove(`/${name}`);
  for (const name of names) if (!present.has(name)) fs.symlink(`${DATA}/${name}`, `/${name}`);
}

export function firstPart(path: string): string {
  const slash = path.indexOf("/");
  return slash < 0 ? path : path.slice(0, slash);
}
