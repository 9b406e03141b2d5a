/** Files of kubeadm's configuration: their documents, and which of their fields are followed. Upstream: app/util/config. */
import { deepEqual, isObject } from "../../../base/json.ts";
import { readYamlDocuments } from "../../../base/yaml-text.ts";
import { API_VERSION, TIMEOUTS } from "./print-defaults.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall } from "./subcommand.ts";

export type Fields = Readonly<Record<string, unknown>>;
/**
 * By path: `true` where the field is followed, else the values that it may have. A path's parents needn't be named. What
 * stands in neither is refused.
 */
export type KnownFields = ReadonlyMap<string, true | readonly unknown[]>;

const OLD_VERSION = "kubeadm.k8s.io/v1beta3";

/** Throws a KubeadmError. `warnings`: what kubeadm says of it, a line each. */
export function readDocuments(call: KubeadmCall, path: string): { documents: Fields[]; warnings: string[] } {
  const { fs } = call.ctx;
  if (!fs.exists(path)) {
    throw new KubeadmError(
      `unable to read config from ${JSON.stringify(path)} : open ${path}: no such file or directory`,
    );
  }
  const documents = readYamlDocuments(fs.readFile(path)).flatMap((read) => {
    if ("problem" in read) throw new KubeadmError(`error converting YAML to JSON: ${read.problem}`);
    return isObject(read.value) ? [read.value] : [];
  });
  return { documents, warnings: documents.flatMap((each) => checkKind(each)) };
}

/** Of the part that a node is registered by, in all files the same. */
export function registrationFields(name: string): [path: string, values: true | readonly unknown[]][] {
  const sockets = ["unix:///var/run/containerd/containerd.sock", "unix:///run/containerd/containerd.sock"];
  return [
    ["nodeRegistration.name", [name]],
    ["nodeRegistration.criSocket", sockets],
    ["nodeRegistration.imagePullPolicy", ["IfNotPresent"]],
    ["nodeRegistration.imagePullSerial", [true]],
    ["nodeRegistration.taints", [null]],
    ...Object.entries(TIMEOUTS).map(([timeout, value]): [string, unknown[]] => [`timeouts.${timeout}`, [value]]),
  ];
}

/** What kubeadm warns of; throws for a document that it doesn't take. */
function checkKind(document: Fields): string[] {
  const [version, kind] = [String(document["apiVersion"] ?? ""), String(document["kind"] ?? "")];
  if (kind === "KubeletConfiguration" || kind === "KubeProxyConfiguration") return [];
  const which = `${JSON.stringify(version)} (kind: ${JSON.stringify(kind)})`;
  const migrate =
    "'kubeadm config migrate --old-config old-config.yaml --new-config new-config.yaml', which will write the new, similar spec using a newer API version.";
  if (version === OLD_VERSION) {
    return [`your configuration file uses a deprecated API spec: ${which}. Please use ${migrate}`];
  }
  if (/^kubeadm\.k8s\.io\/v1(alpha\d|beta[12])$/.test(version)) {
    throw new KubeadmError(
      `your configuration file uses an old API spec: ${which}. Please use kubeadm v1.22 instead and run ${migrate}`,
    );
  }
  if (
    version === API_VERSION &&
    [
      "InitConfiguration",
      "ClusterConfiguration",
      "JoinConfiguration",
      "ResetConfiguration",
      "UpgradeConfiguration",
    ].includes(kind)
  ) {
    return [];
  }
  throw new KubeadmError(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)}`);
}

/** Throws a KubeadmError where a field says what isn't followed. */
export function check(value: Fields, facts: KnownFields, kind: string, above: string): void {
  for (const [name, inner] of Object.entries(value)) {
    const path = above === "" ? name : `${above}.${name}`;
    const allowed = facts.get(path);
    if (allowed === true || allowed?.some((each) => deepEqual(each, inner)) === true) continue;
    const nothing = inner === null || (isObject(inner) && Object.keys(inner).length === 0);
    if (allowed === undefined && nothing) continue;
    if (allowed === undefined && isObject(inner) && [...facts.keys()].some((each) => each.startsWith(`${path}.`))) {
      check(inner, facts, kind, path);
      continue;
    }
    const instead = allowed === undefined ? "" : `: in this preset it is ${String(allowed[0])}`;
    const shown = isObject(inner) || Array.isArray(inner) ? "" : `=${String(inner)}`;
    throw new KubeadmError(`${path}${shown} of a ${kind} is not simulated${instead}`);
  }
}

export function partOf(value: Fields, name: string): Fields {
  const part = value[name];
  return isObject(part) ? part : {};
}

export function listOf(value: Fields, name: string): readonly unknown[] {
  const list = value[name];
  return Array.isArray(list) ? (list as unknown[]) : [];
}
