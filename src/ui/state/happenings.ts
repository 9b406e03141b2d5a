/** What happened lately, newest last, bounded; with an index so that a chain of causes can be followed. */
import { create } from "zustand";
import type { ClusterEvent, EdgeRate, Happening, TrafficPulse } from "../../worker/protocol.ts";

const keep = 2000;
const keepPulses = 200;

interface HappeningsState {
  list: Happening[];
  byId: Map<number, Happening>;
}

export const useHappenings = create<HappeningsState>(() => ({ list: [], byId: new Map() }));

export function addHappenings(added: Happening[]): void {
  const { list, byId } = useHappenings.getState();
  for (const one of added) byId.set(one.id, one);
  const next = list.concat(added);
  const surplus = next.length - keep;
  if (surplus > 0) for (const old of next.splice(0, surplus)) byId.delete(old.id);
  useHappenings.setState({ list: next });
}

/** The component behind a user name: `system:serviceaccount:kube-system:job-controller` acts as job-controller. */
export function actorName(actor: string): string {
  const parts = actor.split(":");
  const last = parts.at(-1) ?? actor;
  if (parts[0] !== "system" || last === "") return actor;
  return parts[1] === "node" ? `kubelet/${last}` : last;
}

/** From the happening itself back to the first cause that is still known. */
export function causeChain(id: number, byId: ReadonlyMap<number, Happening>): Happening[] {
  const chain: Happening[] = [];
  const seen = new Set<number>();
  for (let at = byId.get(id); at !== undefined && !seen.has(at.id); at = byId.get(at.cause)) {
    seen.add(at.id);
    chain.push(at);
  }
  return chain;
}

export const usePulses = create<{ list: TrafficPulse[]; total: number }>(() => ({ list: [], total: 0 }));

/** What went over each edge in the last virtual second, by `from>to`. */
export const useRates = create<{ rates: ReadonlyMap<string, EdgeRate> }>(() => ({ rates: new Map() }));

export function setRates(list: EdgeRate[]): void {
  useRates.setState({ rates: new Map(list.map((rate) => [`${rate.from}>${rate.to}`, rate])) });
}

export function addPulses(added: TrafficPulse[]): void {
  const { list, total } = usePulses.getState();
  usePulses.setState({ list: list.concat(added).slice(-keepPulses), total: total + added.length });
}

/** Events of the cluster by uid, in the order of their last change; one that is counted up moves to the end. */
export const useEvents = create<{ byUid: Map<string, ClusterEvent> }>(() => ({ byUid: new Map() }));

const keepEvents = 500;

export function addEvents(added: ClusterEvent[]): void {
  const byUid = new Map(useEvents.getState().byUid);
  for (const event of added) {
    byUid.delete(event.uid);
    byUid.set(event.uid, event);
  }
  for (const uid of byUid.keys()) {
    if (byUid.size <= keepEvents) break;
    byUid.delete(uid);
  }
  useEvents.setState({ byUid });
}

export function forgetHappenings(): void {
  useEvents.setState({ byUid: new Map() });
  useHappenings.setState({ list: [], byId: new Map() });
  usePulses.setState({ list: [], total: 0 });
  useRates.setState({ rates: new Map() });
}
