/**
 * Which nodes changed, by slot, in the order in which they did: who keeps answers about nodes finds those that hold no
 * longer without looking at each node.
 */
const MOST = 16_384;

export class ChangeLog {
  private readonly slots: number[] = [];
  /** The number of the oldest entry that is left. */
  private first = 0;

  /** The number that the next entry will have. */
  get end(): number {
    return this.first + this.slots.length;
  }

  add(slot: number): void {
    if (this.slots.length === MOST) {
      this.slots.splice(0, MOST / 2);
      this.first += MOST / 2;
    }
    this.slots.push(slot);
  }

  /** Takes back the entries from `end` on: what they tell of was undone, and nobody asked meanwhile. */
  takeBack(end: number): void {
    this.slots.length = Math.max(0, end - this.first);
  }

  /** Clears the entries of `bySlot` whose nodes changed since `end`; false when that is too long ago to tell. */
  clearSince(end: number, bySlot: Uint8Array): boolean {
    if (end < this.first) return false;
    for (let at = end - this.first; at < this.slots.length; at++) bySlot[this.slots[at] as number] = 0;
    return true;
  }
}
