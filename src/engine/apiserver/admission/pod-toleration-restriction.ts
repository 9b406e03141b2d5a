/**
 * What pods of a namespace tolerate unless they say so, and what they may tolerate at most: two annotations of the
 * namespace, or else the plugin's configuration. Upstream: plugin/pkg/admission/podtolerationrestriction.
 */
import type { Namespace, Pod, Toleration } from "../../api/generated/types.ts";
import { computeQosClass } from "../../api/core/pod/qos.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { isObject } from "../../base/json.ts";
import { cannotUnmarshal } from "../../base/json-kind.ts";
import { scanJson } from "../../base/json-scan.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";
import { areAllowed, mergeTolerations } from "./tolerations.ts";

const DEFAULTS = "scheduler.alpha.kubernetes.io/defaultTolerations";
const ALLOWED = "scheduler.alpha.kubernetes.io/tolerationsWhitelist";
const UNDER_PRESSURE: Toleration = {
  key: "node.kubernetes.io/memory-pressure",
  operator: "Exists",
  effect: "NoSchedule",
};

/** `--admission-control-config-file`: where a namespace has no annotation. */
export interface TolerationSettings {
  readonly defaults: readonly Toleration[];
  readonly allowed: readonly Toleration[];
}

export function tolerationSettings(fields: Readonly<Record<string, unknown>>): { tolerations: TolerationSettings } {
  return { tolerations: { defaults: listOf(fields["default"]), allowed: listOf(fields["whitelist"]) } };
}

function listOf(value: unknown): readonly Toleration[] {
  return Array.isArray(value) ? (value.filter(isObject) as Toleration[]) : [];
}

export const podTolerationRestriction: AdmissionPlugin = {
  name: "PodTolerationRestriction",
  resources: ["pods"],
  mutate(object, attributes) {
    if (!isAsked(attributes)) return object;
    const { spec } = object as Pod;
    const added = attributes.operation === "create" ? [...toleratedIn(attributes, DEFAULTS, "defaults").list] : [];
    if (computeQosClass(spec) !== "BestEffort") added.push(UNDER_PRESSURE);
    if (added.length === 0) return object;
    return { ...object, spec: { ...spec, tolerations: mergeTolerations(spec.tolerations ?? [], added) } } as KubeObject;
  },
  validate(object, attributes) {
    if (!isAsked(attributes)) return;
    const { tolerations = [] } = (object as Pod).spec;
    if (tolerations.length === 0) return;
    const { list, scope } = toleratedIn(attributes, ALLOWED, "allowed");
    if (list.length === 0 || areAllowed(tolerations, list)) return;
    throw new StatusError(
      500,
      "",
      `pod tolerations (possibly merged with namespace default tolerations) conflict with its ${scope} whitelist`,
    );
  },
};

function isAsked({ operation, request }: AdmissionRequest): boolean {
  return (operation === "create" || operation === "update") && request.subresource === "";
}

function toleratedIn(
  { context, request }: AdmissionRequest,
  annotation: string,
  setting: keyof TolerationSettings,
): { list: readonly Toleration[]; scope: "namespace" | "cluster" } {
  const resource = context.resourceById("namespaces");
  const home = resource && (context.objects.get(resource, "", request.namespace) as Namespace | undefined);
  const text = home?.metadata.annotations?.[annotation];
  if (text === undefined) return { list: context.settings.tolerations?.[setting] ?? [], scope: "cluster" };
  return { list: annotated(text), scope: "namespace" };
}

/** What an annotation lists. "" is nobody, whatever the plugin's configuration says. */
function annotated(text: string): readonly Toleration[] {
  if (text === "") return [];
  const { problem } = scanJson(text);
  if (problem !== undefined) throw new StatusError(500, "", problem);
  const value = JSON.parse(text) as unknown;
  if (value === null || Array.isArray(value)) return listOf(value);
  throw new StatusError(500, "", cannotUnmarshal(value, "[]v1.Toleration"));
}
