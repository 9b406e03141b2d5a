/**
 * Samples by series, and the text format in which programs tell of themselves. Upstream: prometheus/prometheus tsdb,
 * model/textparse.
 */
import { goRegExp } from "../../base/go-regexp.ts";

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  /** With `__name__`. */
  readonly labels: Labels;
  readonly value: number;
}

export interface Point {
  /** Virtual milliseconds. */
  readonly at: number;
  readonly value: number;
}

export interface Series {
  readonly labels: Labels;
  /** In the order of their times. */
  readonly points: readonly Point[];
}

export interface Matcher {
  readonly label: string;
  readonly operator: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

/** How long samples are kept. **Simplified:** an hour, whatever `--storage.tsdb.retention.time` says. */
const RETENTION_MS = 3_600_000;

export class SeriesStore {
  private readonly series = new Map<string, { labels: Labels; points: Point[] }>();

  append({ labels, value }: Sample, at: number): void {
    const key = keyOf(labels);
    let found = this.series.get(key);
    if (found === undefined) this.series.set(key, (found = { labels, points: [] }));
    const { points } = found;
    points.push({ at, value });
    if (points.length > 8 && (points[0]?.at ?? at) < at - RETENTION_MS) points.shift();
  }

  select(matchers: readonly Matcher[]): Series[] {
    return [...this.series.values()].filter(({ labels }) => matchers.every((matcher) => matches(labels, matcher)));
  }
}

function keyOf(labels: Labels): string {
  return Object.keys(labels)
    .toSorted()
    .map((name) => `${name}=${labels[name]}`)
    .join("\u0001");
}

/** Regular expressions match whole values. A label that isn't there is an empty one. */
export function matches(labels: Labels, { label, operator, value }: Matcher): boolean {
  const found = labels[label] ?? "";
  if (operator === "=") return found === value;
  if (operator === "!=") return found !== value;
  const hits = goRegExp(`^(?:${value})$`)?.test(found) ?? false;
  return operator === "=~" ? hits : !hits;
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"/g;

/** `http_requests_total{status="200"} 5`, a line each; undefined when one can't be read. */
export function parseExposition(text: string): Sample[] | undefined {
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, name, inner = "", number = ""] = LINE.exec(line) ?? [];
    const value = number === "+Inf" ? Infinity : number === "-Inf" ? -Infinity : Number(number);
    if (name === undefined || (Number.isNaN(value) && number !== "NaN")) return undefined;
    const labels: Record<string, string> = { __name__: name };
    for (const [, label = "", quoted = ""] of inner.matchAll(LABEL)) labels[label] = unescaped(quoted);
    samples.push({ labels, value });
  }
  return samples;
}

export function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter));
}
