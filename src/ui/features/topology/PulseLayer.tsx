/** Requests as lights on their way: at most sixty at a time; under reduced motion the line is marked for a moment instead. */
import { useEffect, useRef } from "react";
import { usePulses } from "../../state/happenings.ts";
import type { TrafficPulse } from "../../../worker/protocol.ts";
import type { Picture } from "./layout-store.ts";
import { type Leg, wayOf } from "./ways.ts";

const most = 60;
const hop = 420;

interface MeasuredLeg {
  line: SVGPathElement;
  length: number;
  back: boolean;
}

interface Light {
  pulse: TrafficPulse;
  legs: MeasuredLeg[];
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
        const at = pointOn(light.legs, light.length * ease(Math.max(0, share)));
        light.dot.setAttribute("cx", String(at.x));
        light.dot.setAttribute("cy", String(at.y));
      }
      frame = lights.size > 0 ? requestAnimationFrame(move) : 0;
    };
    const add = (pulse: TrafficPulse, index: number): void => {
      const way = wayOf(pulse, latest.current);
      if (way === null || group.current === null || lights.size >= most) return;
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) return markWay(way.edges);
      const legs = way.legs.map(measure);
      const dot = svg("circle");
      dot.setAttribute("r", "4.5");
      dot.setAttribute("class", "light");
      group.current.append(dot);
      const started = performance.now() + Math.min(index, 12) * 45;
      const length = legs.reduce((sum, leg) => sum + leg.length, 0);
      lights.add({ pulse, legs, length, duration: hop * legs.length, started, dot });
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

function measure({ path, back }: Leg): MeasuredLeg {
  const line = svg("path");
  line.setAttribute("d", path);
  return { line, length: line.getTotalLength(), back };
}

/** Where somebody is who has gone `distance` along the legs. */
function pointOn(legs: readonly MeasuredLeg[], distance: number): { x: number; y: number } {
  let left = distance;
  for (const { line, length, back } of legs) {
    if (left <= length) return line.getPointAtLength(back ? length - left : left);
    left -= length;
  }
  const last = legs.at(-1) as MeasuredLeg;
  return last.line.getPointAtLength(last.back ? 0 : last.length);
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

function markWay(edges: string[]): void {
  for (const id of edges) {
    const line = document.querySelector(`[data-edge="${CSS.escape(id)}"]`);
    line?.classList.add("passed");
    setTimeout(() => line?.classList.remove("passed"), 600);
  }
}
