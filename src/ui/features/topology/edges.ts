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
}

/** Above this many lines the sea would be a net: then a line ends at the dock, not at the pod. */
const edgeLimit = 150;

export function serviceEdges({ services, pods, docks, laptop, drawing }: EdgeInput): Edge[] {
  const edges: Edge[] = [];
  const total = services.reduce((sum, { service }) => sum + service.endpoints.length, 0);
  const bundled = drawing === "dots" || total > edgeLimit;
  const dockOf = new Map(docks.map((dock) => [`dock/${dock.node.name}`, dock]));
  for (const box of services) {
    const from = `service/${box.service.uid}`;
    const start = { x: box.x + box.width, y: box.y + box.height / 2 };
    if (box.service.type === "NodePort" || box.service.type === "LoadBalancer") {
      const path = curve({ x: laptop.x + laptop.width, y: laptop.y + laptop.height / 2 }, { x: box.x, y: start.y });
      edges.push({ id: `laptop>${from}`, from: "laptop", to: from, path, ready: true });
    }
    if (bundled) edges.push(...bundledEdges(box, { from, start, pods, dockOf }));
    else edges.push(...podEdges(box, { from, start, pods, dockOf }));
  }
  return edges;
}

interface EdgeStart {
  from: string;
  start: { x: number; y: number };
  pods: ReadonlyMap<string, PlacedPod>;
  dockOf: ReadonlyMap<string, PlacedDock>;
}

function podEdges(box: { service: ServiceView }, { from, start, pods, dockOf }: EdgeStart): Edge[] {
  const edges: Edge[] = [];
  for (const { pod: uid, ready } of box.service.endpoints) {
    const pod = pods.get(uid);
    if (pod === undefined) continue;
    const to = `pod/${uid}`;
    edges.push({ id: `${from}>${to}`, from, to, path: pathToPod(start, pod, dockOf.get(pod.place)), ready });
  }
  return edges;
}

/** Into the first column from the side; further in along the gap above the pod's row, so that no line crosses a name. */
function pathToPod(start: { x: number; y: number }, pod: PlacedPod, dock: PlacedDock | undefined): string {
  const middle = pod.y + pod.height / 2;
  if (pod.column === 0 || dock === undefined) return curve(start, { x: pod.x, y: middle });
  const lane = pod.y - 3.5;
  return `${curve(start, { x: dock.x, y: lane })}H${pod.x - 8}Q${pod.x - 3.5} ${lane} ${pod.x - 3.5} ${lane + 5}V${middle}H${pod.x}`;
}

function bundledEdges(box: { service: ServiceView }, { from, start, pods, dockOf }: EdgeStart): Edge[] {
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
    const path = curve(start, { x: dock.x, y: dock.y + dock.height / 2 });
    edges.push({ id: `${from}>${to}`, from, to, path, ready });
  }
  return edges;
}
