/** What a LimitRange fills into containers that ask for nothing. Upstream: plugin/pkg/admission/limitranger/admission.go. */
import type { Container, LimitRange, PodSpec, ResourceRequirements } from "../../../api/generated/types.ts";
import { mapShared } from "../../../api/meta/share.ts";

type Amounts = Readonly<Record<string, string>>;

/** Default requests and limits of containers; later items come before earlier ones. */
export function containerDefaults({ spec }: LimitRange): { requests: Amounts; limits: Amounts } {
  let requests: Amounts = {};
  let limits: Amounts = {};
  for (const item of spec.limits) {
    if (item.type !== "Container") continue;
    requests = { ...requests, ...item.defaultRequest };
    limits = { ...limits, ...item.default };
  }
  return { requests, limits };
}

/**
 * The spec with defaults filled in, and what was set, in the words of the annotation: `cpu request for container web; cpu
 * limit for container web`. The same spec when nothing was missing.
 */
export function withDefaults(spec: PodSpec, range: LimitRange): { spec: PodSpec; set: readonly string[] } {
  const defaults = containerDefaults(range);
  const set: string[] = [];
  const complete = (what: string) => (container: Container) => {
    const resources = container.resources ?? {};
    const limits = merge(resources.limits, defaults.limits);
    const requests = merge(resources.requests, defaults.requests);
    if (requests.added.length > 0) set.push(`${requests.added.join(", ")} request for ${what} ${container.name}`);
    if (limits.added.length > 0) set.push(`${limits.added.join(", ")} limit for ${what} ${container.name}`);
    if (requests.added.length === 0 && limits.added.length === 0) return container;
    const merged: ResourceRequirements = { ...resources };
    if (limits.amounts !== undefined) merged.limits = limits.amounts;
    if (requests.amounts !== undefined) merged.requests = requests.amounts;
    return { ...container, resources: merged };
  };
  const containers = mapShared(spec.containers, complete("container"));
  const initContainers = spec.initContainers && mapShared(spec.initContainers, complete("init container"));
  if (set.length === 0) return { spec, set };
  return { spec: { ...spec, containers, ...(initContainers && { initContainers }) }, set };
}

function merge(own: Record<string, string> | undefined, defaults: Amounts) {
  const added = Object.keys(defaults)
    .filter((name) => own?.[name] === undefined)
    .toSorted();
  if (added.length === 0) return { amounts: own, added };
  return { amounts: { ...own, ...Object.fromEntries(added.map((name) => [name, defaults[name] as string])) }, added };
}
