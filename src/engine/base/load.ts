import type { Errno, HttpRequest } from "./program.ts";

/** The same request again and again, as a load generator sends it. */
export interface LoadSpec {
  /** `timeoutMs` must be set: who waits for ever measures nothing. */
  request: HttpRequest & { timeoutMs: number };
  /** How many requests may be under way at once; each asks again when its answer is there. */
  connections: number;
  /** Ends after that many requests, or when the time is up, whatever comes first; at least one must be given. */
  requests?: number;
  durationMs?: number;
  /** No more than that many requests a second, spread evenly; as fast as answers come when absent. */
  perSecond?: number;
  /** A pause between an answer and the next request: at most so long, evenly at random. */
  thinkMs?: number;
}

/** What came of it so far. Times are virtual milliseconds. */
export interface LoadResult {
  startedAt: number;
  endedAt: number;
  /** Requests that were answered, whatever the status. */
  answered: number;
  failed: number;
  /** How many answers took how long. */
  latencies: Map<number, number>;
  statuses: Map<number, number>;
  errors: Map<Errno, number>;
  /** Characters of bodies, and of status lines and headers. */
  bodyBytes: number;
  headBytes: number;
  /** Of the first answer. */
  first: { length: number; server: string } | undefined;
  /** Answers in each second since the start. */
  perSecond: number[];
}

export function emptyResult(now: number): LoadResult {
  return {
    startedAt: now,
    endedAt: now,
    answered: 0,
    failed: 0,
    latencies: new Map(),
    statuses: new Map(),
    errors: new Map(),
    bodyBytes: 0,
    headBytes: 0,
    first: undefined,
    perSecond: [],
  };
}
