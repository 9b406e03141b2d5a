import type { Program } from "../base/program.ts";
import type { ProgramSource } from "./machine.ts";
import { baseName } from "./paths.ts";

/** Programs by absolute path. A later source's path wins over an earlier one's. */
export function createProgramSource(...sources: Iterable<readonly [string, Program]>[]): ProgramSource {
  const byPath = new Map<string, Program>();
  for (const source of sources) for (const [path, program] of source) byPath.set(path, program);
  let names: string[] | undefined;
  return {
    find(name, path) {
      if (name.startsWith("/")) {
        const program = byPath.get(name);
        return program === undefined ? undefined : { program, path: name };
      }
      for (const directory of path.split(":")) {
        const full = `${directory}/${name}`;
        const program = byPath.get(full);
        if (program !== undefined) return { program, path: full };
      }
      return undefined;
    },
    names() {
      names ??= [...new Set([...byPath.keys()].map(baseName))].sort();
      return names;
    },
  };
}
