/** Sums by topology: for a label key, an amount for each value that nodes have for it. */
import type { NodeInfo } from "../node-info.ts";

export class TopologyCounts {
  private readonly byKey = new Map<string, Map<string, number>>();

  get empty(): boolean {
    return this.byKey.size === 0;
  }

  /** Adds for the value that the node has; nothing when it has none. */
  add({ labels }: NodeInfo, key: string, amount: number): void {
    const value = labels[key];
    if (value === undefined) return;
    let values = this.byKey.get(key);
    if (values === undefined) {
      values = new Map();
      this.byKey.set(key, values);
    }
    values.set(value, (values.get(value) ?? 0) + amount);
  }

  of({ labels }: NodeInfo, key: string): number {
    const value = labels[key];
    return value === undefined ? 0 : (this.byKey.get(key)?.get(value) ?? 0);
  }

  /** The sum over all keys of what is counted for the node's value. */
  total({ labels }: NodeInfo): number {
    let sum = 0;
    for (const [key, values] of this.byKey) {
      const value = labels[key];
      if (value !== undefined) sum += values.get(value) ?? 0;
    }
    return sum;
  }
}
