/** The last exchanges that are over, or go on by themselves: what nodes still remember of them. */
import type { Errno } from "../../base/program.ts";
import type { Trace } from "../trace.ts";

export interface RecentFlow {
  readonly trace: Trace;
  readonly errno: Errno | undefined;
  /** When it was decided. */
  readonly at: number;
}

/** Simplified: so many of the whole network; a node of one's own remembers 262,144. */
const MOST = 512;

export class RecentFlows {
  private readonly traces: Trace[] = [];
  private readonly errnos: (Errno | undefined)[] = [];
  private readonly times: number[] = [];
  private next = 0;

  note(trace: Trace, errno: Errno | undefined, at: number): void {
    const { next } = this;
    this.traces[next] = trace;
    this.errnos[next] = errno;
    this.times[next] = at;
    this.next = (next + 1) % MOST;
  }

  list(): RecentFlow[] {
    return this.traces.map((trace, index) => ({
      trace,
      errno: this.errnos[index],
      at: this.times[index] ?? 0,
    }));
  }
}
