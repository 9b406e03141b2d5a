/** Throws when a state that must be impossible occurs. `values` end up in the message, so name what was compared. */
export function assert(condition: unknown, message: string, ...values: unknown[]): asserts condition {
  if (condition) return;
  const shown = values.map((value) => JSON.stringify(value)).join(", ");
  throw new Error(`impossible state: ${message}${shown === "" ? "" : ` (${shown})`}`);
}
