/**
 * Stands in the built site for a function whose code is still on its way (see `scripts/first-screen`). A world whose
 * boot has called one has gone wrong, whatever became of the error: it is made again when the code is there.
 */
let calls = 0;

export function missing(): never {
  calls++;
  throw new Error("this code is still being fetched");
}

/**
 * In the built site: what the first screen does without, each function in its place when the code is there, and
 * `missing` before. The build fills it, for it knows how many they are.
 */
export const later: ((...args: readonly never[]) => unknown)[] = [];

/** How often code was called that was not there. */
export function missedCalls(): number {
  return calls;
}
