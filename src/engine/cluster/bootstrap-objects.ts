import type { KubeObject } from "../api/meta/object.ts";
import type { Draft } from "../api/meta/object.ts";
import { isAlreadyExists } from "../api/meta/status-error.ts";
import type { Resource } from "../api/meta/resource.ts";
import {
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  daemonSets,
  deployments,
  endpoints,
  endpointSlices,
  namespaces,
  priorityClasses,
  roleBindings,
  roles,
  serviceAccounts,
  services,
  storageClasses,
} from "../api/registry.ts";
import { SYSTEM_PRIORITY_CLASSES } from "../api/scheduling/priority-class.ts";
import type { Client } from "../client/client.ts";
import {
  kubernetesEndpoints,
  kubernetesEndpointSlice,
  kubernetesService,
  namespaceDraft,
  SYSTEM_NAMESPACES,
} from "./bootstrap.ts";
import { corednsConfig, corednsDeployment, corednsServiceAccount, dnsService } from "./bootstrap-dns.ts";
import { kubeProxyConfig, kubeProxyDaemonSet, kubeProxyServiceAccount } from "./bootstrap-proxy.ts";
import type { Simulation } from "../sim/simulation.ts";
import { kubeadmConfigMaps } from "./kubeadm-config-maps.ts";
import {
  corednsClusterRole,
  corednsClusterRoleBinding,
  kubeadmClusterRoleBindings,
  kubeadmClusterRoles,
  kubeadmRoleBindings,
  kubeadmRoles,
  minikubeClusterRoleBindings,
} from "./kubeadm-roles.ts";
import { createAll } from "./addon-objects.ts";
import { csiDrivers } from "../api/storage/csi-driver.ts";
import { diskDriverObject, diskStorageClasses } from "./cloud.ts";
import { folderStorageObjects } from "./folder-storage/folder-storage.ts";
import { enableVolumeSnapshots } from "./csi/snapshot-objects.ts";
import { serverPort } from "./presets.ts";
import type { Preset } from "./presets.ts";

export interface BootstrapOptions {
  preset: Preset;
  /** Of its components; default the first one. */
  release?: string | undefined;
  /** Where pods' addresses are from, as its objects say; default what the preset has, "" for nothing. */
  podSubnet?: string;
  /** Where clients find its API server; default as the preset has it. */
  server?: string;
  /** The control plane's endpoint that kubeadm was told. */
  endpoint?: string;
  /** Whose objects. Default all. */
  by?: readonly BootstrapPart[];
}

/** Objects that the API server makes itself at its start, those that kubeadm keeps, and its add-ons. */
export type BootstrapPart = "kube-apiserver" | "kubeadm" | "coredns" | "kube-proxy";
const ALL: readonly BootstrapPart[] = ["kube-apiserver", "kubeadm", "coredns", "kube-proxy"];

/** Creates what a new cluster begins with: priority classes, namespaces, roles, the `kubernetes` service and, with add-ons, CoreDNS; what is there stays. */
export function bootstrapObjects(
  sim: Simulation,
  client: Client,
  { preset: asMade, release, endpoint, by = ALL, ...more }: BootstrapOptions,
): void {
  const { podSubnet = asMade.clusterCIDR, server: address = asMade.server } = more;
  const preset = { ...asMade, clusterCIDR: podSubnet, server: address };
  const create = <T extends KubeObject>(resource: Resource<T>, draft: Draft<T>): void => {
    try {
      client.resource(resource).create(draft);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  };
  const server = by.includes("kube-apiserver");
  const kubeadm = by.includes("kubeadm");
  if (server) for (const draft of SYSTEM_PRIORITY_CLASSES) create(priorityClasses, draft);
  // Those that have roles of the bootstrap policy the API server has made itself.
  const present = new Set(
    client
      .resource(namespaces)
      .list("")
      .items.map(({ metadata }) => metadata.name),
  );
  for (const name of server ? SYSTEM_NAMESPACES : []) if (!present.has(name)) create(namespaces, namespaceDraft(name));
  if (kubeadm) {
    for (const draft of kubeadmClusterRoles()) create(clusterRoles, draft);
    for (const draft of kubeadmClusterRoleBindings()) create(clusterRoleBindings, draft);
    for (const draft of kubeadmRoles()) create(roles, draft);
    for (const draft of kubeadmRoleBindings()) create(roleBindings, draft);
  }
  if (preset.name === "minikube") for (const draft of minikubeClusterRoleBindings()) create(clusterRoleBindings, draft);
  if (server) {
    const port = serverPort(preset);
    const addresses = preset.nodes.filter((node) => node.role === "control-plane").map((node) => node.address);
    create(services, kubernetesService(port));
    if (addresses.length > 0) {
      create(endpoints, kubernetesEndpoints(addresses, port));
      create(endpointSlices, kubernetesEndpointSlice(addresses, port));
    }
  }
  if (!preset.addons) return;
  if (kubeadm) for (const draft of kubeadmConfigMaps(sim, preset, { release, endpoint })) create(configMaps, draft);
  if (kubeadm && preset.cloud === true) {
    create(csiDrivers, diskDriverObject());
    for (const draft of diskStorageClasses()) create(storageClasses, draft);
    enableVolumeSnapshots(client, { replicas: 1 });
  } else if (kubeadm && preset.noStorage !== true) {
    createAll(client, folderStorageObjects(preset));
  }
  if (preset.proxyDaemonSet === true && by.includes("kube-proxy")) {
    create(serviceAccounts, kubeProxyServiceAccount());
    create(configMaps, kubeProxyConfig(preset));
    create(daemonSets, kubeProxyDaemonSet(release));
  }
  if (!by.includes("coredns")) return;
  create(serviceAccounts, corednsServiceAccount());
  create(clusterRoles, corednsClusterRole());
  create(clusterRoleBindings, corednsClusterRoleBinding());
  create(configMaps, corednsConfig(preset));
  create(services, dnsService());
  create(deployments, corednsDeployment(preset.nodes.length > 1 ? 2 : 1));
}
