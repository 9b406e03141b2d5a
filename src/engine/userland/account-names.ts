/** Names of users and groups by their numbers, as /etc/passwd and /etc/group have them. Upstream: getpwuid(3), getgrgid(3). */
import type { FileSystem, ProgramContext } from "../base/program.ts";

type Who = Pick<ProgramContext, "fs" | "user">;

/** Undefined: nobody has that number. */
export function userName({ fs, user }: Who, uid: number): string | undefined {
  return (
    named(fs, "/etc/passwd", uid) ?? (uid === 0 ? "root" : uid === user.uid && user.name !== "" ? user.name : undefined)
  );
}

export function groupName({ fs }: Who, gid: number): string | undefined {
  return named(fs, "/etc/group", gid) ?? (gid === 0 ? "root" : undefined);
}

/** `root:x:0:…` */
function named(fs: FileSystem, path: string, id: number): string | undefined {
  if (!fs.exists(path)) return undefined;
  const row = fs
    .readFile(path)
    .split("\n")
    .find((line) => line.split(":")[2] === String(id));
  return row?.split(":")[0];
}
