/** `--name=value` and `--name value`; a flag alone is `true`. */
export function readFlags(argv: readonly string[]): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  for (const [at, word] of argv.entries()) {
    const match = /^--?([\w-]+)(?:=(.*))?$/.exec(word);
    if (match === null) continue;
    const next = argv[at + 1];
    flags.set(match[1] as string, match[2] ?? (next === undefined || next.startsWith("-") ? "true" : next));
  }
  return flags;
}
