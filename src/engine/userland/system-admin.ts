import type { FileSystem } from "../base/program.ts";

const SYS_ADMIN = 1n << 21n;
const STATUS = "/proc/self/status";

/** Whether who is root there has CAP_SYS_ADMIN, as few containers' have. */
export function hasSystemAdmin(fs: FileSystem): boolean {
  // Where nothing says what a process may do, it may do everything.
  if (!fs.exists(STATUS)) return true;
  const mask = /^CapBnd:\s*([0-9a-f]+)$/m.exec(fs.readFile(STATUS))?.[1] ?? "0";
  return (BigInt(`0x${mask}`) & SYS_ADMIN) !== 0n;
}
