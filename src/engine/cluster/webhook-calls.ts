/** How the API server's requests to webhooks go: from a control-plane node, over the cluster's network. */
import type { WebhookCaller } from "../apiserver/server-context.ts";
import { GO_PLAIN_ANSWER } from "../base/http.ts";
import { isObject, parseJson } from "../base/json.ts";
import type { Network } from "../network/network.ts";
import type { ServedResponse } from "../runtime/network-port.ts";
import { controlPlanePort } from "./control-plane-port.ts";
import type { Preset } from "./presets.ts";
import { distrust } from "../base/x509/distrust.ts";

const LATE = { failure: "context deadline exceeded" };

/**
 * Simplified: a webhook whose answer isn't known at once counts as one that doesn't answer in time; one that shows no
 * certificate is trusted.
 */
export function webhookCaller(network: () => Network, preset: Preset, now: () => number): WebhookCaller {
  return ({ url, body, timeoutMs, host, authorities }) => {
    const address = url.slice("https://".length).split("/")[0] ?? "";
    const port = controlPlanePort(network(), preset);
    if (port === undefined) return { failure: `dial tcp ${address}: connect: network is unreachable` };
    const headers = { "content-type": "application/json" };
    const request = { method: "POST", url, headers, body: JSON.stringify(body), timeoutMs };
    const outcome = network().exchange(port, request);
    if (!outcome.ok) {
      if (outcome.errno === "EPROTO") return { failure: GO_PLAIN_ANSWER };
      if (outcome.errno === "ENOTFOUND") {
        const asked = preset.nodes.flatMap((node) => network().node(node.name)?.nameserver ?? [])[0];
        return { failure: `dial tcp: lookup ${host} on ${asked}:53: no such host` };
      }
      return outcome.errno === "ECONNREFUSED" ? { failure: `dial tcp ${address}: connect: connection refused` } : LATE;
    }
    const { response } = outcome;
    const why = response.certificate && distrust(response.certificate, { host, authorities, now: now() });
    if (why !== undefined && why !== "") return { failure: why };
    if (response.later !== undefined || response.hangs === true || (response.delayMs ?? 0) >= timeoutMs) return LATE;
    return answerIn(response);
  };
}

/** As client-go's rest reads a response. */
function answerIn({ status, body }: ServedResponse): ReturnType<WebhookCaller> {
  const answered = true as const;
  if (status === 404) return { failure: "the server could not find the requested resource", answered };
  if (status >= 500) {
    const failure = `an error on the server (${JSON.stringify(body.trim())}) has prevented the request from succeeding`;
    return { failure, answered };
  }
  if (status >= 400) return { failure: "the server rejected our request for an unknown reason", answered };
  const answer = parseJson(body);
  if (isObject(answer)) return { answer };
  const failure = "couldn't get version/kind; json parse error: invalid character looking for beginning of value";
  return { failure, answered };
}
