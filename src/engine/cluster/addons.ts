/** What can be switched on and off beside the cluster itself, as objects that are applied or taken away. */
import type { Client } from "../client/client.ts";
import { disableGateway, enableGateway, hasGateway } from "./gateway-objects.ts";
import { disableIngress, enableIngress, hasIngress } from "./ingress-objects.ts";
import { disableMetricsServer, enableMetricsServer, hasMetricsServer } from "./metrics-server-objects.ts";

export type AddonName = "metrics-server" | "ingress" | "gateway-api";

interface Addon {
  enable(client: Client): void;
  disable(client: Client): void;
  has(client: Client): boolean;
}

const ADDONS: Readonly<Record<AddonName, Addon>> = {
  "metrics-server": { enable: enableMetricsServer, disable: disableMetricsServer, has: hasMetricsServer },
  ingress: { enable: enableIngress, disable: disableIngress, has: hasIngress },
  "gateway-api": { enable: enableGateway, disable: disableGateway, has: hasGateway },
};

export function presentAddons(client: Client): AddonName[] {
  return (Object.keys(ADDONS) as AddonName[]).filter((name) => ADDONS[name].has(client));
}

export function switchAddon(client: Client, name: AddonName, on: boolean): void {
  const addon = ADDONS[name];
  if (on) addon.enable(client);
  else addon.disable(client);
}
