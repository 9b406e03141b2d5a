/** Real programs of this machine as programs of the kernel, for kubectl's plugins. Upstream: kubectl pkg/cmd/cmd.go (Execute). */
import { spawnSync } from "node:child_process";
import { constants } from "node:os";
import * as fs from "node:fs";
import type { Program } from "../engine/base/program.ts";
import { intent } from "../engine/base/syscalls.ts";
import type { ProgramSource } from "../engine/runtime/machine.ts";

const RUN = "run-file";

interface RunFile {
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
}

/** What `source` has, and every executable file by its path. */
export function withRealFiles(source: ProgramSource): ProgramSource {
  return {
    names: () => source.names(),
    find(name, path) {
      const known = source.find(name, path);
      if (known !== undefined || !name.startsWith("/") || !isExecutable(name)) return known;
      return { program: realProgram, path: name };
    },
  };
}

function isExecutable(file: string): boolean {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true && (stat.mode & 0o111) !== 0;
}

const realProgram: Program = function* realProgram({ env, cwd }, argv) {
  return (yield* intent(RUN, { argv, env, cwd } satisfies RunFile)) as number;
};

/** Answers the intent of such a program: it has this process' own terminal, and its exit code is the answer. Undefined: another intent. */
export function runRealFile(name: string, args: unknown): number | undefined {
  if (name !== RUN) return undefined;
  const { argv, env, cwd } = args as RunFile;
  const [file = "", ...rest] = argv;
  const { status, signal } = spawnSync(file, rest, { env, cwd, stdio: "inherit" });
  return status ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
