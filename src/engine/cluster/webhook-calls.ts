/** How the API server's requests to webhooks go: from a control-plane node, over the cluster's network. */
import type { WebhookCaller } from "../apiserver/server-context.ts";
import type { Network } from "../network/network.ts";
import type { Preset } from "./presets.ts";

/** Simplified: a webhook that doesn't answer at once counts as one that doesn't answer in time. */
export function webhookCaller(network: () => Network, preset: Preset): WebhookCaller {
  const from = preset.nodes.find(({ role }) => role === "control-plane");
  return (url, body, timeoutMs) => {
    const address = url.slice("https://".length).split("/")[0] ?? "";
    const port = from === undefined ? undefined : network().node(from.name)?.port();
    if (port === undefined) return { failure: `dial tcp ${address}: connect: network is unreachable` };
    const headers = { "content-type": "application/json" };
    const request = { method: "POST", url, headers, body: JSON.stringify(body), timeoutMs };
    const outcome = network().exchange(port, request);
    if (!outcome.ok) {
      const refused = outcome.errno === "ECONNREFUSED";
      return { failure: refused ? `dial tcp ${address}: connect: connection refused` : "context deadline exceeded" };
    }
    if (outcome.response.later !== undefined) return { failure: "context deadline exceeded" };
    try {
      return { answer: JSON.parse(outcome.response.body) as unknown };
    } catch {
      return { failure: "the response is no JSON" };
    }
  };
}
