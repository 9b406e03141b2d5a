/** What Go's own packages say, in one place. */

/** Several complaints as one, each once. Upstream: apimachinery pkg/util/errors, Aggregate. */
export function aggregate(problems: readonly string[]): string {
  const [first = "", ...others] = new Set(problems);
  return others.length === 0 ? first : `[${[first, ...others].join(", ")}]`;
}

/** A bool as Go reads it, or why it is none. Upstream: strconv.ParseBool. */
export function parseGoBool(text: string): boolean | { problem: string } {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  return { problem: `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax` };
}
