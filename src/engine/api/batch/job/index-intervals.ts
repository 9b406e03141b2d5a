/** Sets of indexes as text: `1,3-5,7`. Upstream: validateIndexesFormat in pkg/apis/batch/validation/validation.go. */

export interface IndexInterval {
  first: number;
  last: number;
}

type Parsed = { interval: IndexInterval } | { problem: string };

function parseInterval(text: string, completions: number): Parsed {
  const limits = text.split("-");
  if (limits.length > 2) {
    const problem = `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`;
    return { problem };
  }
  const numbers: number[] = [];
  for (const limit of limits) {
    const quoted = JSON.stringify(limit);
    if (!/^[+-]?\d+$/.test(limit)) return { problem: `cannot convert string to integer for index: ${quoted}` };
    if (Number(limit) >= completions) return { problem: `too large index: ${quoted}` };
    numbers.push(Number(limit));
  }
  const [first = 0, last = first] = numbers;
  if (numbers.length > 1 && first >= last) {
    return { problem: `non-increasing order, previous: ${first}, current: ${last}` };
  }
  return { interval: { first, last } };
}

/** How many indexes below `completions` the text names, or what is wrong with it. */
export function countIndexes(text: string, completions: number): number | { problem: string } {
  if (text === "") return 0;
  let total = 0;
  let previous: number | undefined;
  for (const part of text.split(",")) {
    const parsed = parseInterval(part, completions);
    if ("problem" in parsed) return parsed;
    const { first, last } = parsed.interval;
    if (previous !== undefined && previous >= first) {
      return { problem: `non-increasing order, previous: ${previous}, current: ${first}` };
    }
    total += last - first + 1;
    previous = last;
  }
  return total;
}

/** The first index that both texts name; parts that can't be read are passed over. */
export function commonIndex(one: string, other: string, completions: number): number | undefined {
  const ours = intervals(one, completions);
  const theirs = intervals(other, completions);
  for (let a = 0, b = 0; a < ours.length && b < theirs.length;) {
    const [x, y] = [ours[a] as IndexInterval, theirs[b] as IndexInterval];
    if (x.first <= y.last && y.first <= x.last) return Math.max(x.first, y.first);
    if (x.first <= y.first) a++;
    else b++;
  }
  return undefined;
}

function intervals(text: string, completions: number): IndexInterval[] {
  if (text === "") return [];
  return text.split(",").flatMap((part) => {
    const parsed = parseInterval(part, completions);
    return "interval" in parsed ? [parsed.interval] : [];
  });
}
