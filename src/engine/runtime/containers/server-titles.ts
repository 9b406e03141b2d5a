/**
 * How servers of images look in a table of processes: under the titles that they give themselves, with their children.
 * Upstream: setproctitle(3); the entry points of images, which step down from root.
 *
 * **Simplified:** children are shown where the container has a process namespace of its own; one that is killed is there
 * again at once, under its number.
 */
import type { FileSystem } from "../../base/program.ts";
import type { Neighbour } from "../machine.ts";
import type { ShownServer } from "./image.ts";

/** Numbers of a server's children: above the server's own, below those of what exec starts. */
const FIRST_CHILD = 7;
/** What all of them take is shown with the server. */
const NOTHING = { cpuMillicores: 0, memoryBytes: 0 };

export function shownServer<T extends Neighbour>(
  process: T,
  shows: ShownServer,
  { fs, alone }: { fs: FileSystem; alone: boolean },
): T[] {
  const { argv, user, startedAt, pid } = process;
  const { title, user: becomes, children = [], childUser, shares = false } = shows({ argv, fs });
  const steps = (to: string | undefined): string => (user === "root" && to !== undefined ? to : user);
  const main = { ...process, user: steps(becomes), ...(title !== undefined && { argv: [title] }) };
  if (!alone) return [main];
  const own = children.map((child, at) => ({
    ...{ ...process, pid: FIRST_CHILD + at, ppid: pid, argv: [child], startedAt },
    user: steps(childUser ?? becomes),
    kill() {},
    use: () => NOTHING,
    sockets: shares ? process.sockets : undefined,
  }));
  return [main, ...own];
}
