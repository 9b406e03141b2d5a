/** Creates in batches that double as long as all goes well: a controller that can't create finds out cheaply. */

const FIRST_BATCH = 1;

/**
 * Calls `act` up to `count` times in batches of 1, 2, 4 …, and begins no batch after a failure.
 * Upstream: slowStartBatch in pkg/controller/replicaset/replica_set.go.
 */
export function slowStartBatch(count: number, act: () => void): { successes: number; error: unknown } {
  let successes = 0;
  let remaining = count;
  for (let batch = Math.min(remaining, FIRST_BATCH); batch > 0; batch = Math.min(2 * batch, remaining)) {
    let failure: { error: unknown } | undefined;
    for (let i = 0; i < batch; i++) {
      try {
        act();
        successes++;
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) return { successes, error: failure.error };
    remaining -= batch;
  }
  return { successes, error: undefined };
}
