let freezing = false;

/**
 * Turns deep freezing on (tests, development) or off (production, where types alone guard the rule).
 * @public
 */
export function setDeepFreeze(on: boolean): void {
  freezing = on;
}

/**
 * Freezes `value` and all it reaches when deep freezing is on; returns it as it is.
 * Already frozen objects are taken to be frozen all the way down, so shared structure is walked once.
 */
export function freeze<T>(value: T): T {
  if (freezing) freezeDeep(value);
  return value;
}

function freezeDeep(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const item of Object.values(value)) freezeDeep(item);
}
