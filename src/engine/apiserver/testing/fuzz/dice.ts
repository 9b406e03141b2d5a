import type { RandomStream } from "../../../sim/random.ts";

/** Decisions drawn from one seeded stream. */
export class Dice {
  private readonly stream: RandomStream;

  constructor(stream: RandomStream) {
    this.stream = stream;
  }

  int(bound: number): number {
    return this.stream.int(bound);
  }

  /** True in `percent` of a hundred cases. */
  chance(percent: number): boolean {
    return this.stream.int(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.stream.int(items.length)] as T;
  }
}
