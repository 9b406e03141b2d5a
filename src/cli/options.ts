/** Flags of the command line, after the subcommand. */
import { parseArgs } from "node:util";

/** A mistake in how the command was called: printed as it is, exit code 2. */
export class UsageError extends Error {}

export interface ClusterFlags {
  preset: string;
  seed: number;
}

type Values = Record<string, string | boolean | undefined>;

/** Parses `args`; names in `flags` take a value, names in `switches` take none. */
export function parseFlags(
  args: readonly string[],
  known: { flags?: readonly string[]; switches?: readonly string[] },
): { values: Values; positionals: string[] } {
  const options: Record<string, { type: "string" | "boolean" }> = {};
  for (const flag of known.flags ?? []) options[flag] = { type: "string" };
  for (const name of known.switches ?? []) options[name] = { type: "boolean" };
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { values: values as Values, positionals };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

export function clusterFlags(values: Values): ClusterFlags {
  const seed = Number(values["seed"] ?? 1);
  if (!Number.isInteger(seed) || seed < 0)
    throw new UsageError(`--seed takes a whole number, not "${String(values["seed"])}"`);
  return { preset: String(values["preset"] ?? "default"), seed };
}
