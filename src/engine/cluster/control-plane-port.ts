/** The API server's own way into the cluster's network: to webhooks, to other servers, to pods and services by `proxy`. */
import type { HttpCarrier } from "../base/http.ts";
import { FINISHED_EXCHANGE } from "../base/http.ts";
import type { Network } from "../network/network.ts";
import type { StationPort } from "../network/port.ts";
import type { Preset } from "./presets.ts";

/** How long upstream's transport waits for a connection. */
const DIAL_TIMEOUT_MS = 30_000;

/** A control-plane node's port; undefined while there is none with power. */
export function controlPlanePort(network: Network, { nodes }: Preset): StationPort | undefined {
  const from = nodes.find(({ name, role }) => role === "control-plane" && network.node(name)?.powered === true);
  return from === undefined ? undefined : network.node(from.name)?.port();
}

/** What `proxy` sends its requests through. */
export function controlPlaneCarrier(network: () => Network, preset: Preset): HttpCarrier {
  return {
    send(request, sink) {
      const port = controlPlanePort(network(), preset);
      if (port !== undefined) return port.send({ connectTimeoutMs: DIAL_TIMEOUT_MS, ...request }, sink);
      sink.fail("ENETUNREACH", request.url);
      return FINISHED_EXCHANGE;
    },
  };
}
