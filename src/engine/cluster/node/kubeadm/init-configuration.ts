/**
 * The file that `kubeadm init --config` reads. Upstream: cmd/kubeadm/app/apis/kubeadm/v1beta4, app/util/config.
 *
 * **Simplified:** what `fieldsOf` says is followed, or may be said as it is here anyway; any other field is refused.
 */
import { stringify } from "yaml";
import { deepEqual, isObject } from "../../../base/json.ts";
import { jsonKind } from "../../../base/json-kind.ts";
import { ETCD_DATA } from "../../etcd/paths.ts";
import { usualFields } from "../kubelet-configuration.ts";
import { PKI } from "../pki-files.ts";
import { check, listOf, partOf, readDocuments, registrationFields } from "./configuration-file.ts";
import type { Fields, KnownFields } from "./configuration-file.ts";
import { endpointHost, readEndpoint } from "./control-plane-endpoint.ts";
import { alternativeName } from "./init-phases.ts";
import type { Extras, ExtraVolume } from "./manifest-extras.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall } from "./subcommand.ts";
import { GROUP } from "./token.ts";

export interface InitConfiguration {
  kubernetesVersion: string | undefined;
  token: string | undefined;
  ttl: string | undefined;
  /** Where pods' addresses are from; "": nobody has said. */
  podSubnet: string;
  /** `api.example.com:6443`, where several control planes are found as one; "": nobody has said. */
  endpoint: string;
  /** For the API server's certificate. */
  names: readonly string[];
  /** By component. */
  extras: ReadonlyMap<string, Extras>;
  /** The kubelet's file; undefined: the usual one. */
  kubelet: string | undefined;
  /** What of the ClusterConfiguration isn't as usual, for the ConfigMap that it is kept in. */
  kept: Fields;
  skipPhases: readonly string[];
  warnings: readonly string[];
}

export const USUAL: InitConfiguration = {
  kubernetesVersion: undefined,
  token: undefined,
  ttl: undefined,
  podSubnet: "",
  endpoint: "",
  names: [],
  extras: new Map(),
  kubelet: undefined,
  kept: {},
  skipPhases: [],
  warnings: [],
};

/** Throws a KubeadmError. */
export function readInitConfiguration(call: KubeadmCall, path: string): InitConfiguration {
  const { documents, warnings } = readDocuments(call, path);
  const ofKind = (kind: string): Fields => documents.find((each) => each["kind"] === kind) ?? {};
  if (!documents.some(({ kind }) => kind === "InitConfiguration" || kind === "ClusterConfiguration")) {
    throw new KubeadmError("no InitConfiguration or ClusterConfiguration kind was found in the YAML file");
  }
  const [init, cluster] = [ofKind("InitConfiguration"), ofKind("ClusterConfiguration")];
  const facts = fieldsOf(call);
  check(init, facts, "InitConfiguration", "");
  check(cluster, facts, "ClusterConfiguration", "");
  const proxy = ofKind("KubeProxyConfiguration");
  if (Object.keys(proxy).some((name) => name !== "apiVersion" && name !== "kind")) {
    throw new KubeadmError("a KubeProxyConfiguration is not simulated: change the ConfigMap kube-proxy instead");
  }
  const kubelet = ofKind("KubeletConfiguration");
  const tokens = Array.isArray(init["bootstrapTokens"]) ? init["bootstrapTokens"].filter(isObject) : [];
  if (tokens.length > 1) throw new KubeadmError("more than one of bootstrapTokens is not simulated");
  const [token] = tokens;
  for (const [name, value] of Object.entries(token ?? {})) {
    const allowed = TOKEN_FIELDS[name];
    if (allowed === undefined || (allowed !== null && !deepEqual(allowed, value)))
      throw new KubeadmError(`bootstrapTokens.${name} of an InitConfiguration is not simulated`);
  }
  const version = cluster["kubernetesVersion"];
  const endpoint = readEndpoint(String(cluster["controlPlaneEndpoint"] ?? ""), call.host.serverPort);
  return {
    kubernetesVersion: typeof version === "string" ? version.replace(/^(?=\d)/, "v") : undefined,
    token: token?.["token"] === undefined ? undefined : String(token["token"]),
    ttl: token?.["ttl"] === undefined ? undefined : String(token["ttl"]),
    podSubnet: podSubnetOf(cluster),
    endpoint,
    names: certificateNames(cluster, call.host.serverPort),
    extras: componentExtras(cluster),
    kubelet: Object.keys(kubelet).length === 0 ? undefined : kubeletText(kubelet),
    kept: Object.fromEntries(
      ["apiServer", "controllerManager", "scheduler", "etcd"].flatMap((name) =>
        cluster[name] === undefined ? [] : [[name, cluster[name]]],
      ),
    ),
    skipPhases: listOf(init, "skipPhases").map(String),
    warnings,
  };
}

