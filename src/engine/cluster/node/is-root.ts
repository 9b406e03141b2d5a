import type { ProgramContext } from "../../base/program.ts";

/** Whether a process may change the node: sudo's, or a container's that entered it. */
export function isRoot({ user }: Pick<ProgramContext, "user">): boolean {
  return user.uid === 0;
}
