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

/** `I0101 00:00:12.345000       7 controller.go:228] "Backend successfully reloaded"` */
export function klogLine(level: "I" | "W" | "E" | "F", time: number, where: string, text: string): string {
  const stamp = new Date(time).toISOString();
  return `${level}${stamp.slice(5, 7)}${stamp.slice(8, 10)} ${stamp.slice(11, 23)}000       7 ${where}] ${text}`;
}
