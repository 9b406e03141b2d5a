import { SECOND } from "../../base/time.ts";

/** A node that is missing may come back: its pods get so long. */
export const QUARANTINE_MS = 40 * SECOND;

/** Nodes that pods are bound to and nobody knows. Upstream: gcOrphaned and discoverDeletedNodes of gc_controller.go. */
export class NodeQuarantine {
  /** By name: when its time is over. */
  private readonly until = new Map<string, number>();

  get size(): number {
    return this.until.size;
  }

  /**
   * One look at the cluster. `missing` are nodes that pods name and that are not there now. Returns those whose time was
   * over before this look and that are still missing; they are not in quarantine any more.
   */
  pass(now: number, missing: ReadonlySet<string>): string[] {
    for (const name of missing) if (!this.until.has(name)) this.until.set(name, now + QUARANTINE_MS);
    const gone: string[] = [];
    for (const [name, until] of this.until) {
      if (until > now) continue;
      this.until.delete(name);
      if (missing.has(name)) gone.push(name);
    }
    return gone;
  }
}
