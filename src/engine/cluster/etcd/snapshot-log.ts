import type { ProgramContext } from "../../base/program.ts";
import { write } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";

/** A line of zap's as etcd's tools print it on the way of a snapshot. Upstream: etcd client/v3/snapshot/v3_snapshot.go. */
export function snapshotLog(ctx: ProgramContext, msg: string, fields: object): Call<void> {
  const ts = new Date(ctx.now()).toISOString();
  const line = { level: "info", ts, caller: "snapshot/v3_snapshot.go", msg, ...fields };
  return write(2, `${JSON.stringify(line)}\n`);
}
