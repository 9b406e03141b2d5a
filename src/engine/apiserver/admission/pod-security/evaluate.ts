/** A pod against a level. Upstream: k8s.io/pod-security-admission/policy/registry.go. */
import type { PodSpec } from "../../../api/generated/types.ts";
import { baselineChecks } from "./baseline.ts";
import type { Check, CheckedPod, Violation } from "./check.ts";
import type { LevelVersion } from "./policy.ts";
import { restrictedChecks } from "./restricted.ts";

const NO_VIOLATIONS: readonly Violation[] = [];
/** Annotations with a profile in them: then the spec alone doesn't tell. */
const PROFILE_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";
const OLD_PROFILE_ANNOTATION = "seccomp.security.alpha.kubernetes.io/";

const checksOf = new Map<string, readonly Check[]>();

/** Baseline checks first, without those that a restricted one stands for. */
function checksFor({ level, minor, text }: LevelVersion): readonly Check[] {
  let checks = checksOf.get(text);
  if (checks === undefined) {
    const isKnown = ({ since = 0 }: Check): boolean => since <= minor;
    const restricted = level === "restricted" ? restrictedChecks.filter(isKnown) : [];
    const replaced = restricted.flatMap(({ replaces = [] }) => replaces);
    checks = [...baselineChecks.filter((check) => isKnown(check) && !replaced.includes(check.id)), ...restricted];
    checksOf.set(text, checks);
  }
  return checks;
}

/** Pods of one template share their spec, and what was found of it. */
const known = new WeakMap<PodSpec, Map<string, readonly Violation[]>>();

/** What the level doesn't allow the pod; empty: it is fine. */
export function violations(
  annotations: Readonly<Record<string, string>> | undefined,
  spec: PodSpec,
  level: LevelVersion,
): readonly Violation[] {
  if (level.level === "privileged") return NO_VIOLATIONS;
  if (annotations !== undefined && Object.keys(annotations).some(mentionsProfile)) {
    return evaluate({ annotations, spec }, level);
  }
  let byLevel = known.get(spec);
  if (byLevel === undefined) known.set(spec, (byLevel = new Map()));
  let found = byLevel.get(level.text);
  if (found === undefined) byLevel.set(level.text, (found = evaluate({ annotations: {}, spec }, level)));
  return found;
}

function mentionsProfile(key: string): boolean {
  return key.startsWith(PROFILE_ANNOTATION) || key.includes(OLD_PROFILE_ANNOTATION);
}

function evaluate(pod: CheckedPod, level: LevelVersion): readonly Violation[] {
  return checksFor(level).flatMap((check) => check.find(pod, level.minor) ?? []);
}

/** `privileged (container "a" must not …), hostPort (…)` */
export function detailOf(found: readonly Violation[]): string {
  return found.map(({ reason, detail }) => `${reason} (${detail})`).join(", ");
}

export function reasonsOf(found: readonly Violation[]): string {
  return found.map(({ reason }) => reason).join(", ");
}
