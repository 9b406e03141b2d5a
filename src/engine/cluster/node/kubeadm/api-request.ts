/** Requests to an API server as a machine sends them that belongs to no cluster yet: over the network, by a token or none. */
import { isObject, parseJson } from "../../../base/json.ts";
import { SystemError } from "../../../base/program.ts";
import { http, readAll } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import { dialProblem } from "../../../base/dial-problem.ts";

export interface ApiAnswer {
  status: number;
  /** The object, or the Status that says why there is none. */
  body: Record<string, unknown>;
}

const TIMEOUT_MS = 10_000;

/** A server that nobody reaches is a status of 0, and its message is that of Go's client. */
export function* getFromApi(endpoint: string, path: string, token?: string): Call<ApiAnswer> {
  const url = `https://${endpoint}${path}`;
  try {
    const response = yield* http({
      ...{ method: "GET", url, body: "", timeoutMs: TIMEOUT_MS },
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    });
    const text = yield* readAll(response.body);
    const body = parseJson(text);
    return { status: response.status, body: isObject(body) ? body : { message: text.trim() } };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const problem = dialProblem(endpoint, error.errno);
    return { status: 0, body: { message: `Get "${url}?timeout=10s": ${problem}` } };
  }
}

/** Of a ConfigMap. */
export function dataOf({ body }: ApiAnswer): Record<string, string> {
  const data = body["data"];
  return isObject(data) ? (data as Record<string, string>) : {};
}
