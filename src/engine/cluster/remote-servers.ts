/** How the API server reaches the servers that APIServices name: from a control-plane node, over the cluster's network. */
import type { ServerDialer } from "../apiserver/aggregation/aggregator.ts";
import { GO_PLAIN_ANSWER } from "../base/http.ts";
import type { Network } from "../network/network.ts";
import { controlPlanePort } from "./control-plane-port.ts";
import type { Preset } from "./presets.ts";

const DIAL_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
};

export function remoteServers(network: () => Network, preset: Preset): ServerDialer {
  return (request) => {
    const address = request.url.slice("https://".length).split("/")[0] ?? "";
    const port = controlPlanePort(network(), preset);
    if (port === undefined) return { failure: `dial tcp ${address}: connect: network is unreachable` };
    const outcome = network().exchange(port, request);
    if (!outcome.ok && outcome.errno === "EPROTO") return { failure: GO_PLAIN_ANSWER };
    if (!outcome.ok) return { failure: `dial tcp ${address}: ${DIAL_ERRORS[outcome.errno] ?? "i/o timeout"}` };
    const { status, headers = {}, body, later, hangs } = outcome.response;
    if (later !== undefined || hangs === true) return { failure: "context deadline exceeded" };
    return { status, headers, body };
  };
}
