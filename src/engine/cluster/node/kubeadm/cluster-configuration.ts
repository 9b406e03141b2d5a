/** The ClusterConfiguration that kubeadm keeps in kube-system. Upstream: cmd/kubeadm/app/util/config/cluster.go. */
import { stringify } from "yaml";
import type { ConfigMap } from "../../../api/generated/types.ts";
import { configMaps } from "../../../api/registry.ts";
import { isObject } from "../../../base/json.ts";
import { readYaml } from "../../../base/yaml-text.ts";
import type { Client } from "../../../client/client.ts";
import type { InitConfiguration } from "./init-configuration.ts";
import { KubeadmError } from "./subcommand.ts";

const NAMESPACE = "kube-system";
const NAME = "kubeadm-config";
const KEY = "ClusterConfiguration";

/** What every command that reads it says first. */
export function readingConfiguration(phase: string): string {
  return [
    `[${phase}] Reading configuration from the "${NAME}" ConfigMap in namespace "${NAMESPACE}"...\n`,
    `[${phase}] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.\n`,
  ].join("");
}

/** The release that the cluster is at, by kubeadm's book. */
export function clusterRelease(client: Client): string {
  return String(clusterConfiguration(client)["kubernetesVersion"] ?? "");
}

/** Of a ConfigMap's data. */
export function clusterConfigurationOf(data: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  return configurationIn({ data } as ConfigMap);
}

export function clusterConfiguration(client: Client): Readonly<Record<string, unknown>> {
  return configurationIn(read(client));
}

export function noteClusterRelease(client: Client, release: string): void {
  const map = read(client);
  const text = (map.data?.[KEY] ?? "").replace(/^kubernetesVersion: .*$/m, `kubernetesVersion: ${release}`);
  client.resource(configMaps).update({ ...map, data: { ...map.data, [KEY]: text } });
}

/** What a new cluster's configuration file says beside the usual goes where later commands look for it. */
export function keepConfiguration(
  client: Client,
  { kept, kubelet }: Pick<InitConfiguration, "kept" | "kubelet">,
): void {
  if (Object.keys(kept).length > 0) {
    const map = read(client);
    const text = stringify({ ...configurationIn(map), ...kept }, YAML);
    client.resource(configMaps).update({ ...map, data: { ...map.data, [KEY]: text } });
  }
  if (kubelet === undefined) return;
  const map = client.resource(configMaps).get(NAMESPACE, "kubelet-config");
  client.resource(configMaps).update({ ...map, data: { kubelet } });
}

const YAML = { indentSeq: false, sortMapEntries: true, lineWidth: 0 } as const;

function configurationIn({ data }: ConfigMap): Readonly<Record<string, unknown>> {
  const document = readYaml(data?.[KEY] ?? "");
  if ("problem" in document) {
    const why = `error converting YAML to JSON: ${document.problem}`;
    throw new KubeadmError(`failed to decode cluster configuration data: ${why}`);
  }
  return isObject(document.value) ? document.value : {};
}

function read(client: Client): ConfigMap {
  return client.resource(configMaps).get(NAMESPACE, NAME);
}

/** The configuration of the cluster's kubelets. */
export function kubeletConfiguration(client: Client): string {
  return client.resource(configMaps).get(NAMESPACE, "kubelet-config").data?.["kubelet"] ?? "";
}
