/** `semver("1.2.3").isLessThan(semver("2.0.0"))`. Upstream: apiserver pkg/cel/library/semverlib.go. */
import { CelFailure, type Overload } from "./overload.ts";

/** The value of `semver(…)`. */
export class CelVersion {
  readonly numbers: readonly [number, number, number];
  readonly pre: readonly string[];

  constructor(numbers: readonly [number, number, number], pre: readonly string[]) {
    this.numbers = numbers;
    this.pre = pre;
  }
}

const STRICT =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;

export function parseVersion(text: string, normalize = false): CelVersion | undefined {
  const [, major, minor, patch, pre] = STRICT.exec(normalize ? normalized(text) : text) ?? [];
  if (major === undefined) return undefined;
  return new CelVersion([Number(major), Number(minor), Number(patch)], pre === undefined ? [] : pre.split("."));
}

/** `v1.02` → `1.2.0` */
function normalized(text: string): string {
  const [, numbers = "", rest = ""] = /^v?([0-9.]*)(.*)$/.exec(text) ?? [];
  const parts = numbers.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
  while (parts.length < 3) parts.push("0");
  return parts.join(".") + rest;
}

function semver(text: string, normalize = false): CelVersion {
  const parsed = parseVersion(text, normalize);
  if (parsed === undefined) throw new CelFailure(`No Major.Minor.Patch elements found in ${JSON.stringify(text)}`);
  return parsed;
}

export function compareVersions(a: CelVersion, b: CelVersion): number {
  for (const [at, number] of a.numbers.entries()) {
    if (number !== b.numbers[at]) return number < (b.numbers[at] ?? 0) ? -1 : 1;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return Math.sign(b.pre.length - a.pre.length);
  for (let at = 0; at < Math.max(a.pre.length, b.pre.length); at++) {
    const left = a.pre[at];
    const right = b.pre[at];
    if (left === undefined) return -1;
    if (right === undefined) return 1;
    if (left === right) continue;
    const numeric = [left, right].map((part) => /^\d+$/.test(part));
    if (numeric[0] && numeric[1]) return Number(left) < Number(right) ? -1 : 1;
    if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return 0;
}

export const versionFunctions: readonly Overload[] = [
  ["semver(string): Semver", (text: string) => semver(text)],
  ["semver(string, bool): Semver", semver],
  ["isSemver(string): bool", (text: string) => parseVersion(text) !== undefined],
  ["isSemver(string, bool): bool", (text: string, normalize: boolean) => parseVersion(text, normalize) !== undefined],
  ["Semver.major(): int", (value: CelVersion) => BigInt(value.numbers[0])],
  ["Semver.minor(): int", (value: CelVersion) => BigInt(value.numbers[1])],
  ["Semver.patch(): int", (value: CelVersion) => BigInt(value.numbers[2])],
  ["Semver.isGreaterThan(Semver): bool", (a: CelVersion, b: CelVersion) => compareVersions(a, b) > 0],
  ["Semver.isLessThan(Semver): bool", (a: CelVersion, b: CelVersion) => compareVersions(a, b) < 0],
  ["Semver.compareTo(Semver): int", (a: CelVersion, b: CelVersion) => BigInt(compareVersions(a, b))],
];
