/** Paints the pods of one dock as small marks: colour and shape by state, so that a rollout shows as a wave. */
import type { PodState } from "../../../worker/protocol.ts";
import type { PlacedDock } from "./layout-cluster.ts";

const colours: Record<PodState, string> = {
  running: "--ok",
  waiting: "--wait",
  pending: "--wait",
  failing: "--bad",
  terminating: "--gone",
  completed: "--info",
};

export function drawDots(canvas: HTMLCanvasElement, dock: PlacedDock): void {
  const scale = devicePixelRatio || 1;
  canvas.width = dock.width * scale;
  canvas.height = dock.height * scale;
  canvas.style.width = `${dock.width}px`;
  canvas.style.height = `${dock.height}px`;
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  pen.setTransform(scale, 0, 0, scale, -dock.x * scale, -dock.y * scale);
  const style = getComputedStyle(canvas);
  const palette = Object.fromEntries(
    Object.entries(colours).map(([state, name]) => [state, style.getPropertyValue(name)]),
  );
  for (const { pod, x, y, width, height } of dock.pods) {
    pen.fillStyle = palette[pod.state] ?? "";
    pen.strokeStyle = palette[pod.state] ?? "";
    if (pod.state === "failing") {
      pen.beginPath();
      pen.moveTo(x + width / 2, y);
      pen.lineTo(x + width, y + height);
      pen.lineTo(x, y + height);
      pen.fill();
    } else if (pod.state === "terminating" || pod.state === "pending") {
      pen.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
    } else {
      pen.globalAlpha = pod.state === "waiting" ? 0.55 : 1;
      pen.fillRect(x, y, width, height);
      pen.globalAlpha = 1;
    }
  }
}
