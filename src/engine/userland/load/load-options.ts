/** Options as Go's flag package and getopt read them, with a word for each that is not known. */
export interface LoadOptions {
  values: Map<string, string[]>;
  operands: string[];
}

/**
 * `valued` and `switches` are names without dashes; a name may be written with one dash or two, its value behind a blank or
 * an equals sign, and where it is one letter right behind it. Answers with the unknown or incomplete option's text.
 */
export function readLoadOptions(
  argv: readonly string[],
  known: { valued: readonly string[]; switches: readonly string[] },
): LoadOptions | { unknown: string } | { incomplete: string } {
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  const add = (name: string, value: string): void => void values.set(name, [...(values.get(name) ?? []), value]);
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] as string;
    if (!arg.startsWith("-") || arg === "-") {
      operands.push(arg);
      continue;
    }
    const [, name = "", inline] = /^--?([^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
    const short = !arg.startsWith("--") && known.valued.includes(arg[1] as string) ? (arg[1] as string) : undefined;
    if (known.switches.includes(name)) add(name, inline ?? "true");
    else if (known.valued.includes(name)) {
      const value = inline ?? argv[++i];
      if (value === undefined) return { incomplete: name };
      add(name, value);
    } else if (short !== undefined) add(short, arg.slice(2));
    else return { unknown: arg };
  }
  return { values, operands };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `1m30s` in milliseconds; undefined when it is no such text. */
export function goDuration(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([all]) => all).join("") !== text) return undefined;
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNITS[unit as string] as number), 0);
}

/** A whole number above zero; undefined when it is none. */
export function positive(text: string): number | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : undefined;
}

/** `Name: value` pairs; undefined when one is none. */
export function headersOf(lines: readonly string[]): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const at = line.indexOf(":");
    if (at < 1) return undefined;
    headers[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return headers;
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  ETIMEDOUT: "i/o timeout",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
};

/** What Go's net/http says of a request that failed. */
export function goError(method: string, url: string, errno: string): string {
  const verb = `${method[0] ?? ""}${method.slice(1).toLowerCase()} ${JSON.stringify(url)}`;
  const host = /^\w+:\/\/([^/?#]*)/.exec(url)?.[1] ?? "";
  const name = host.replace(/:\d+$/, "");
  if (errno === "ENOTFOUND") return `${verb}: dial tcp: lookup ${name}: no such host`;
  if (errno === "EAI_AGAIN") return `${verb}: dial tcp: lookup ${name}: i/o timeout`;
  if (errno === "ECONNRESET") return `${verb}: read: connection reset by peer`;
  if (errno === "ETIMEDOUT")
    return `${verb}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
  return `${verb}: dial tcp ${host.includes(":") ? host : `${host}:80`}: ${WORDS[errno] ?? errno.toLowerCase()}`;
}
