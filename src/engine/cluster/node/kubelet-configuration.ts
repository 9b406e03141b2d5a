/**
 * The kubelet's configuration file, as kubeadm writes it to /var/lib/kubelet/config.yaml. It is read when the kubelet
 * starts. Upstream: pkg/kubelet/apis/config/v1beta1, cmd/kubelet/app/server.go (loadConfigFile).
 *
 * **Simplified:** a field that a kubelet has and that changes nothing here is named in its log; see `kubelet-fields.ts`.
 */
import { parse } from "yaml";
import { quantityValue, QuantityError } from "../../api/meta/quantity.ts";
import { isObject } from "../../base/json.ts";
import { jsonKind } from "../../base/json-kind.ts";
import { readYaml } from "../../base/yaml-text.ts";
import { DEFAULT_LOG_LIMITS } from "../../runtime/containers/container-log.ts";
import type { LogLimits } from "../../runtime/containers/container-log.ts";
import type { ShutdownGroup } from "../../kubelet/node-shutdown.ts";
import type { KubeletSettings } from "../../kubelet/kubelet-settings.ts";
import { checkFeatureGates, gatesWithoutEffect, parseFeatureGates } from "../feature-gates/feature-gates.ts";
import type { ReadGates } from "../feature-gates/feature-gates.ts";
import { DecodeProblem, FieldProblem } from "./field-values.ts";
import { readSettings, unknownField, withoutEffect } from "./kubelet-fields.ts";
import { MANIFESTS } from "./node-manifests.ts";
import { shutdownGroups } from "./shutdown-groups.ts";

export const KUBELET_CONFIG = "/var/lib/kubelet/config.yaml";

export const DEFAULT_CONFIGURATION = `apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous:
    enabled: false
  webhook:
    cacheTTL: 0s
    enabled: true
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
authorization:
  mode: Webhook
cgroupDriver: systemd
clusterDNS:
- 10.96.0.10
clusterDomain: cluster.local
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
kind: KubeletConfiguration
rotateCertificates: true
shutdownGracePeriod: 0s
shutdownGracePeriodCriticalPods: 0s
staticPodPath: ${MANIFESTS}
`;

export interface KubeletConfiguration {
  staticPodPath: string;
  /** How long pods have when the node goes down. */
  shutdown: readonly ShutdownGroup[];
  logs: LogLimits;
  settings: KubeletSettings;
  /** What the log warns of before anything else. */
  warnings: readonly string[];
  /** Fields that ask for what isn't done here. */
  ignored: readonly string[];
}

/** What a text says, or why the kubelet can't start with it. */
export function parseKubeletConfiguration(
  text: string,
  { path, exists, gates: given = "" }: { path: string; exists: (file: string) => boolean; gates?: string | undefined },
): KubeletConfiguration | { error: string } {
  const failed = (why: string): { error: string } => ({
    error: `failed to load kubelet config file, path: ${path}, error: failed to load Kubelet config file ${path}, error ${why}`,
  });
  const document = readYaml(text);
  if ("problem" in document) return failed(`failed to decode: ${document.problem}`);
  const { value } = document;
  if (!isObject(value) || value["kind"] !== "KubeletConfiguration") {
    return failed("failed to decode: Object 'Kind' is missing");
  }
  const unknown = unknownField(value);
  if (unknown !== undefined) return failed(`failed to decode: strict decoding error: unknown field "${unknown}"`);
  const noGate = Object.values(gatesIn(value)).find((on) => on !== null && typeof on !== "boolean");
  if (noGate !== undefined) {
    const where = "Go struct field KubeletConfiguration.featureGates of type bool";
    return failed(`failed to decode: json: cannot unmarshal ${jsonKind(noGate)} into ${where}`);
  }
  const flags = gatesOf(given, value);
  if ("problem" in flags)
    return { error: `failed to set feature gates from initial flags-based config: ${flags.problem}` };
  const { gates } = flags;
  let read: Pick<KubeletConfiguration, "settings" | "shutdown">;
  try {
    read = { shutdown: shutdownGroups(value, gates), settings: readSettings(value, gates) };
  } catch (error) {
    if (error instanceof DecodeProblem) return failed(`failed to decode: ${error.message}`);
    if (!(error instanceof FieldProblem)) throw error;
    return { error: error.message };
  }
  const authority = authorityOf(value);
  if (authority !== undefined && !exists(authority)) {
    const why = `open ${authority}: no such file or directory`;
    return { error: `failed to construct kubelet dependencies: unable to load client CA file ${authority}: ${why}` };
  }
  const logs = logLimitsOf(value);
  if (typeof logs === "string") {
    const why = `failed to create kubelet: failed to initialize container log manager: ${logs}`;
    return { error: `failed to run Kubelet: ${why}` };
  }
  const idle = gatesWithoutEffect("kubelet", gates).map((gate) => `featureGates[${gate}]`);
  const ignored = [...withoutEffect(value, usualFields()), ...idle];
  return { ...read, logs, ignored, warnings: flags.warnings, staticPodPath: textOf(value["staticPodPath"]) };
}

/** Those of the file and of the command line, which goes first. */
function gatesOf(given: string, fields: Record<string, unknown>): ReadGates | { problem: string } {
  const first = parseFeatureGates(given);
  if ("problem" in first) return first;
  const wanted = new Map(Object.entries(gatesIn(fields)).map(([name, value]) => [name, value === true]));
  return checkFeatureGates(new Map([...wanted, ...first.gates]));
}

function gatesIn({ featureGates }: Record<string, unknown>): Readonly<Record<string, unknown>> {
  return isObject(featureGates) ? featureGates : {};
}

let usual: Record<string, unknown> | undefined;

/** What stands in the file as kubeadm writes it. */
export function usualFields(): Readonly<Record<string, unknown>> {
  usual ??= parse(DEFAULT_CONFIGURATION) as Record<string, unknown>;
  return usual;
}

/** When logs are rotated, or what is wrong with that. Upstream: pkg/kubelet/logs, NewContainerLogManager. */
function logLimitsOf(value: Record<string, unknown>): LogLimits | string {
  const { containerLogMaxSize: size, containerLogMaxFiles: files } = value;
  const { maxBytes, maxFiles } = DEFAULT_LOG_LIMITS;
  if (typeof files === "number" && files <= 1) return `invalid MaxFiles ${files}, must be > 1`;
  const text = typeof size === "string" || typeof size === "number" ? String(size) : "";
  try {
    return {
      maxBytes: text === "" ? maxBytes : quantityValue(text),
      maxFiles: typeof files === "number" ? files : maxFiles,
    };
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    return `failed to parse container log max size ${JSON.stringify(text)}: ${error.message}`;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.replace(/\/$/, "") : "";
}

function authorityOf({ authentication }: Record<string, unknown>): string | undefined {
  const x509 = isObject(authentication) ? authentication["x509"] : undefined;
  const file = isObject(x509) ? x509["clientCAFile"] : undefined;
  return typeof file === "string" ? file : undefined;
}
