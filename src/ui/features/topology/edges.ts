/** Lines of the Cluster view: laptop to services that are open to the outside, services to the pods behind them. */
import type { ServiceView } from "../../../worker/protocol.ts";
import { type Box, curve, type Drawing } from "./geometry.ts";
import type { PlacedDock, PlacedPod } from "./layout-cluster.ts";

export interface Edge {
  id: string;
  from: string;
  to: string;
  path: string;
  /** Drawn dashed while its end does not answer. */
  ready: boolean;
}

interface EdgeInput {
  services: readonly (Box & { service: ServiceView })[];
  pods: ReadonlyMap<string, PlacedPod>;
  docks: readonly PlacedDock[];
  laptop: Box;
  drawing: Drawing;
  /** Services stand above the docks instead of left of them. */
  tall: boolean;
}

/** Above this many lines the sea would be a net: then a line ends at the dock, not at the pod. */
const edgeLimit = 150;

export function serviceEdges({ services, pods, docks, laptop, drawing, tall }: EdgeInput): Edge[] {
  const edges: Edge[] = [];
  const total = services.reduce((sum, { service }) => sum + service.endpoints.length, 0);
  const bundled = drawing === "dots" || total > edgeLimit;
  const dockOf = new Map(docks.map((dock) => [`dock/${dock.node.name}`, dock]));
  for (const box of services) {
    const from = `service/${box.service.uid}`;
    const start = startOf(box, tall);
    if (box.service.type === "NodePort" || box.service.type === "LoadBalancer") {
      const path = curve(
        { x: laptop.x + laptop.width, y: laptop.y + laptop.height / 2 },
        { x: box.x, y: box.y + box.height / 2 },
      );
      edges.push({ id: `laptop>${from}`, from: "laptop", to: from, path, ready: true });
    }
    if (bundled) edges.push(...bundledEdges(box, { from, start, pods, dockOf, tall }));
    else edges.push(...podEdges(box, { from, start, pods, dockOf, tall }));
  }
  return edges;
}

/** Where a service's lines to its pods begin. */
function startOf(service: Box, tall: boolean): { x: number; y: number } {
  return tall
    ? { x: service.x + 22, y: service.y + service.height }
    : { x: service.x + service.width, y: service.y + service.height / 2 };
}

/** The line between a service and a pod, whether the pod is behind the service or asks it. */
export function serviceToPod(service: Box, pod: PlacedPod, where: { dock: Box | undefined; tall: boolean }): string {
  return pathToPod(startOf(service, where.tall), pod, where);
}

interface EdgeStart {
  from: string;
  start: { x: number; y: number };
  pods: ReadonlyMap<string, PlacedPod>;
  dockOf: ReadonlyMap<string, PlacedDock>;
  tall: boolean;
}

function podEdges(box: { service: ServiceView }, { from, start, pods, dockOf, tall }: EdgeStart): Edge[] {
  const edges: Edge[] = [];
  for (const { pod: uid, ready } of box.service.endpoints) {
    const pod = pods.get(uid);
    if (pod === undefined) continue;
    const to = `pod/${uid}`;
    edges.push({
      id: `${from}>${to}`,
      from,
      to,
      path: pathToPod(start, pod, { dock: dockOf.get(pod.place), tall }),
      ready,
    });
  }
  return edges;
}

/** Into the first column from the side; further in along the gap above the pod's row, so that no line crosses a name. */
function pathToPod(
  start: { x: number; y: number },
  pod: PlacedPod,
  { dock, tall }: { dock: Box | undefined; tall: boolean },
): string {
  const reach = tall ? descend : curve;
  const middle = pod.y + pod.height / 2;
  if (pod.column === 0 || dock === undefined) return reach(start, { x: pod.x, y: middle });
  const lane = pod.y - 3.5;
  return `${reach(start, { x: dock.x, y: lane })}H${pod.x - 8}Q${pod.x - 3.5} ${lane} ${pod.x - 3.5} ${lane + 5}V${middle}H${pod.x}`;
}

/** Down along the left bank, then in from the side. */
function descend(start: { x: number; y: number }, to: { x: number; y: number }): string {
  const bank = 14;
  const bend = start.y + 40;
  return `M${start.x} ${start.y}C${start.x} ${bend} ${bank} ${start.y + 10} ${bank} ${bend + 10}V${to.y - 10}Q${bank} ${to.y} ${bank + 10} ${to.y}H${to.x}`;
}

function bundledEdges(box: { service: ServiceView }, { from, start, pods, dockOf, tall }: EdgeStart): Edge[] {
  const reached = new Map<string, boolean>();
  for (const { pod: uid, ready } of box.service.endpoints) {
    const place = pods.get(uid)?.place;
    if (place !== undefined) reached.set(place, ready || reached.get(place) === true);
  }
  const edges: Edge[] = [];
  for (const [place, ready] of reached) {
    const dock = dockOf.get(place);
    if (dock === undefined) continue;
    const to = `node/${dock.node.name}`;
    const path = (tall ? descend : curve)(start, { x: dock.x, y: dock.y + dock.height / 2 });
    edges.push({ id: `${from}>${to}`, from, to, path, ready });
  }
  return edges;
}
