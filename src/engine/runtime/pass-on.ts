/** What a server that passes requests on (a proxy, an ingress controller) makes of what came back. */
import type { Errno } from "../base/program.ts";
import type { Exchanged, ServedResponse } from "./network-port.ts";

/** nginx' proxy_read_timeout. */
export const PROXY_TIMEOUT_MS = 60_000;

export function passOn(
  outcome: Exchanged,
  how: { answered(response: ServedResponse): ServedResponse; failed(errno: Errno): ServedResponse },
): ServedResponse {
  const { latencyMs, hops } = outcome;
  const onward = (): typeof hops => hops;
  if (!outcome.ok) return { ...how.failed(outcome.errno), delayMs: latencyMs, onward, passed: outcome };
  const { response } = outcome;
  const turned = (answer: ServedResponse): ServedResponse =>
    answer.hangs === true
      ? how.failed("ETIMEDOUT")
      : answer.resets === true
        ? how.failed("ECONNRESET")
        : how.answered(answer);
  if (response.later === undefined) return { ...turned(response), delayMs: latencyMs, onward, passed: outcome };
  return {
    status: 0,
    body: "",
    delayMs: latencyMs,
    onward,
    passed: outcome,
    later: (answer) => response.later?.((late) => answer(turned(late))) ?? (() => {}),
  };
}

/** The status that nginx answers with in an upstream's place. */
export function gatewayStatus(errno: Errno): 502 | 504 {
  return errno === "ETIMEDOUT" ? 504 : 502;
}
