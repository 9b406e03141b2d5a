import { SystemError } from "../base/program.ts";
import type { Call } from "../base/syscalls.ts";
import { close, http, readAll } from "../base/syscalls.ts";

const WAIT_MS = 30_000;

/** The body of an answer of 200; otherwise the status, or why nobody answered. */
export function* fetched(method: "GET" | "POST", url: string): Call<string | number | SystemError> {
  try {
    const { status, body } = yield* http({ method, url, headers: {}, body: "", timeoutMs: WAIT_MS });
    const text = yield* readAll(body);
    yield* close(body);
    return status === 200 ? text : status;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return error;
  }
}
