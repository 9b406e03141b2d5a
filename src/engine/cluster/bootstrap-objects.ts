import type { KubeObject } from "../api/meta/object.ts";
import type { Draft } from "../api/meta/object.ts";
import type { Resource } from "../api/meta/resource.ts";
import {
  configMaps,
  deployments,
  endpoints,
  endpointSlices,
  namespaces,
  priorityClasses,
  serviceAccounts,
  services,
} from "../api/registry.ts";
import { SYSTEM_PRIORITY_CLASSES } from "../api/scheduling/priority-class.ts";
import type { Client } from "../client/client.ts";
import {
  corednsConfig,
  corednsDeployment,
  corednsServiceAccount,
  dnsService,
  kubernetesEndpoints,
  kubernetesEndpointSlice,
  kubernetesService,
  namespaceDraft,
  SYSTEM_NAMESPACES,
} from "./bootstrap.ts";
import { serverPort } from "./presets.ts";
import type { Preset } from "./presets.ts";

/** Creates what a new cluster begins with: priority classes, namespaces, the `kubernetes` service and, with add-ons, CoreDNS. */
export function bootstrapObjects(client: Client, preset: Preset): void {
  const create = <T extends KubeObject>(resource: Resource<T>, draft: Draft<T>): void => {
    client.resource(resource).create(draft);
  };
  for (const draft of SYSTEM_PRIORITY_CLASSES) create(priorityClasses, draft);
  for (const name of SYSTEM_NAMESPACES) create(namespaces, namespaceDraft(name));
  const port = serverPort(preset);
  const addresses = preset.nodes.filter((node) => node.role === "control-plane").map((node) => node.address);
  create(services, kubernetesService(port));
  if (addresses.length > 0) {
    create(endpoints, kubernetesEndpoints(addresses, port));
    create(endpointSlices, kubernetesEndpointSlice(addresses, port));
  }
  if (!preset.addons) return;
  create(serviceAccounts, corednsServiceAccount());
  create(configMaps, corednsConfig());
  create(services, dnsService());
  create(deployments, corednsDeployment(preset.nodes.length > 1 ? 2 : 1));
}
