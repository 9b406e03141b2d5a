/** The Owners view: who made whom, in tiers from the left: deployment, replica set, pods. One band a family. */
import type { PodView, WorkloadView } from "../../../worker/protocol.ts";
import type { Edge } from "./edges.ts";
import { type Box, curve, podSizes, slotBox, union, workloadSize } from "./geometry.ts";
import type { PlacedPod } from "./layout-cluster.ts";
import { assignSlots, type Slots } from "./slots.ts";

export interface PlacedWorkload extends Box {
  workload: WorkloadView;
}

export interface OwnersLayout {
  workloads: PlacedWorkload[];
  pods: Map<string, PlacedPod>;
  edges: Edge[];
  slots: Map<string, Slots>;
  bounds: Box;
}

const tierGap = 48;
const bandGap = 18;
const tierWidth = workloadSize.width + tierGap;
const none: Slots = new Map();

interface OwnersInput {
  workloads: readonly WorkloadView[];
  pods: readonly PodView[];
}

export function layoutOwners({ workloads, pods }: OwnersInput, previous?: OwnersLayout): OwnersLayout {
  const known = new Set(workloads.map((workload) => workload.uid));
  const children = groupBy(workloads, (workload) => (known.has(workload.owner) ? workload.owner : ""));
  const podsOf = groupBy(pods, (pod) => (known.has(pod.owner) ? pod.owner : ""));
  const layout: OwnersLayout = { workloads: [], pods: new Map(), edges: [], slots: new Map(), bounds: union([]) };
  const drawing = pods.length > 60 ? "chips" : "cards";
  const size = podSizes[drawing];
  const most = Math.max(0, ...[...podsOf.values()].map((group) => group.length));
  const columns = drawing === "chips" ? 8 : most > 12 ? 3 : 2;

  const placeGroup = (owner: string, x: number, y: number): number => {
    const group = podsOf.get(owner) ?? [];
    if (group.length === 0) return 0;
    const slots = assignSlots(previous?.slots.get(owner) ?? none, group);
    layout.slots.set(owner, slots);
    let bottom = y;
    for (const pod of group) {
      const slot = slots.get(pod.uid) ?? 0;
      const box = slotBox(slot, columns, size, { x, y });
      layout.pods.set(pod.uid, { ...box, pod, place: owner, column: slot % columns });
      bottom = Math.max(bottom, box.y + box.height);
    }
    return bottom - y;
  };

  /** Places a workload with all that it owns from `y` down; answers with the height that it took. */
  const place = (workload: WorkloadView, tier: number, y: number): number => {
    const box = { x: tier * tierWidth, y, ...workloadSize };
    layout.workloads.push({ ...box, workload });
    let below = y;
    for (const child of (children.get(workload.uid) ?? []).toSorted(newestFirst)) {
      const height = place(child, tier + 1, below);
      layout.edges.push(
        edgeBetween(`workload/${workload.uid}`, `workload/${child.uid}`, box, {
          x: box.x + tierWidth,
          y: below + workloadSize.height / 2,
        }),
      );
      below += height + bandGap;
    }
    const podsHeight = placeGroup(workload.uid, box.x + tierWidth, below);
    if (podsHeight > 0) {
      layout.edges.push(
        edgeBetween(`workload/${workload.uid}`, `pods/${workload.uid}`, box, {
          x: box.x + tierWidth - 8,
          y: below + size.height / 2,
        }),
      );
      below += podsHeight + bandGap;
    }
    return Math.max(workloadSize.height, below - y - bandGap);
  };

  let y = 0;
  for (const root of (children.get("") ?? []).toSorted(byName)) y += place(root, 0, y) + 30;
  placeGroup("", 2 * tierWidth, y);
  layout.bounds = union([...layout.workloads, ...layout.pods.values()]);
  return layout;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function edgeBetween(from: string, to: string, box: Box, end: { x: number; y: number }): Edge {
  const start = { x: box.x + box.width, y: box.y + workloadSize.height / 2 };
  return { id: `${from}>${to}`, from, to, path: curve(start, end), ready: true };
}

function byName(a: WorkloadView, b: WorkloadView): number {
  const left = `${a.namespace}/${a.name}/${a.kind}`;
  const right = `${b.namespace}/${b.name}/${b.kind}`;
  return left < right ? -1 : left > right ? 1 : 0;
}

function newestFirst(a: WorkloadView, b: WorkloadView): number {
  return Number(b.revision) - Number(a.revision) || byName(a, b);
}
