/** A static pod's manifest whose component gets these flags in place of those of the same names. */
export function withFlags(manifest: string, flags: readonly string[]): string {
  const names = flags.map((flag) => flag.split("=")[0]);
  const kept = manifest.split("\n").filter((line) => !names.includes(line.trim().slice(2).split("=")[0]));
  const at = kept.findIndex((line) => line.startsWith("    - --"));
  return kept.toSpliced(at, 0, ...flags.map((flag) => `    - '${flag}'`)).join("\n");
}
