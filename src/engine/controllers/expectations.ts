/**
 * What a controller has asked for and not yet seen in its informer: while something is outstanding, its view is too
 * old to count pods by. Upstream: UIDTrackingControllerExpectations in pkg/controller/controller_utils.go.
 */
import { MINUTE } from "../base/time.ts";

const EXPIRES_MS = 5 * MINUTE;

interface Expectation {
  creations: number;
  readonly deletions: Set<string>;
  since: number;
}

export class Expectations {
  private readonly byKey = new Map<string, Expectation>();

  /** True when all that was asked for has been seen, or should have been long ago. */
  satisfied(key: string, now: number): boolean {
    const expected = this.byKey.get(key);
    if (expected === undefined) return true;
    return (expected.creations <= 0 && expected.deletions.size === 0) || now - expected.since > EXPIRES_MS;
  }

  expectCreations(key: string, count: number, now: number): void {
    this.expect(key, { creations: count, deletions: [], now });
  }

  expectDeletions(key: string, podKeys: readonly string[], now: number): void {
    this.expect(key, { creations: 0, deletions: podKeys, now });
  }

  /** Instead of whatever was expected before. `deletions` are keys of pods. */
  expect(key: string, wanted: { creations: number; deletions: readonly string[]; now: number }): void {
    const { creations, deletions, now } = wanted;
    this.byKey.set(key, { creations, deletions: new Set(deletions), since: now });
  }

  /** `count` creations were seen, or failed, or were never tried. */
  creationObserved(key: string, count = 1): void {
    const expected = this.byKey.get(key);
    if (expected !== undefined) expected.creations -= count;
  }

  deletionObserved(key: string, podKey: string): void {
    this.byKey.get(key)?.deletions.delete(podKey);
  }

  forget(key: string): void {
    this.byKey.delete(key);
  }
}
