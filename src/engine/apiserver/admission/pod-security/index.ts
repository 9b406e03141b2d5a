/**
 * Pod security standards by namespace labels. Upstream: k8s.io/pod-security-admission/admission/admission.go.
 * Simplified: all pods of a namespace are looked at when its labels change, however many there are.
 */
import type {
  CronJob,
  Deployment,
  Namespace,
  Pod,
  PodTemplate,
  PodTemplateSpec,
} from "../../../api/generated/types.ts";
import { invalid } from "../../../api/meta/field-error.ts";
import type { KubeObject } from "../../../api/meta/object.ts";
import { forbidden } from "../../../api/meta/status-error.ts";
import { namespaces, pods } from "../../../api/registry.ts";
import { deepEqual } from "../../../base/json.ts";
import { annotate, writtenSubresource, type AdmissionPlugin, type AdmissionRequest } from "../admission.ts";
import { detailOf, reasonsOf, violations } from "./evaluate.ts";
import { isStricter, policyOf, type LevelVersion, type Policy } from "./policy.ts";

const PODS = "pods";
const NAMESPACES = "namespaces";
const AUDIT_VIOLATIONS = "pod-security.kubernetes.io/audit-violations";
const EPHEMERAL = "ephemeralcontainers";

type Template = Pick<PodTemplateSpec, "metadata" | "spec">;

/** Where a workload keeps the template of its pods. */
const templateOf: Readonly<Record<string, (object: KubeObject) => Template | undefined>> = {
  podtemplates: (object) => (object as PodTemplate).template,
  "cronjobs.batch": (object) => (object as CronJob).spec.jobTemplate?.spec?.template,
  ...Object.fromEntries(
    [
      "replicationcontrollers",
      "replicasets.apps",
      "deployments.apps",
      "statefulsets.apps",
      "daemonsets.apps",
      "jobs.batch",
    ].map((id) => [id, (object: KubeObject) => (object as Deployment).spec.template]),
  ),
};

export const podSecurity: AdmissionPlugin = {
  name: "PodSecurity",
  resources: [PODS, NAMESPACES, ...Object.keys(templateOf)],
  validate(object, attributes) {
    const { operation, request } = attributes;
    if (object === undefined || operation === "delete") return;
    const { id } = request.resource;
    if (id === NAMESPACES) validateNamespace(object as Namespace, attributes);
    else if (id === PODS) validatePod(object as Pod, attributes);
    else if (writtenSubresource(request) === "") {
      const template = templateOf[id]?.(object);
      if (template !== undefined) judge(template, attributes, false);
    }
  },
};

function validatePod(pod: Pod, attributes: AdmissionRequest): void {
  const { request, old } = attributes;
  if (request.subresource !== "" && request.subresource !== EPHEMERAL) return;
  if (old !== undefined && deepEqual((old as Pod).spec, pod.spec)) return;
  judge(pod, attributes, true);
}

/** Refuses when `enforced`; warns and notes otherwise, and of what is let through. */
function judge({ metadata, spec }: Template, attributes: AdmissionRequest, enforced: boolean): void {
  const { enforce, audit, warn } = policyFor(attributes);
  if (spec === undefined || isExempt(spec, attributes)) return;
  const found = (level: LevelVersion) => violations(metadata?.annotations, spec, level);
  if (enforced) {
    const refused = found(enforce);
    if (refused.length > 0) {
      const why = `violates PodSecurity "${enforce.text}": ${detailOf(refused)}`;
      throw forbidden(attributes.request.resource, attributes.name, why);
    }
  }
  const noted = found(audit);
  if (noted.length > 0) {
    annotate(attributes, AUDIT_VIOLATIONS, `would violate PodSecurity "${audit.text}": ${detailOf(noted)}`);
  }
  const warned = found(warn);
  if (warned.length > 0) attributes.warnings.push(`would violate PodSecurity "${warn.text}": ${detailOf(warned)}`);
}

function policyFor({ context, request }: AdmissionRequest): Policy {
  const { labels } = context.objects.get(namespaces, "", request.namespace)?.metadata ?? {};
  return policyOf(labels, context.settings.podSecurity.defaults);
}

function isExempt(
  { runtimeClassName }: NonNullable<Template["spec"]>,
  { context, request }: AdmissionRequest,
): boolean {
  const { namespaces: homes, usernames, runtimeClasses } = context.settings.podSecurity.exemptions;
  if (homes.includes(request.namespace) || usernames.includes(request.user.name)) return true;
  return runtimeClassName !== undefined && runtimeClasses.includes(runtimeClassName);
}

function validateNamespace(namespace: Namespace, { request, old, context, warnings }: AdmissionRequest): void {
  if (request.subresource !== "") return;
  const { defaults, exemptions } = context.settings.podSecurity;
  const { enforce, errors } = policyOf(namespace.metadata.labels, defaults);
  if (old === undefined) {
    if (errors.length > 0) throw invalid(namespaces, namespace.metadata.name, errors);
    return;
  }
  const before = policyOf(old.metadata.labels, defaults);
  if (errors.length > 0 && !deepEqual(errors, before.errors)) {
    throw invalid(namespaces, namespace.metadata.name, errors);
  }
  if (enforce.text === before.enforce.text || enforce.level === "privileged") return;
  if (enforce.minor === before.enforce.minor && !isStricter(enforce.level, before.enforce.level)) return;
  const { name } = namespace.metadata;
  if (exemptions.namespaces.includes(name)) return;
  const existing = context.objects.range(pods, name).items.map(({ value }) => value as Pod);
  warnings.push(...warningsOf(name, existing, enforce));
}

/** One line for each set of complaints, with the first pod that has them. */
function warningsOf(namespace: string, existing: readonly Pod[], enforce: LevelVersion): string[] {
  const byReason = new Map<string, string[]>();
  for (const { metadata, spec } of existing) {
    const found = violations(metadata.annotations, spec, enforce);
    if (found.length === 0) continue;
    const reasons = reasonsOf(found);
    const names = byReason.get(reasons);
    if (names === undefined) byReason.set(reasons, [metadata.name]);
    else names.push(metadata.name);
  }
  if (byReason.size === 0) return [];
  const lines = [...byReason].map(([reasons, names]) => {
    const others = names.length - 1;
    const more = others === 0 ? "" : ` (and ${others} other ${others === 1 ? "pod" : "pods"})`;
    return `${names.toSorted()[0]}${more}: ${reasons}`;
  });
  return [
    `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${enforce.text}"`,
    ...lines.toSorted(),
  ];
}
