/** Joins the cluster's views to the layout of the chosen view, drawn anew at most ten times a second when it is large. */
import { useEffect, useRef, useState } from "react";
import { useCluster } from "../../state/cluster.ts";
import { usePage } from "../../state/page.ts";
import type { Edge } from "./edges.ts";
import { isSameBox, type Box, type Drawing } from "./geometry.ts";
import { layoutCluster, type PlacedDock, type PlacedPod, type SeaLayout } from "./layout-cluster.ts";
import { layoutOwners, type OwnersLayout } from "./layout-owners.ts";

export interface PictureItem {
  id: string;
  type: "dock" | "service" | "laptop" | "lane" | "workload";
  box: Box;
  data: Record<string, unknown>;
}

export interface Picture {
  view: "cluster" | "owners" | "traffic";
  drawing: Drawing;
  tall: boolean;
  items: PictureItem[];
  docks: readonly PlacedDock[];
  pods: Map<string, PlacedPod>;
  edges: Edge[];
  /** Everything that can be selected or that a light can pass, by station. */
  stations: Map<string, Box>;
  bounds: Box;
}

interface Memory {
  cluster?: SeaLayout;
  /** Of docks that stand as they stood: what is the same object isn't drawn anew. */
  docks?: ReadonlyMap<string, PictureItem>;
  owners?: OwnersLayout;
}

function picture(view: Picture["view"], room: { width: number; height: number }, memory: Memory): Picture {
  const cluster = useCluster.getState();
  const system = usePage.getState().systemVisible;
  const visible = <T extends { system: boolean }>(all: Iterable<T>): T[] => {
    const shown: T[] = [];
    for (const one of all) if (system || !one.system) shown.push(one);
    return shown;
  };
  const pods = visible(cluster.pods.values());
  if (view === "owners") {
    const layout = layoutOwners({ workloads: visible(cluster.workloads.values()), pods }, memory.owners);
    memory.owners = layout;
    return ownersPicture(layout);
  }
  const services = visible(cluster.services.values());
  const layout = layoutCluster({ nodes: [...cluster.nodes.values()], pods, services, room }, memory.cluster);
  memory.cluster = layout;
  return seaPicture(layout, view, memory);
}

function seaPicture(layout: SeaLayout, view: Picture["view"], memory: Memory): Picture {
  const placed = new Map<string, PictureItem>();
  const stations = new Map<string, Box>([["laptop", layout.laptop]]);
  const items: PictureItem[] = [{ id: "laptop", type: "laptop", box: layout.laptop, data: {} }];
  for (const dock of layout.docks) {
    const id = `node/${dock.node.name}`;
    stations.set(id, dock);
    const entry = dock === layout.docks[0] && (layout.pods.size === 0 || layout.drawing === "dots");
    const { node } = dock;
    const before = memory.docks?.get(id);
    const stays = before?.data["node"] === node && before.data["entry"] === entry && isSameBox(before.box, dock);
    const item: PictureItem = stays ? before : { id, type: "dock", box: dock, data: { node, entry } };
    placed.set(id, item);
    items.push(item);
  }
  memory.docks = placed;
  for (const box of layout.services) {
    const id = `service/${box.service.uid}`;
    stations.set(id, box);
    items.push({ id, type: "service", box, data: { service: box.service } });
  }
  if (layout.lane !== null) {
    const { count, hidden } = layout.lane;
    items.push({ id: "lane", type: "lane", box: layout.lane, data: { count, hidden } });
  }
  if (layout.drawing !== "dots") for (const [uid, pod] of layout.pods) stations.set(`pod/${uid}`, pod);
  const { drawing, tall, pods, edges, bounds } = layout;
  return { view, drawing, tall, items, docks: layout.docks, pods, edges, stations, bounds };
}

function ownersPicture({ workloads, pods, edges, bounds }: OwnersLayout): Picture {
  const stations = new Map<string, Box>();
  const items: PictureItem[] = [];
  for (const placed of workloads) {
    const id = `workload/${placed.workload.uid}`;
    stations.set(id, placed);
    items.push({ id, type: "workload", box: placed, data: { workload: placed.workload } });
  }
  for (const [uid, pod] of pods) stations.set(`pod/${uid}`, pod);
  return {
    view: "owners",
    drawing: pods.size > 60 ? "chips" : "cards",
    tall: false,
    items,
    docks: [],
    pods,
    edges,
    stations,
    bounds,
  };
}

const calm = 100;
/** Of the time that it takes to draw, so much passes before the next drawing: typing is to go on beside it. */
const rest = 2;

/** What is left for docks between the view's tabs and the instruments; never less than a phone's. */
function roomIn(width: number, height: number): { width: number; height: number } {
  return { width: Math.max(320, width), height: Math.max(240, height - 118) };
}

export function useLayout(width: number, height: number): Picture {
  const chosen = usePage((state) => state.seaView);
  const view = chosen === "timeline" ? "cluster" : chosen;
  const memory = useRef<Memory>({});
  const [drawn, setDrawn] = useState(() => picture(view, roomIn(width, height), memory.current));
  useEffect(() => {
    let timer = 0;
    let last = 0;
    let cost = 0;
    const now = (): void => {
      timer = 0;
      const began = performance.now();
      last = began;
      setDrawn(picture(view, roomIn(width, height), memory.current));
      // Behind the frame that shows it.
      requestAnimationFrame(() => setTimeout(() => ([last, cost] = [performance.now(), performance.now() - began])));
    };
    const soon = (): void => {
      if (timer !== 0) return;
      const large = useCluster.getState().pods.size > 400;
      const wait = large ? Math.max(0, last + Math.max(calm, rest * cost) - performance.now()) : 0;
      timer = window.setTimeout(now, wait);
    };
    now();
    const stops = [
      useCluster.subscribe(soon),
      usePage.subscribe((state, before) => {
        if (state.systemVisible !== before.systemVisible) soon();
      }),
    ];
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, [view, width, height]);
  return drawn;
}
