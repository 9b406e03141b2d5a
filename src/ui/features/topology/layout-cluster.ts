/**
 * Where everything of the Cluster view stands: laptop, services and the waiting lane in tiers from the left, docks packed
 * into a grid on the right, pods in their docks' slots. A pure function of the views and of the previous layout, which
 * lends its slots and columns so that nothing moves without need.
 */
import type { NodeView, PodView, ServiceView } from "../../../worker/protocol.ts";
import {
  type Box,
  dockFoot,
  dockGap,
  dockHead,
  dockPad,
  docksAt,
  type Drawing,
  laptopSize,
  podSizes,
  serviceGap,
  servicesAt,
  serviceSize,
  slotBox,
  union,
} from "./geometry.ts";
import { type Edge, serviceEdges } from "./edges.ts";
import { assignSlots, type Slots } from "./slots.ts";

export interface PlacedPod extends Box {
  pod: PodView;
  /** `dock/<node>` or `lane`. */
  place: string;
  column: number;
}

export interface PlacedDock extends Box {
  node: NodeView;
  columns: number;
  /** Pods that stand here, in slot order; for the canvas. */
  pods: PlacedPod[];
}

export interface SeaLayout {
  drawing: Drawing;
  /** Services stand above the docks instead of left of them. */
  tall: boolean;
  docks: PlacedDock[];
  dockColumns: number;
  /** Null while no pod waits for a node. */
  lane: (Box & { count: number; hidden: number }) | null;
  laptop: Box;
  services: (Box & { service: ServiceView })[];
  pods: Map<string, PlacedPod>;
  edges: Edge[];
  slots: Map<string, Slots>;
  bounds: Box;
}

export interface SeaInput {
  nodes: readonly NodeView[];
  pods: readonly PodView[];
  services: readonly ServiceView[];
  /** Room on the screen: the grid of docks is packed to fill it. */
  room: { width: number; height: number };
}

const none: Slots = new Map();
const laneLimit = 12;
/** A sea narrower than this is laid out from top to bottom. */
const tallBelow = 560;
const docksAtTall = 34;
/** The middle of the row above the docks. */
const aboveDocks = -58;
/** A control plane whose own pods are not shown is all head and foot. */
const slimDock = dockHead + dockFoot - 4;

export function drawingFor(pods: number): Drawing {
  return pods > 800 ? "dots" : pods > 60 ? "chips" : "cards";
}

export function layoutCluster(input: SeaInput, previous?: SeaLayout): SeaLayout {
  const drawing = drawingFor(input.pods.length);
  const byPlace = groupByPlace(input);
  const slots = new Map<string, Slots>();
  for (const [place, pods] of byPlace) slots.set(place, assignSlots(previous?.slots.get(place) ?? none, pods));

  const nodes = input.nodes.toSorted(byRoleThenName);
  const tall = input.room.width < tallBelow;
  const left = tall ? docksAtTall : docksAt;
  const columns = podColumns(
    drawing,
    Math.max(1, ...nodes.map((node) => byPlace.get(`dock/${node.name}`)?.length ?? 0)),
  );
  const sizes = nodes.map((node) => {
    const standing = slots.get(`dock/${node.name}`) ?? none;
    return node.roles.includes("control-plane") && standing.size === 0
      ? { ...dockSize(none, drawing, columns), height: slimDock }
      : dockSize(standing, drawing, columns);
  });
  const dockColumns = tall ? 1 : chooseColumns(sizes, input.room, previous?.dockColumns);
  const boxes = packDocks(sizes, dockColumns, left);
  const pods = new Map<string, PlacedPod>();
  const docks = nodes.map((node, index): PlacedDock => {
    const box = boxes[index] ?? { x: left, y: 0, width: 0, height: 0 };
    const place = `dock/${node.name}`;
    const standing = placePods(byPlace.get(place) ?? [], {
      place,
      slots: slots.get(place) ?? none,
      columns,
      drawing,
      origin: { x: box.x + dockPad, y: box.y + dockHead },
    });
    for (const pod of standing) pods.set(pod.pod.uid, pod);
    return { ...box, node, columns, pods: standing };
  });

  const middle = middleOf(docks);
  const services = placeServices(input.services, middle, tall);
  const laptop = { x: 0, y: (tall ? aboveDocks : middle) - laptopSize.height / 2, ...laptopSize };
  const lane = placeLane(byPlace.get("lane") ?? [], slots.get("lane") ?? none, {
    bottom: Math.min(laptop.y, services[0]?.y ?? laptop.y) - (tall ? 16 : 40),
    pods,
  });
  const edges = serviceEdges({ services, pods, docks, laptop, drawing, tall });
  const bounds = union([...docks, ...services, laptop, ...(lane === null ? [] : [lane])]);
  return { drawing, tall, docks, dockColumns, lane, laptop, services, pods, edges, slots, bounds };
}

function groupByPlace({ pods, nodes }: SeaInput): Map<string, PodView[]> {
  const known = new Set(nodes.map((node) => node.name));
  const groups = new Map<string, PodView[]>();
  for (const pod of pods) {
    const place = known.has(pod.node) ? `dock/${pod.node}` : "lane";
    const group = groups.get(place);
    if (group === undefined) groups.set(place, [pod]);
    else group.push(pod);
  }
  return groups;
}

