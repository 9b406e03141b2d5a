/**
 * The request that is traced, and what became of it. Kept outside of the page's parts: the inspector is drawn anew when the
 * window gets narrow, and another tab of it may be looked at meanwhile.
 */
import { create } from "zustand";
import type { TraceView } from "../../worker/protocol.ts";
import { engine } from "./engine.ts";

export type TraceOutcome = TraceView | { failed: string } | "idle" | "sent";

interface TraceStore {
  /** What is inspected, `<session>/<kind>/<namespace>/<name>`: the rest is about that. */
  subject: string;
  /** As chosen and typed; undefined until then. */
  from: string | undefined;
  url: string | undefined;
  outcome: TraceOutcome;
}

const NEW = { from: undefined, url: undefined, outcome: "idle" } as const;

export const useTrace = create<TraceStore>(() => ({ subject: "", ...NEW }));

/** Changes what is kept of `subject`; what was kept of another one is forgotten. */
export function keepTrace(subject: string, change: Partial<Omit<TraceStore, "subject">>): void {
  const { subject: before } = useTrace.getState();
  useTrace.setState({ ...(subject !== before && NEW), subject, ...change });
}

/** Sends the request; an answer for what is no longer inspected is nobody's. */
export async function sendTrace(subject: string, from: string, url: string): Promise<void> {
  keepTrace(subject, { from, url, outcome: "sent" });
  const outcome = await engine()
    .trace(from, url)
    .catch((error: unknown) => ({ failed: error instanceof Error ? error.message : String(error) }));
  if (useTrace.getState().subject === subject) keepTrace(subject, { outcome });
}
