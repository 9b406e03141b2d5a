/** The flags of `mc`. Upstream: minio/mc cmd/flags.go and each command's own. */

/** Ends the command; mc prints it. */
export class Failure extends Error {}

export interface Asked {
  operands: readonly string[];
  flags: ReadonlySet<string>;
}

const LONG: Readonly<Record<string, string>> = { r: "recursive", R: "recursive", p: "ignore-existing", q: "quiet" };
/** What each command takes; `--dangerous` lets it do what here it does anyway. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  alias: ["api", "path"],
  config: ["api", "path"],
  mb: ["ignore-existing"],
  rb: ["force", "dangerous"],
  ls: ["recursive"],
  cp: ["recursive"],
  rm: ["recursive", "force", "dangerous"],
};
/** There are no progress bars, colours or certificates that these could leave out. */
const EVERYWHERE = ["quiet", "no-color", "insecure"];
/** Flags with a value, and what they may say: it is how it is done here anyway. */
const VALUES: Readonly<Record<string, RegExp>> = { api: /^s3v4$/i, path: /^(auto|on)$/ };

/** A command line, with its flags by their long names. */
export function parsed(words: readonly string[]): Asked & { name: string } {
  const flags = new Set<string>();
  const operands: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const [, given, attached] = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(words[at] as string) ?? [];
    if (given === undefined) {
      operands.push(words[at] as string);
      continue;
    }
    const flag = LONG[given] ?? given;
    flags.add(flag);
    const fits = VALUES[flag];
    const value = fits === undefined ? undefined : (attached ?? words[++at] ?? "");
    if (value !== undefined && fits?.test(value) !== true)
      throw new Failure(`\`--${flag} ${value}\` is not simulated in this playground`);
  }
  const [name = "", ...rest] = operands;
  return { name, operands: rest, flags };
}

/** Ends on what the command doesn't take. */
export function checkFlags(command: string, flags: ReadonlySet<string>): void {
  const known = [...EVERYWHERE, ...(FLAGS[command] ?? [])];
  const unknown = [...flags].find((flag) => !known.includes(flag));
  if (unknown === "json") throw new Failure("`--json` is not simulated in this playground");
  if (unknown !== undefined) throw new Failure(`Incorrect Usage: flag provided but not defined: -${unknown}`);
}
