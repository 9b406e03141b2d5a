/** Nodes. Upstream: ValidateNode, ValidateNodeUpdate in pkg/apis/core/validation/validation.go. */
import { deepEqual } from "../../base/json.ts";
import type { Node, NodeConfigSource, Taint } from "../generated/types.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupportedInOrder,
  required,
  type FieldError,
} from "../meta/field-error.ts";
import { isCIDR } from "../meta/ip-address.ts";
import { isConfigMapKey, isDNS1123Label, isDNS1123Subdomain, isLabelValue } from "../meta/names.ts";
import { validateLabelName } from "../meta/validate-meta.ts";
import { validateResourceQuantity } from "./pod/validate-resources.ts";

const AVOID_PODS = "scheduler.alpha.kubernetes.io/preferAvoidPods";
const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function validateNode(node: Node): FieldError[] {
  const errors: FieldError[] = [];
  validateAvoidedPods(node, errors);
  validateTaints(node.spec?.taints ?? [], errors);
  validateResources(node, errors);
  const field = "spec.podCIDRs";
  const cidrs = node.spec?.podCIDRs ?? (node.spec?.podCIDR ? [node.spec.podCIDR] : []);
  for (const [index, cidr] of cidrs.entries()) {
    if (isCIDR(cidr)) continue;
    const detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    errors.push(invalidValue(`${field}[${index}]`, cidr, detail));
  }
  if (cidrs.length < 2) return errors;
  if (cidrs.length > 2 || new Set(cidrs.map((cidr) => cidr.includes(":"))).size < 2) {
    errors.push(invalidValue(field, cidrs, "may specify no more than one CIDR for each IP family"));
  }
  for (const [index, cidr] of cidrs.entries()) {
    if (cidrs.indexOf(cidr) < index) errors.push(duplicate(`${field}[${index}]`, cidr));
  }
  return errors;
}

/** An annotation of old that is still looked at (upstream: ValidateAvoidPodsInNodeAnnotations). */
function validateAvoidedPods({ metadata }: Node, errors: FieldError[]): void {
  const text = metadata.annotations?.[AVOID_PODS];
  if (!text) return;
  const base = "metadata.annotations";
  let parsed: { preferAvoidPods?: { podSignature?: { podController?: { controller?: boolean } } }[] };
  try {
    parsed = JSON.parse(text) as typeof parsed;
  } catch (error) {
    errors.push(invalidValue(`${base}.AvoidPods`, AVOID_PODS, (error as Error).message));
    return;
  }
  for (const [index, { podSignature }] of (parsed.preferAvoidPods ?? []).entries()) {
    const field = `${base}.${AVOID_PODS}[${index}].PodSignature`;
    const controller = podSignature?.podController;
    if (controller === undefined) errors.push(required(field));
    else if (controller.controller !== true) {
      errors.push(invalidValue(`${field}.PodController.Controller`, false, "must point to a controller"));
    }
  }
}

function validateTaints(taints: readonly Taint[], errors: FieldError[]): void {
  const seen = new Set<string>();
  for (const [index, { key = "", value = "", effect = "" }] of taints.entries()) {
    // Upstream's path has these in the metadata.
    const path = `metadata.taints[${index}]`;
    validateLabelName(key, `${path}.key`, errors);
    const texts = isLabelValue(value);
    if (texts.length > 0) errors.push(invalidValue(`${path}.value`, value, texts.join(";")));
    if (effect === "") errors.push(required(`${path}.effect`));
    else if (!EFFECTS.includes(effect)) errors.push(notSupportedInOrder(`${path}.effect`, effect, EFFECTS));
    if (seen.has(`${key} ${effect}`)) {
      const shown = { key, ...(value !== "" && { value }), effect };
      const detail = "taints must be unique by key and effect pair";
      errors.push({ ...duplicate(path, shown), detail });
    }
    seen.add(`${key} ${effect}`);
  }
}

function validateResources({ status }: Node, errors: FieldError[]): void {
  for (const field of ["capacity", "allocatable"] as const) {
    for (const [name, text] of Object.entries(status?.[field] ?? {})) {
      validateResourceQuantity(name, text, `status.${field}.${name}`, errors);
    }
  }
}

export function validateNodeUpdate(node: Node, old: Node): FieldError[] {
  const errors: FieldError[] = [];
  validateAvoidedPods(node, errors);
  validateResources(node, errors);
  const seen = new Set<string>();
  for (const [index, address] of (node.status?.addresses ?? []).entries()) {
    const key = `${address.type} ${address.address}`;
    if (seen.has(key)) errors.push(duplicate(`status.addresses[${index}]`, address));
    seen.add(key);
  }
  const before = old.spec?.podCIDRs ?? [];
  const next = node.spec?.podCIDRs ?? [];
  if (before.length > 0 && !deepEqual(before, next)) {
    errors.push(forbiddenField("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid'));
  }
  const provider = old.spec?.providerID ?? "";
  if (provider !== "" && provider !== (node.spec?.providerID ?? "")) {
    errors.push(forbiddenField("spec.providerID", 'node updates may not change providerID except from "" to valid'));
  }
  const { configSource } = node.spec ?? {};
  if (configSource !== undefined) validateConfigSource(configSource, "spec.configSource", errors);
  validateTaints(node.spec?.taints ?? [], errors);
  if ((node.spec?.externalID ?? "") !== (old.spec?.externalID ?? "")) {
    errors.push(forbiddenField("spec.externalID", "may not be updated"));
  }
  return errors;
}

/** A field that nothing reads any more (upstream: validateNodeConfigSourceSpec). */
function validateConfigSource(source: NodeConfigSource, field: string, errors: FieldError[]): void {
  const { configMap } = source;
  if (configMap === undefined) {
    errors.push(invalidValue(field, source, "exactly one reference subfield must be non-nil"));
    return;
  }
  const path = `${field}.configMap`;
  for (const name of ["uid", "resourceVersion"] as const) {
    if (configMap[name]) errors.push(forbiddenField(`${path}.${name}`, `${name} must not be set in spec`));
  }
  const rules = { namespace: isDNS1123Label, name: isDNS1123Subdomain, kubeletConfigKey: isConfigMapKey };
  for (const [name, rule] of Object.entries(rules)) {
    const value = configMap[name as keyof typeof rules];
    if (!value) errors.push(required(`${path}.${name}`, `${name} must be set`));
    else for (const text of rule(value)) errors.push(invalidValue(`${path}.${name}`, value, text));
  }
}
