/** What can be switched on and off beside the cluster itself, as objects that are applied or taken away. */
import type { Client } from "../client/client.ts";
import { disableHostPath, enableHostPath, hasHostPath, HOST_PATH_DRIVER } from "./csi/host-path-objects.ts";
import { disableVolumeSnapshots, enableVolumeSnapshots, hasVolumeSnapshots } from "./csi/snapshot-objects.ts";
import { disableExampleDriver, enableExampleDriver, hasExampleDriver } from "./dra/example-driver-objects.ts";
import {
  disableDefaultClass,
  disableMinikubeStorage,
  enableDefaultClass,
  enableMinikubeStorage,
  hasDefaultClass,
  hasMinikubeStorage,
} from "./folder-storage/minikube-objects.ts";
import { disableGateway, enableGateway, hasGateway } from "./gateway-objects.ts";
import { disableIngress, enableIngress, hasIngress } from "./ingress-objects.ts";
import { disableMetricsServer, enableMetricsServer, hasMetricsServer } from "./metrics-server-objects.ts";
import {
  disablePrometheusAdapter,
  enablePrometheusAdapter,
  hasPrometheusAdapter,
} from "./prometheus-adapter-objects.ts";

export type AddonName =
  | "storage-provisioner"
  | "default-storageclass"
  | "metrics-server"
  | "ingress"
  | "gateway-api"
  | "volumesnapshots"
  | "csi-hostpath-driver"
  | "dra-example-driver"
  | "prometheus-adapter";

interface Addon {
  enable(client: Client): void;
  disable(client: Client): void;
  has(client: Client): boolean;
}

/** The class that minikube brings for its csi driver. */
const SNAPSHOT_CLASS = { driver: HOST_PATH_DRIVER, name: "csi-hostpath-snapclass" };

const ADDONS: Readonly<Record<AddonName, Addon>> = {
  "storage-provisioner": { enable: enableMinikubeStorage, disable: disableMinikubeStorage, has: hasMinikubeStorage },
  "default-storageclass": { enable: enableDefaultClass, disable: disableDefaultClass, has: hasDefaultClass },
  "metrics-server": { enable: enableMetricsServer, disable: disableMetricsServer, has: hasMetricsServer },
  ingress: { enable: enableIngress, disable: disableIngress, has: hasIngress },
  "gateway-api": { enable: enableGateway, disable: disableGateway, has: hasGateway },
  volumesnapshots: {
    enable: (client) => enableVolumeSnapshots(client, { replicas: 2, classFor: SNAPSHOT_CLASS }),
    disable: disableVolumeSnapshots,
    has: hasVolumeSnapshots,
  },
  "dra-example-driver": { enable: enableExampleDriver, disable: disableExampleDriver, has: hasExampleDriver },
  "csi-hostpath-driver": { enable: enableHostPath, disable: disableHostPath, has: hasHostPath },
  "prometheus-adapter": {
    enable: enablePrometheusAdapter,
    disable: disablePrometheusAdapter,
    has: hasPrometheusAdapter,
  },
};

export function presentAddons(client: Client): AddonName[] {
  return (Object.keys(ADDONS) as AddonName[]).filter((name) => ADDONS[name].has(client));
}

export function switchAddon(client: Client, name: AddonName, on: boolean): void {
  const addon = ADDONS[name];
  if (on) addon.enable(client);
  else addon.disable(client);
}
