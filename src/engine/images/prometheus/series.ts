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
const SWEEP_MS = 600_000;

interface Kept extends Series {
  readonly points: Point[];
}

export class SeriesStore {
  /** By `__name__`, then by all labels. */
  private readonly series = new Map<string, Map<string, Kept>>();
  private nextSweep = 0;

  append({ labels, value }: Sample, at: number): void {
    if (at >= this.nextSweep) this.sweep(at);
    const name = labels["__name__"] ?? "";
    let named = this.series.get(name);
    if (named === undefined) this.series.set(name, (named = new Map()));
    const key = keyOf(labels);
    let found = named.get(key);
    if (found === undefined) named.set(key, (found = { labels, points: [] }));
    found.points.push({ at, value });
    while ((found.points[0] as Point).at < at - RETENTION_MS) found.points.shift();
  }

  select(matchers: readonly Matcher[]): Series[] {
    const tests = matchers.map(testOf);
    const name = matchers.find(({ label, operator }) => label === "__name__" && operator === "=");
    const among =
      name === undefined ? [...this.series.values()] : [this.series.get(name.value) ?? new Map<string, Kept>()];
    return among.flatMap((named) => [...named.values()].filter(({ labels }) => tests.every((test) => test(labels))));
  }

  /** Series that nobody has added to for as long are forgotten: pods come and go. */
  private sweep(at: number): void {
    this.nextSweep = at + SWEEP_MS;
    for (const [name, named] of this.series) {
      for (const [key, { points }] of named) if ((points.at(-1)?.at ?? 0) < at - RETENTION_MS) named.delete(key);
      if (named.size === 0) this.series.delete(name);
    }
  }
}

/** The same for the same labels, in whatever order they are. */
export function keyOf(labels: Labels): string {
  return Object.keys(labels)
    .toSorted()
    .map((name) => `${name}=${labels[name]}`)
    .join("\u0001");
}

/** Regular expressions match whole values. A label that isn't there is an empty one. */
function testOf({ label, operator, value }: Matcher): (labels: Labels) => boolean {
  if (operator === "=") return (labels) => (labels[label] ?? "") === value;
  if (operator === "!=") return (labels) => (labels[label] ?? "") !== value;
  const pattern = wholeRegExp(value);
  return (labels) => (pattern?.test(labels[label] ?? "") ?? false) === (operator === "=~");
}

/** Go's pattern, of a whole value; undefined for one that can't be read. */
export function wholeRegExp(pattern: string): RegExp | undefined {
  const [, flags = "", rest = pattern] = /^(\(\?[ims]+\))(.*)$/s.exec(pattern) ?? [];
  return goRegExp(`${flags}^(?:${rest})$`);
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
