/**
 * The difference of two objects as text, for messages. Upstream: apimachinery pkg/util/diff.
 * Simplified: a unified diff of the objects' JSON; upstream prints Go's internal types.
 */
const CONTEXT = 3;

function lines(value: unknown): string[] {
  const sorted = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(sorted);
    if (typeof item !== "object" || item === null) return item;
    return Object.fromEntries(
      Object.entries(item)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([k, v]) => [k, sorted(v)]),
    );
  };
  return JSON.stringify(sorted(value), null, 2).split("\n");
}

interface Line {
  mark: " " | "-" | "+";
  text: string;
}

/** Lines of both, each marked; by the longest common subsequence. */
function align(a: readonly string[], b: readonly string[]): Line[] {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const result: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      result.push({ mark: " ", text: a[i++] as string });
      j++;
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      result.push({ mark: "-", text: a[i++] as string });
    } else {
      result.push({ mark: "+", text: b[j++] as string });
    }
  }
  return result;
}

/** Changed lines with some around them: `-` for what only `a` has, `+` for what only `b` has. */
export function textDiff(a: unknown, b: unknown): string {
  const aligned = align(lines(a), lines(b));
  const shown = aligned.map((_, at) =>
    aligned.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ mark }) => mark !== " "),
  );
  const output: string[] = [];
  let gap = false;
  for (const [at, { mark, text }] of aligned.entries()) {
    if (!shown[at]) gap = true;
    else {
      if (gap) output.push("  ...");
      gap = false;
      output.push(`${mark} ${text}`);
    }
  }
  return output.join("\n");
}
