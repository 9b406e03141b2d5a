/**
 * Where pods are too many to be drawn one by one: small marks in their docks, colour and shape by state, so that a rollout
 * shows as a wave. One canvas of the window's size has them all: a canvas a dock would be a layer each for the browser.
 */
import { useEffect, useRef } from "react";
import { useStore } from "@xyflow/react";
import type { PodState } from "../../../worker/protocol.ts";
import { usePage } from "../../state/page.ts";
import type { Box } from "./geometry.ts";
import type { PlacedDock, PlacedPod } from "./layout-cluster.ts";

const COLOURS: Record<PodState, string> = {
  running: "--ok",
  waiting: "--wait",
  pending: "--wait",
  failing: "--bad",
  terminating: "--gone",
  completed: "--info",
};

/** Which part of the sea is seen, and how large. */
interface View {
  x: number;
  y: number;
  zoom: number;
  width: number;
  height: number;
}

export function DotLayer({ docks }: { docks: readonly PlacedDock[] }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [x, y, zoom] = useStore((state) => state.transform);
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const dark = usePage((state) => state.dark);
  useEffect(() => {
    if (canvas.current !== null) draw(canvas.current, { x, y, zoom, width, height }, docks);
  }, [docks, x, y, zoom, width, height, dark]);
  return <canvas ref={canvas} className="dots" aria-hidden="true" />;
}

function draw(canvas: HTMLCanvasElement, view: View, docks: readonly PlacedDock[]): void {
  const style = getComputedStyle(document.documentElement);
  const scale = devicePixelRatio || 1;
  canvas.width = view.width * scale;
  canvas.height = view.height * scale;
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  const zoom = view.zoom * scale;
  pen.setTransform(zoom, 0, 0, zoom, view.x * scale, view.y * scale);
  const seen = docks.filter((dock) => isSeen(dock, view)).flatMap(({ pods }) => pods);
  for (const [state, pods] of byState(seen)) {
    pen.fillStyle = pen.strokeStyle = style.getPropertyValue(COLOURS[state]);
    pen.globalAlpha = state === "waiting" ? 0.55 : 1;
    for (const box of pods) mark(pen, state, box);
  }
}

function isSeen({ x, y, width, height }: Box, view: View): boolean {
  const left = x * view.zoom + view.x;
  const top = y * view.zoom + view.y;
  const [right, bottom] = [left + width * view.zoom, top + height * view.zoom];
  return right > 0 && bottom > 0 && left < view.width && top < view.height;
}

/** A colour is set once for all that have it. */
function byState(pods: readonly PlacedPod[]): Map<PodState, PlacedPod[]> {
  const groups = new Map<PodState, PlacedPod[]>();
  for (const placed of pods) {
    const group = groups.get(placed.pod.state);
    if (group === undefined) groups.set(placed.pod.state, [placed]);
    else group.push(placed);
  }
  return groups;
}

function mark(pen: CanvasRenderingContext2D, state: PodState, { x, y, width, height }: Box): void {
  if (state === "failing") {
    pen.beginPath();
    pen.moveTo(x + width / 2, y);
    pen.lineTo(x + width, y + height);
    pen.lineTo(x, y + height);
    pen.fill();
  } else if (state === "terminating" || state === "pending") {
    pen.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
  } else pen.fillRect(x, y, width, height);
}
