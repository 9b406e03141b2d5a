/** The tabs below the sea: terminals, files, events. */
import { create } from "zustand";

export type DockTab =
  | { id: string; type: "terminal"; terminal: number; title: string; closable: boolean }
  | { id: string; type: "file"; path: string; title: string; edit?: number }
  | { id: string; type: "events" };

interface DockState {
  tabs: DockTab[];
  active: string;
  /** Counts sessions: terminals of different sessions may have the same number. */
  session: number;
}

export const useDock = create<DockState>(() => ({ tabs: [{ id: "events", type: "events" }], active: "", session: 0 }));

/** Terminals stand first, then files, then events. */
const rank = { terminal: 0, file: 1, events: 2 };

export function addTab(tab: DockTab): void {
  useDock.setState(({ tabs }) => ({
    tabs: [...tabs.filter((one) => one.id !== tab.id), tab].toSorted((a, b) => rank[a.type] - rank[b.type]),
    active: tab.id,
  }));
}

export function showTab(id: string): void {
  useDock.setState({ active: id });
}

export function removeTab(id: string): void {
  useDock.setState(({ tabs, active }) => {
    const at = tabs.findIndex((tab) => tab.id === id);
    const left = tabs.filter((tab) => tab.id !== id);
    const neighbour = left[Math.max(0, at - 1)]?.id ?? "";
    return { tabs: left, active: active === id ? neighbour : active };
  });
}

export function terminalTabs(tabs: readonly DockTab[]): Extract<DockTab, { type: "terminal" }>[] {
  return tabs.filter((tab) => tab.type === "terminal");
}

/* ---- Terminal output: kept until the terminal is drawn, then handed on as it comes ---- */

type Listener = (text: string) => void;

const waiting = new Map<number, string>();
const listeners = new Map<number, Listener>();

export function deliverOutput(terminal: number, text: string): void {
  const listener = listeners.get(terminal);
  if (listener === undefined) waiting.set(terminal, (waiting.get(terminal) ?? "") + text);
  else listener(text);
}

export function startSession(): void {
  waiting.clear();
  listeners.clear();
  useDock.setState(({ session }) => ({ session: session + 1 }));
}

export function onOutput(terminal: number, listener: Listener): () => void {
  listeners.set(terminal, listener);
  const early = waiting.get(terminal);
  waiting.delete(terminal);
  if (early !== undefined) listener(early);
  return () => {
    if (listeners.get(terminal) === listener) listeners.delete(terminal);
  };
}
