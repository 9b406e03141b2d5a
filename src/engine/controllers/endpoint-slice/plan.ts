/**
 * Spreads endpoints over slices with as few writes as can be. Upstream: reconcileByPortMapping in endpointslice/reconciler.go.
 *
 * Worked example (3 a slice): slices [a b c] [d e], wanted a c d e f g. The first loses b and so is written anyway: it
 * takes f. g fits into the second, which has room: it is written too, and nothing is created.
 */
import type { DiscoveryEndpointPort, Endpoint, EndpointSlice } from "../../api/generated/types.ts";
import { deepEqual } from "../../base/json.ts";
import { portsKey } from "./endpoints.ts";
import type { PortGroup } from "./endpoints.ts";

export interface SlicePlan {
  create: { ports: readonly DiscoveryEndpointPort[]; endpoints: Endpoint[] }[];
  update: { slice: EndpointSlice; endpoints: Endpoint[] }[];
  remove: EndpointSlice[];
}

export function planSlices(
  existing: readonly EndpointSlice[],
  groups: ReadonlyMap<string, PortGroup>,
  max: number,
): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], remove: [] };
  const byPorts = new Map<string, EndpointSlice[]>();
  for (const slice of existing) {
    const key = portsKey(slice.ports ?? []);
    const list = byPorts.get(key);
    if (list === undefined) byPorts.set(key, [slice]);
    else list.push(slice);
    if (!groups.has(key)) plan.remove.push(slice);
  }
  for (const group of groups.values()) planGroup(plan, byPorts.get(group.key) ?? [], { group, max });
  keepPlaceholder(plan, existing);
  return plan;
}

function planGroup(
  plan: SlicePlan,
  slices: readonly EndpointSlice[],
  { group, max }: { group: PortGroup; max: number },
): void {
  const missing = new Map(group.endpoints);
  const changed: { slice: EndpointSlice; endpoints: Endpoint[] }[] = [];
  const unchanged: EndpointSlice[] = [];
  const emptied: EndpointSlice[] = [];
  for (const slice of slices) {
    const kept = keepWanted(slice, missing);
    if (kept === undefined) unchanged.push(slice);
    else if (kept.length === 0) emptied.push(slice);
    else changed.push({ slice, endpoints: kept });
  }
  const rest = [...missing.values()];
  // What is written anyway is filled first, fullest first.
  changed.sort((a, b) => b.endpoints.length - a.endpoints.length);
  for (const { endpoints } of changed) endpoints.push(...rest.splice(0, max - endpoints.length));
  // An emptied slice that is needed after all stays.
  for (const slice of emptied) {
    if (rest.length === 0) plan.remove.push(slice);
    else changed.push({ slice, endpoints: rest.splice(0, max) });
  }
  while (rest.length > 0) {
    const slice = rest.length < max ? bestFit(unchanged, rest.length, max) : undefined;
    if (slice === undefined) plan.create.push({ ports: group.ports, endpoints: rest.splice(0, max) });
    else {
      unchanged.splice(unchanged.indexOf(slice), 1);
      changed.push({ slice, endpoints: [...(slice.endpoints ?? []), ...rest.splice(0, max)] });
    }
  }
  plan.update.push(...changed);
}

/** What stays of a slice, taken out of `missing`; undefined: all of it, as it is. */
function keepWanted(slice: EndpointSlice, missing: Map<string, Endpoint>): Endpoint[] | undefined {
  const kept: Endpoint[] = [];
  let isSame = true;
  for (const endpoint of slice.endpoints ?? []) {
    const uid = endpoint.targetRef?.uid ?? "";
    const wanted = missing.get(uid);
    if (wanted === undefined) {
      isSame = false;
      continue;
    }
    missing.delete(uid);
    if (deepEqual(endpoint, wanted)) kept.push(endpoint);
    else {
      kept.push(wanted);
      isSame = false;
    }
  }
  return isSame && kept.length > 0 ? undefined : kept;
}

/** The fullest slice that can take `count` more. */
function bestFit(slices: readonly EndpointSlice[], count: number, max: number): EndpointSlice | undefined {
  let best: EndpointSlice | undefined;
  for (const slice of slices) {
    const size = slice.endpoints?.length ?? 0;
    if (size + count <= max && (best === undefined || size > (best.endpoints?.length ?? 0))) best = slice;
  }
  return best;
}

/** A service without endpoints keeps one slice without ports and endpoints, as a sign that it was looked at. */
function keepPlaceholder(plan: SlicePlan, existing: readonly EndpointSlice[]): void {
  if (plan.create.length > 0 || plan.remove.length < existing.length) return;
  const present = plan.remove.findIndex(
    ({ ports, endpoints }) => (ports ?? []).length + (endpoints ?? []).length === 0,
  );
  if (present >= 0) plan.remove.splice(present, 1);
  else plan.create.push({ ports: [], endpoints: [] });
}