/** Of a bootstrap token: those that are followed (null), and the values that the others may have. */
const TOKEN_FIELDS: Readonly<Record<string, readonly string[] | null>> = {
  token: null,
  ttl: null,
  groups: [GROUP],
  usages: ["signing", "authentication"],
};

function fieldsOf({ host }: KubeadmCall): KnownFields {
  const { name, serverPort, clusterCIDR, serviceCIDR, kubelet } = host;
  const component = (part: string): [string, true][] => [
    [`${part}.extraArgs`, true],
    [`${part}.extraVolumes`, true],
  ];
  return new Map<string, true | readonly unknown[]>([
    ["apiVersion", true],
    ["kind", true],
    ["bootstrapTokens", true],
    ["skipPhases", true],
    ["localAPIEndpoint.advertiseAddress", [kubelet.node.address]],
    ["localAPIEndpoint.bindPort", [serverPort]],
    ...registrationFields(name),
    ...component("apiServer"),
    ["apiServer.certSANs", true],
    ...component("controllerManager"),
    ...component("scheduler"),
    ["etcd.local.extraArgs", true],
    ["etcd.local.dataDir", [ETCD_DATA]],
    ["caCertificateValidityPeriod", ["87600h0m0s"]],
    ["certificateValidityPeriod", ["8760h0m0s"]],
    ["certificatesDir", [PKI]],
    ["clusterName", ["kubernetes"]],
    ["controlPlaneEndpoint", true],
    ["encryptionAlgorithm", ["RSA-2048"]],
    ["imageRepository", ["registry.k8s.io"]],
    ["kubernetesVersion", true],
    ["networking.dnsDomain", ["cluster.local"]],
    ["networking.podSubnet", [clusterCIDR]],
    ["networking.serviceSubnet", [serviceCIDR]],
  ]);
}

/** What a ClusterConfiguration adds to the API server's certificate. */
export function certificateNames(cluster: Fields, port: number): string[] {
  const endpoint = readEndpoint(String(cluster["controlPlaneEndpoint"] ?? ""), port);
  const names = listOf(partOf(cluster, "apiServer"), "certSANs").map(String);
  return [...names, ...(endpoint === "" ? [] : [endpointHost(endpoint)])].map(alternativeName);
}

export function podSubnetOf(cluster: Fields): string {
  return String(partOf(cluster, "networking")["podSubnet"] ?? "");
}

/** Of a ClusterConfiguration, by component. */
export function componentExtras(cluster: Fields): ReadonlyMap<string, Extras> {
  return new Map([
    ["kube-apiserver", extrasOf(partOf(cluster, "apiServer"), "apiServer")],
    ["kube-controller-manager", extrasOf(partOf(cluster, "controllerManager"), "controllerManager")],
    ["kube-scheduler", extrasOf(partOf(cluster, "scheduler"), "scheduler")],
    ["etcd", extrasOf(partOf(partOf(cluster, "etcd"), "local"), "etcd.local")],
  ]);
}

/** A list of names with values, in v1beta3 a mapping. */
function extrasOf(part: Fields, path: string): Extras {
  const given = part["extraArgs"];
  for (const arg of Array.isArray(given) ? given.filter(isObject) : []) {
    for (const name of ["name", "value"]) {
      const text = arg[name] ?? "";
      if (typeof text === "string") continue;
      const where = `Go struct field Arg.${path}.extraArgs.${name} of type string`;
      throw new KubeadmError(`json: cannot unmarshal ${jsonKind(text)} into ${where}`);
    }
  }
  const args = Array.isArray(given)
    ? given.filter(isObject).map(({ name, value }) => [String(name), String(value ?? "")] as const)
    : Object.entries(isObject(given) ? given : {}).map(([name, value]) => [name, String(value)] as const);
  const volumes = listOf(part, "extraVolumes").filter(isObject).map(volumeOf);
  return { args, volumes };
}

function volumeOf({ name, hostPath, mountPath, readOnly, pathType }: Fields): ExtraVolume {
  return {
    name: String(name),
    hostPath: String(hostPath),
    mountPath: String(mountPath),
    readOnly: readOnly === true,
    ...(typeof pathType === "string" && { pathType }),
  };
}

/** What kubeadm sets where a file leaves it open. */
function kubeletText(fields: Fields): string {
  return stringify({ ...usualFields(), ...fields }, { indentSeq: false, sortMapEntries: true });
}
