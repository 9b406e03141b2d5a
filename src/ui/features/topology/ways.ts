/** The way of a request over the sea: the drawn lines between its stations, and where there is none, one of its own. */
import type { TrafficPulse } from "../../../worker/protocol.ts";
import { serviceToPod } from "./edges.ts";
import { type Box, curve } from "./geometry.ts";
import type { Picture } from "./layout-store.ts";

export interface Leg {
  path: string;
  /** Against the direction in which the path is drawn. */
  back: boolean;
}

export interface Way {
  legs: Leg[];
  /** Ids of the drawn lines that it goes over. */
  edges: string[];
}

type Sea = Pick<Picture, "stations" | "edges" | "pods" | "tall">;

/** Null where fewer than two of the stations are shown. */
export function wayOf(pulse: Pick<TrafficPulse, "stations">, sea: Sea): Way | null {
  const { stations, edges, pods } = sea;
  // A node on the way is where the packet is rewritten, not a place to fly to, unless the way ends there.
  const way = pulse.stations
    .filter((station, index, all) => index === all.length - 1 || !station.startsWith("node/"))
    .map((station) => (stations.has(station) ? station : dockOf(station, pods)))
    .filter((station) => station !== undefined)
    .filter((station, index, all) => station !== all[index - 1]);
  const legs: Leg[] = [];
  const passed: string[] = [];
  for (let at = 1; at < way.length; at++) {
    const [from, to] = [way[at - 1] as string, way[at] as string];
    const edge = edges.find((one) => one.from === from && one.to === to);
    if (edge !== undefined) {
      passed.push(edge.id);
      legs.push({ path: edge.path, back: false });
      continue;
    }
    const leg = ownLeg(from, to, sea);
    if (leg !== undefined) legs.push(leg);
  }
  return legs.length === 0 ? null : { legs, edges: passed };
}

/** `node/<name>` of a pod that has no station of its own; undefined for what isn't shown. */
function dockOf(station: string, pods: Sea["pods"]): string | undefined {
  const place = station.startsWith("pod/") ? pods.get(station.slice(4))?.place : undefined;
  return place?.startsWith("dock/") === true ? nodeOf(place) : undefined;
}

const nodeOf = (place: string): string => `node/${place.slice("dock/".length)}`;

/** A pod that asks a service does so along the line that the service would have to it: the lines go round the names. */
function ownLeg(from: string, to: string, { stations, pods, tall }: Sea): Leg | undefined {
  const [start, end] = [stations.get(from), stations.get(to)];
  if (start === undefined || end === undefined) return undefined;
  const pod = from.startsWith("pod/") ? pods.get(from.slice(4)) : undefined;
  if (pod !== undefined && to.startsWith("service/")) {
    return { path: serviceToPod(end, pod, { dock: stations.get(nodeOf(pod.place)), tall }), back: true };
  }
  return { path: straight(start, end), back: false };
}

function straight(from: Box, to: Box): string {
  const leftward = to.x + to.width < from.x;
  const start = { x: leftward ? from.x : from.x + from.width, y: from.y + from.height / 2 };
  const end = { x: leftward ? to.x + to.width : to.x, y: to.y + to.height / 2 };
  return leftward ? `M${start.x} ${start.y}L${end.x} ${end.y}` : curve(start, end);
}
