/** Requests as lights on their way: at most sixty at a time; under reduced motion the line is marked for a moment instead. */
import { useEffect, useRef } from "react";
import { usePulses } from "../../state/happenings.ts";
import type { TrafficPulse } from "../../../worker/protocol.ts";
import { type Box, curve } from "./geometry.ts";
import type { Picture } from "./layout-store.ts";

const most = 60;
const hop = 420;

interface Light {
  pulse: TrafficPulse;
  path: SVGPathElement;
  length: number;
  duration: number;
  started: number;
  dot: SVGCircleElement;
}

export function PulseLayer({ picture }: { picture: Picture }) {
  const group = useRef<SVGGElement>(null);
  const latest = useRef(picture);
  latest.current = picture;
  useEffect(() => {
    const lights = new Set<Light>();
    let frame = 0;
    const move = (now: number): void => {
      for (const light of lights) {
        const share = (now - light.started) / light.duration;
        if (share >= 1) {
          lights.delete(light);
          finish(light);
          continue;
        }
        const at = light.path.getPointAtLength(light.length * ease(Math.max(0, share)));
        light.dot.setAttribute("cx", String(at.x));
        light.dot.setAttribute("cy", String(at.y));
      }
      frame = lights.size > 0 ? requestAnimationFrame(move) : 0;
    };
    const add = (pulse: TrafficPulse, index: number): void => {
      const way = wayOf(pulse, latest.current);
      if (way === null || group.current === null || lights.size >= most) return;
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) return markWay(way.edges);
      const path = svg("path");
      path.setAttribute("d", way.path);
      const dot = svg("circle");
      dot.setAttribute("r", "4.5");
      dot.setAttribute("class", "light");
      group.current.append(dot);
      const started = performance.now() + Math.min(index, 12) * 45;
      lights.add({ pulse, path, length: path.getTotalLength(), duration: hop * way.hops, started, dot });
      if (frame === 0) frame = requestAnimationFrame(move);
    };
    let seen = usePulses.getState().total;
    const stop = usePulses.subscribe(({ list, total }) => {
      const fresh = Math.min(total - seen, list.length);
      seen = total;
      if (fresh > 0 && !document.hidden) list.slice(-fresh).forEach(add);
    });
    return () => {
      stop();
      cancelAnimationFrame(frame);
      for (const light of lights) light.dot.remove();
    };
  }, []);
  return (
    <svg className="lights" aria-hidden="true">
      <g ref={group} />
    </svg>
  );
}

function svg<Name extends "path" | "circle">(name: Name): SVGElementTagNameMap[Name] {
  return document.createElementNS("http://www.w3.org/2000/svg", name);
}

const ease = (share: number): number => (share < 0.5 ? 2 * share * share : 1 - (2 - 2 * share) ** 2 / 2);

/** A light that failed stays red for a moment where it stopped. */
function finish({ pulse, dot }: Light): void {
  if (pulse.ok) {
    dot.remove();
    return;
  }
  dot.setAttribute("class", "light failed");
  setTimeout(() => dot.remove(), 700);
}

/** Joins the drawn lines between the stations of a request; where there is none, a line of its own. */
function wayOf(
  pulse: TrafficPulse,
  { stations, edges, pods }: Picture,
): { path: string; hops: number; edges: string[] } | null {
  const known = pulse.stations
    .map((station) => (stations.has(station) ? station : dockOf(station, pods)))
    .filter((station, index, all) => station !== null && (index === 0 || station !== all[index - 1]));
  // A node on the way is where the packet is rewritten, not a place to fly to, unless the way ends there.
  const way = known.filter((station, index) => index === known.length - 1 || station?.startsWith("node/") !== true);
  const parts: string[] = [];
  const passed: string[] = [];
  for (let at = 1; at < way.length; at++) {
    const [from, to] = [way[at - 1] ?? "", way[at] ?? ""];
    const edge = edges.find((one) => one.from === from && one.to === to);
    if (edge !== undefined) passed.push(edge.id);
    const [start, end] = [stations.get(from), stations.get(to)];
    if (edge === undefined && (start === undefined || end === undefined)) continue;
    parts.push(edge?.path ?? straight(start as Box, end as Box));
  }
  return parts.length === 0 ? null : { path: parts.join(""), hops: parts.length, edges: passed };
}

function dockOf(station: string, pods: Picture["pods"]): string | null {
  const place = station.startsWith("pod/") ? pods.get(station.slice(4))?.place : undefined;
  return place?.startsWith("dock/") === true ? `node/${place.slice(5)}` : null;
}

function straight(from: Box, to: Box): string {
  const leftward = to.x + to.width < from.x;
  const start = { x: leftward ? from.x : from.x + from.width, y: from.y + from.height / 2 };
  const end = { x: leftward ? to.x + to.width : to.x, y: to.y + to.height / 2 };
  return leftward ? `M${start.x} ${start.y}L${end.x} ${end.y}` : curve(start, end);
}

function markWay(edges: string[]): void {
  for (const id of edges) {
    const line = document.querySelector(`[data-edge="${CSS.escape(id)}"]`);
    line?.classList.add("passed");
    setTimeout(() => line?.classList.remove("passed"), 600);
  }
}
