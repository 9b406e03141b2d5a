/** How a scheduler's process reaches its extenders: over the network, from where it runs. */
import type { NetworkPort } from "../runtime/network-port.ts";
import type { ExtenderCall } from "../scheduler/extenders.ts";

const LATE = { failure: "context deadline exceeded (Client.Timeout exceeded while awaiting headers)" };

export function extenderCall(network: Pick<NetworkPort, "exchange" | "resolve">): ExtenderCall {
  return ({ url, body, timeoutMs }) => {
    const headers = { "content-type": "application/json" };
    const outcome = network.exchange?.({ method: "POST", url, headers, body, timeoutMs });
    if (outcome === undefined) return { failure: "connect: network is unreachable" };
    if (!outcome.ok) return { failure: failureOf(outcome.errno, url, network) };
    const { response } = outcome;
    if (response.later !== undefined || response.hangs === true || (response.delayMs ?? 0) >= timeoutMs) return LATE;
    return { status: response.status, body: response.body };
  };
}

function failureOf(errno: string, url: string, network: Pick<NetworkPort, "resolve">): string {
  const [, scheme = "", host = "", port = scheme === "https" ? "443" : "80"] = PLACE.exec(url) ?? [];
  if (errno === "ETIMEDOUT") return LATE.failure;
  if (errno === "ENOTFOUND") return `dial tcp: lookup ${host}: no such host`;
  const why = errno === "ECONNREFUSED" ? "connection refused" : "no route to host";
  return `dial tcp ${network.resolve(host)[0] ?? host}:${port}: connect: ${why}`;
}

const PLACE = /^(\w+):\/\/([^/:]+)(?::(\d+))?/;
