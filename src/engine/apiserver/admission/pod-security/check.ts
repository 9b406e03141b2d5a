/** What the checks of both levels are made of. Upstream: k8s.io/pod-security-admission/policy/{checks,visitor,helpers}.go. */
import type { Container, PodSpec, SecurityContext } from "../../../api/generated/types.ts";

export interface CheckedPod {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}

/** `reason (detail)` of what a pod may not do. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

export interface Check {
  /** Upstream's id: checks of one level run in the order of these. */
  readonly id: string;
  /** Since which minor version of Kubernetes; default: always. */
  readonly since?: number;
  /** Ids of baseline checks that it stands for when pods must be restricted. */
  readonly replaces?: readonly string[];
  /** `minor`: the version whose rules hold. */
  find(pod: CheckedPod, minor: number): Violation | undefined;
}

/** Windows pods are spared what only Linux knows. */
const WINDOWS_SINCE = 25;
/** Root in a user namespace is nobody outside of it. */
const USER_NAMESPACES_SINCE = 35;

export function isWindows({ os }: PodSpec, minor: number): boolean {
  return minor >= WINDOWS_SINCE && os?.name === "windows";
}

export function hasOwnUsers({ hostUsers }: PodSpec, minor: number): boolean {
  return minor >= USER_NAMESPACES_SINCE && hostUsers === false;
}

export function containersOf({ initContainers = [], containers, ephemeralContainers = [] }: PodSpec): Container[] {
  return [...initContainers, ...containers, ...(ephemeralContainers as Container[])];
}

/** Names of the containers whose security context is bad. */
export function badContainers(spec: PodSpec, isBad: (context: SecurityContext) => boolean): string[] {
  return containersOf(spec)
    .filter(({ securityContext = {} }) => isBad(securityContext))
    .map(({ name }) => name);
}

/** `"a", "b"` */
export function quoted(names: Iterable<string>): string {
  return [...names].map((name) => JSON.stringify(name)).join(", ");
}

/** `container "a"`, `containers "a", "b"` */
export function containersText(names: readonly string[]): string {
  return `${plural("container", names.length)} ${quoted(names)}`;
}

export function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`;
}

/** `pod and container "a"`: who set something; "" when nobody did. */
export function setters(pod: boolean, containers: readonly string[]): string {
  return [...(pod ? ["pod"] : []), ...(containers.length > 0 ? [containersText(containers)] : [])].join(" and ");
}

/** In the order of their names, each once. */
export function sorted(values: Iterable<string>): string[] {
  return [...new Set(values)].toSorted();
}
