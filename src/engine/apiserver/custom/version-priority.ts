/** `v10`, `v2`, `v1`, `v11beta2`, `v10beta3`, `v3beta1`, `v12alpha1`, `foo1`: which of two versions clients should prefer. */
export function byPriority(a: string, b: string): number {
  const left = parse(a);
  const right = parse(b);
  if (left === undefined || right === undefined) {
    if (left !== undefined) return -1;
    if (right !== undefined) return 1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  return right.stage - left.stage || right.major - left.major || right.minor - left.minor;
}

const STAGES: Readonly<Record<string, number>> = { alpha: 0, beta: 1, "": 2 };

/** Upstream: apimachinery pkg/version/helpers.go. Undefined for a name of another form. */
function parse(name: string): { major: number; stage: number; minor: number } | undefined {
  const [, major, stage = "", minor = "0"] = /^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$/.exec(name) ?? [];
  return major === undefined ? undefined : { major: Number(major), stage: STAGES[stage] ?? 0, minor: Number(minor) };
}
