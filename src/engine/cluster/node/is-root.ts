import type { ProgramContext } from "../../base/program.ts";

/** Whether a process may change the node: sudo's, or a container's that entered it. */
export function isRoot({ env, user }: Pick<ProgramContext, "env" | "user">): boolean {
  return user.uid === 0 || env["USER"] === "root";
}
