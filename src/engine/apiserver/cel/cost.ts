/**
 * What an evaluation may cost. Upstream counts every operation (apiserver pkg/apis/cel/config.go: 1,000,000 a call).
 * Simplified: only the steps of comprehensions count, one each: nothing else can take long.
 */
export const PER_CALL_LIMIT = 1_000_000;

export const COST_EXCEEDED = "operation cancelled: actual cost limit exceeded";

let left = Number.POSITIVE_INFINITY;

/** One step. Throws when the budget of the evaluation at hand is used up. */
export function spend(): void {
  if (--left < 0) throw new Error(COST_EXCEEDED);
}

/** Runs `work` with a budget of its own and says what it used; `exceeded` also where the failure was swallowed inside. */
export function withBudget<T>(limit: number, work: () => T): { result: T; cost: number; exceeded: boolean } {
  const outer = left;
  left = limit;
  try {
    const result = work();
    return { result, cost: limit - left, exceeded: left < 0 };
  } finally {
    left = outer;
  }
}
