/** What the job controller knows beyond its informers. Upstream: expectations and uidTrackingExpectations in pkg/controller/job. */
import { Expectations } from "../expectations.ts";
import type { BackOffRecord } from "./back-off.ts";

export interface JobMemory {
  readonly expectations: Expectations;
  readonly backOffs: Map<string, BackOffRecord>;
  /** Uids of a job's pods whose finalizer was removed without that having been seen. */
  removing(key: string): ReadonlySet<string>;
  expectRemoval(key: string, uid: string): void;
  removalObserved(key: string, uid: string): void;
  forget(key: string): void;
}

const NONE: ReadonlySet<string> = new Set();

export function jobMemory(): JobMemory {
  const expectations = new Expectations();
  const backOffs = new Map<string, BackOffRecord>();
  const removals = new Map<string, Set<string>>();
  return {
    expectations,
    backOffs,
    removing: (key) => removals.get(key) ?? NONE,
    expectRemoval(key, uid) {
      const known = removals.get(key);
      if (known === undefined) removals.set(key, new Set([uid]));
      else known.add(uid);
    },
    removalObserved(key, uid) {
      const known = removals.get(key);
      if (known?.delete(uid) === true && known.size === 0) removals.delete(key);
    },
    forget(key) {
      expectations.forget(key);
      backOffs.delete(key);
      removals.delete(key);
    },
  };
}
