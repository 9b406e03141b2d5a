import type { FileSystem } from "../base/program.ts";

const SYS_ADMIN = 1n << 21n;
const STATUS = "/proc/1/status";

/** Whether who is root there has CAP_SYS_ADMIN, as few containers' have. */
export function hasSystemAdmin(fs: FileSystem): boolean {
  // A node's own shell has no such file: it is its root's.
  if (!fs.exists(STATUS)) return true;
  const mask = /^CapBnd:\s*([0-9a-f]+)$/m.exec(fs.readFile(STATUS))?.[1] ?? "0";
  return (BigInt(`0x${mask}`) & SYS_ADMIN) !== 0n;
}
