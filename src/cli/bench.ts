import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** `drydock bench [NAME]`: the benchmarks of `bench/`, in a process of their own. */
export function bench(args: readonly string[]): Promise<number> {
  const script = fileURLToPath(new URL("../../bench/index.ts", import.meta.url));
  const { status } = spawnSync(process.execPath, ["--import", "tsx", script, ...args], { stdio: "inherit" });
  return Promise.resolve(status ?? 1);
}
