/**
 * Gives each pod a place in its dock's grid and lets it keep that place: who leaves frees a slot, who comes takes the
 * lowest free one, nobody else moves. Order of arrival among newcomers is by name, so that the same cluster looks the same.
 */
export type Slots = ReadonlyMap<string, number>;

export interface Newcomer {
  uid: string;
  name: string;
}

export function assignSlots(previous: Slots, present: readonly Newcomer[]): Map<string, number> {
  const slots = new Map<string, number>();
  const taken = new Set<number>();
  const newcomers: Newcomer[] = [];
  for (const pod of present) {
    const slot = previous.get(pod.uid);
    if (slot === undefined) {
      newcomers.push(pod);
    } else {
      slots.set(pod.uid, slot);
      taken.add(slot);
    }
  }
  newcomers.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.uid < b.uid ? -1 : 1));
  let free = 0;
  for (const pod of newcomers) {
    while (taken.has(free)) free++;
    slots.set(pod.uid, free);
    taken.add(free);
  }
  // A dock that was full and is nearly empty closes its gaps, or it would stay as tall as it once was.
  if (taken.size > 0 && Math.max(...taken) + 1 > 3 * taken.size + 4) return compact(slots);
  return slots;
}

function compact(slots: Map<string, number>): Map<string, number> {
  const ordered = [...slots].toSorted((a, b) => a[1] - b[1]);
  return new Map(ordered.map(([uid], index) => [uid, index]));
}
