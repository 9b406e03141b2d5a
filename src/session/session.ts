/**
 * A session is what makes a cluster what it is: seed, preset and everything that came in from outside, each at its
 * virtual instant. Saving, sharing, restoring and testing are all replay of this one value.
 */

/**
 * Something that came in from outside at `t` virtual milliseconds after the start, behind all that was due by then.
 * `early`: it had been typed before and was taken up by an event at `t`, so it must lie ready when that instant begins.
 */
export type SessionInput = { t: number; early?: true } & InputAction;

export type TerminalTarget = { kind: "laptop" } | { kind: "exec"; namespace: string; pod: string; container: string };

export type InputAction =
  /** A finished line at a prompt (`line`), or keys for whatever reads the terminal (`data`). */
  | { k: "line"; terminal: number; text: string }
  | { k: "data"; terminal: number; text: string }
  | { k: "open"; terminal: number; target: TerminalTarget }
  | { k: "close"; terminal: number }
  | { k: "size"; terminal: number; columns: number; rows: number }
  /** A command that the page ran on the laptop outside of any terminal: apply, dry run, a lesson's set-up. */
  | { k: "command"; argv: string[]; stdin: string }
  /** A script's shell: opened by "", then typed into; a line may be one of several, Ctrl-C is "\u0003". */
  | { k: "shell"; shell: number; text: string }
  | { k: "file"; path: string; text: string }
  /** Answer to `kubectl edit`: the text, or null for "cancelled". */
  | { k: "edit"; edit: number; text: string | null }
  | { k: "fault"; fault: SessionFault };

export type SessionFault =
  | { kind: "power-off"; node: string }
  | { kind: "power-on"; node: string }
  | { kind: "kill-container"; namespace: string; pod: string; container: string }
  | { kind: "stop-component"; component: string }
  | { kind: "start-component"; component: string }
  /** The link between two nodes, or with `to` "" all links of one; `amount` is milliseconds or percent. */
  | { kind: "link"; from: string; to: string; change: "cut" | "mend" | "latency" | "loss"; amount: number };

export interface Session {
  /** Version of this shape. */
  v: 1;
  /** Version of the engine that wrote it: another one may replay differently. */
  engine: string;
  kubernetes: string;
  seed: number;
  preset: string;
  /** Manifests applied before anything else. */
  setup: string[];
  inputs: SessionInput[];
  /** Where the replay ends, in virtual milliseconds after the start. */
  until: number;
  /** What the page showed. */
  view?: { lesson?: string; paused?: boolean };
}

export const ENGINE_VERSION = "0.1";
export const KUBERNETES_VERSION = "1.36";

export function newSession(options: { seed: number; preset: string; setup?: string[] }): Session {
  const { seed, preset, setup = [] } = options;
  return { v: 1, engine: ENGINE_VERSION, kubernetes: KUBERNETES_VERSION, seed, preset, setup, inputs: [], until: 0 };
}
