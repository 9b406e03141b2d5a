/** Whether a container's processes can make files in a folder: mounts, a read-only root, who they are. Upstream: open(2). */
import { SystemError } from "../../base/program.ts";
import type { Container } from "./container.ts";
import { capabilitiesUnder } from "./container-user.ts";
import { covers } from "./root-check.ts";
import { UserFileSystem } from "./user-file-system.ts";

export type WriteProblem = "EROFS" | "EACCES";

const PROBE = ".probe";

export function may({ security }: Container, capability: string): boolean {
  return capabilitiesUnder(security).has(capability);
}

/** As whom its processes run: asking for the whole user would make the container a tree of its own. */
export function userIdOf({ security, config }: Container): number {
  return security.user ?? config.image.definition.user ?? 0;
}

/**
 * Undefined: they can. Root of a usual container is asked for nothing, so that it needs no tree of its own.
 * **Simplified:** a folder that the image lacks is made; an image's own user has the folders that it needs.
 */
export function writeProblem(container: Container, folder: string): WriteProblem | undefined {
  const { security, config } = container;
  const isRoot = userIdOf(container) === 0;
  const mounted = config.mounts.some(({ path }) => covers(path, folder));
  if (isRoot && security.readOnlyRoot !== true && !mounted) return undefined;
  const { fs, user } = container;
  const own = user.uid === 0 || security.user === undefined ? fs : new UserFileSystem(fs, user);
  try {
    if (!fs.exists(folder)) fs.mkdir(folder, { recursive: true });
    own.writeFile(`${folder}/${PROBE}`, "");
    own.remove(`${folder}/${PROBE}`);
    return undefined;
  } catch (error) {
    if (error instanceof SystemError && (error.errno === "EROFS" || error.errno === "EACCES")) return error.errno;
    throw error;
  }
}
