import type { Session } from "../session/session.ts";
import { summarize } from "../session/summary.ts";
import type { Playground } from "./playground.ts";
import type { BootOutcome, Frame, PageRequest, SessionInfo } from "./protocol.ts";

/** A world and what it has said that the page has not heard yet. */
export class Scene {
  playground?: Playground;
  private output: { terminal: number; text: string }[] = [];
  private requests: PageRequest[] = [];

  print(terminal: number, text: string): void {
    const last = this.output.at(-1);
    if (last?.terminal === terminal) last.text += text;
    else this.output.push({ terminal, text });
  }

  ask(request: PageRequest): void {
    this.requests.push(request);
  }

  /** Hands over what was said since the last frame. */
  fill(frame: Frame): void {
    if (this.output.length > 0) {
      frame.output = this.output;
      this.output = [];
    }
    if (this.requests.length > 0) {
      frame.requests = this.requests;
      this.requests = [];
    }
  }
}

/** How a world begins. */
export interface Opening {
  origin: BootOutcome["origin"];
  preset: string;
  seed: number;
  setup?: string[];
}

export function infoOf(session: Session): SessionInfo {
  const { preset, seed, inputs, until } = session;
  return { preset, seed, inputs: inputs.length, elapsed: until, summary: summarize(session) };
}

/** How much of a session's time a replay has passed, 0 to 1. */
export function shareDone({ sim }: Playground, { until }: Session): number {
  return Math.min(1, (sim.now - sim.start) / Math.max(1, until));
}
