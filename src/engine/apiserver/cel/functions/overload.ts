/** One overload of a function: a signature as the library reads it, `receiver.name(arguments): result`, and what it does. */
export type Overload = readonly [signature: string, call: (...args: never[]) => unknown];

/** Fails an evaluation with this text. */
export class CelFailure extends Error {}