const collator = new Intl.Collator("en", { numeric: true });

function byRoleThenName(a: NodeView, b: NodeView): number {
  const rank = (node: NodeView): number => (node.roles.includes("control-plane") ? 0 : 1);
  return rank(a) - rank(b) || collator.compare(a.name, b.name);
}

/** Columns inside a dock: two while few, more as it fills, so that docks stay wider than tall. */
export function podColumns(drawing: Drawing, most: number): number {
  if (drawing === "cards") return most <= 12 ? 2 : 3;
  if (drawing === "chips") return most <= 32 ? 4 : most <= 60 ? 6 : 8;
  return Math.max(24, Math.ceil(Math.sqrt(most * 2.4)));
}

function dockSize(slots: Slots, drawing: Drawing, columns: number): { width: number; height: number } {
  const size = podSizes[drawing];
  const highest = Math.max(-1, ...slots.values());
  const rows = Math.max(1, Math.ceil((highest + 1) / columns));
  return {
    width: columns * (size.width + size.gap) - size.gap + 2 * dockPad,
    height: dockHead + dockFoot + rows * (size.height + size.gap) - size.gap + 4,
  };
}

type Size = { width: number; height: number };

/** Docks fill rows from the left; a row is as tall as its tallest. */
function packDocks(sizes: readonly Size[], columns: number, left: number): Box[] {
  const boxes: Box[] = [];
  let y = 0;
  for (let row = 0; row < sizes.length; row += columns) {
    const inRow = sizes.slice(row, row + columns);
    inRow.forEach((size, column) => boxes.push({ x: left + column * (size.width + dockGap), y, ...size }));
    y += Math.max(...inRow.map((size) => size.height)) + dockGap;
  }
  return boxes;
}

/** The number of columns at which all docks can be shown largest; the previous number stays unless another is clearly better. */
function chooseColumns(sizes: readonly Size[], room: Size, previous: number | undefined): number {
  if (sizes.length <= 1) return 1;
  const zoomAt = (columns: number): number => {
    const all = union(packDocks(sizes, columns, docksAt));
    return Math.min(room.width / (all.x + all.width), room.height / (all.y + all.height), 1);
  };
  let best = 1;
  for (let columns = 2; columns <= Math.min(sizes.length, 80); columns++) {
    if (zoomAt(columns) > zoomAt(best) * 1.02) best = columns;
  }
  const kept = previous === undefined ? best : Math.min(previous, sizes.length);
  return zoomAt(best) > zoomAt(kept) * 1.25 ? best : kept;
}

interface Grid {
  place: string;
  slots: Slots;
  columns: number;
  drawing: Drawing;
  origin: { x: number; y: number };
}

function placePods(pods: readonly PodView[], { place, slots, columns, drawing, origin }: Grid): PlacedPod[] {
  return pods.map((pod) => {
    const slot = slots.get(pod.uid) ?? 0;
    return { ...slotBox(slot, columns, podSizes[drawing], origin), pod, place, column: slot % columns };
  });
}

function middleOf(docks: readonly Box[]): number {
  const all = union(docks);
  return docks.length === 0 ? 160 : all.y + all.height / 2;
}

/** In a column left of the docks, or where the sea is narrow in rows above them. */
function placeServices(
  services: readonly ServiceView[],
  middle: number,
  tall: boolean,
): (Box & { service: ServiceView })[] {
  const ordered = services.toSorted(
    (a, b) => collator.compare(a.namespace, b.namespace) || collator.compare(a.name, b.name),
  );
  const pitch = serviceSize.height + serviceGap;
  const top = tall
    ? aboveDocks - (ordered.length - 1) * pitch - serviceSize.height / 2
    : middle - (ordered.length * pitch - serviceGap) / 2;
  return ordered.map((service, index) => ({ x: servicesAt, y: top + index * pitch, ...serviceSize, service }));
}

interface LanePlace {
  /** The lane grows upwards from here. */
  bottom: number;
  pods: Map<string, PlacedPod>;
}

function placeLane(waiting: readonly PodView[], slots: Slots, { bottom, pods }: LanePlace): SeaLayout["lane"] {
  if (waiting.length === 0) return null;
  const drawing: Drawing = waiting.length > 4 ? "chips" : "cards";
  const columns = drawing === "cards" ? 1 : 3;
  const shown = waiting.filter((pod) => (slots.get(pod.uid) ?? 0) < laneLimit);
  const size = podSizes[drawing];
  const rows = Math.ceil((1 + Math.max(0, ...shown.map((pod) => slots.get(pod.uid) ?? 0))) / columns);
  const height = dockHead + rows * (size.height + size.gap) - size.gap + dockPad;
  const box = { x: 0, y: bottom - height, width: columns * (size.width + size.gap) - size.gap + 2 * dockPad, height };
  const origin = { x: dockPad, y: box.y + dockHead };
  for (const pod of placePods(shown, { place: "lane", slots, columns, drawing, origin })) pods.set(pod.pod.uid, pod);
  return { ...box, count: waiting.length, hidden: waiting.length - shown.length };
}
