/** A count as coreutils take it: `10`, `2k`, `1M`, `1KB`. Undefined when it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^\+?(\d+)(b|[kKMGT](?:i?B)?)?$/.exec(text);
  if (match === null) return undefined;
  const unit = match[2] ?? "";
  if (unit === "") return Number(match[1]);
  if (unit === "b") return Number(match[1]) * 512;
  const power = "KMGT".indexOf((unit[0] as string).toUpperCase()) + 1;
  return Number(match[1]) * (unit.length === 2 ? 1000 : 1024) ** power;
}

/** A duration as `sleep` takes it, in milliseconds: `1`, `0.5`, `2m`, `1h`, `infinity`. Undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (/^inf(inity)?$/i.test(text)) return Number.POSITIVE_INFINITY;
  const match = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(text);
  if (match === null) return undefined;
  const unit = { "": 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] as "" | "s" | "m" | "h" | "d"];
  return Math.round(Number(match[1]) * unit);
}

/** Bytes for people, as `ls -h`, `du -h` print them: `4.0K`, `12M`. */
export function humanSize(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  let value = bytes;
  for (const unit of "KMGTP") {
    value /= 1024;
    if (value <= 9.9) return `${(Math.ceil(value * 10) / 10).toFixed(1)}${unit}`;
    if (Math.ceil(value) < 1024 || unit === "P") return `${Math.ceil(value)}${unit}`;
  }
  return String(bytes);
}

/** The same as busybox prints them, always with one decimal: `4.0K`, `58.4G`. */
export function tenthsSize(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  let value = bytes;
  for (const unit of "KMGTP") {
    value /= 1024;
    if (value < 1024 || unit === "P") return `${value.toFixed(1)}${unit}`;
  }
  return String(bytes);
}
