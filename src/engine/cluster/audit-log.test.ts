import { expect, it } from "vitest";
import { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import type { ServerContext } from "../runtime/containers/image.ts";
import { openAuditLog } from "./audit-log.ts";

it("a log that is full is put aside, and so many of the elder ones are kept", () => {
  let now = Date.UTC(2026, 0, 1);
  const fs = new MemoryFileSystem({ now: () => now });
  const ctx: Pick<ServerContext, "fs" | "now" | "log"> = { fs, now: () => now, log() {} };
  const write = openAuditLog(ctx, "/var/log/audit/audit.log", { megabytes: 1, backups: 2, days: 0 });
  if ("problem" in write) throw new Error(write.problem);
  for (let count = 0; count < 5; count++) {
    now += 60_000;
    write("x".repeat(600_000));
  }
  expect(fs.readdir("/var/log/audit")).toEqual([
    "audit-2026-01-01T00-04-00.000.log",
    "audit-2026-01-01T00-05-00.000.log",
    "audit.log",
  ]);
  expect(fs.stat("/var/log/audit/audit.log")).toMatchObject({ size: 600_001, mode: expect.any(Number) });
});
