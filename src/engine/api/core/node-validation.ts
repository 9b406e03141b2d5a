/** Nodes. Upstream: ValidateNode, ValidateNodeUpdate in pkg/apis/core/validation/validation.go. */
import { deepEqual } from "../../base/json.ts";
import type { Node, Taint } from "../generated/types.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from "../meta/field-error.ts";
import { isCIDR } from "../meta/ip-address.ts";
import { isLabelValue } from "../meta/names.ts";
import { validateLabelName } from "../meta/validate-meta.ts";
import { validateResourceName, validateResourceQuantity } from "./pod/validate-resources.ts";

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function validateNode(node: Node): FieldError[] {
  const errors: FieldError[] = [];
  validateTaints(node.spec?.taints ?? [], errors);
  validateResources(node, errors);
  const cidrs = node.spec?.podCIDRs ?? (node.spec?.podCIDR ? [node.spec.podCIDR] : []);
  for (const [index, cidr] of cidrs.entries()) {
    if (isCIDR(cidr)) continue;
    const detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    errors.push(invalidValue(`spec.podCIDRs[${index}]`, cidr, detail));
  }
  return errors;
}

function validateTaints(taints: readonly Taint[], errors: FieldError[]): void {
  const seen = new Set<string>();
  for (const [index, { key = "", value = "", effect = "" }] of taints.entries()) {
    const path = `spec.taints[${index}]`;
    validateLabelName(key, `${path}.key`, errors);
    const texts = isLabelValue(value);
    if (texts.length > 0) errors.push(invalidValue(`${path}.value`, value, texts.join(";")));
    if (effect === "") errors.push(required(`${path}.effect`));
    else if (!EFFECTS.includes(effect)) errors.push(notSupported(`${path}.effect`, effect, EFFECTS));
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
      validateResourceName(name, `status.${field}`, errors);
      validateResourceQuantity(name, text, `status.${field}[${name}]`, errors);
    }
  }
}

export function validateNodeUpdate(node: Node, old: Node): FieldError[] {
  const errors = validateNode(node);
  const before = old.spec?.podCIDRs ?? [];
  const next = node.spec?.podCIDRs ?? [];
  if (before.length > 0 && !deepEqual(before, next)) {
    errors.push(forbiddenField("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid'));
  }
  const provider = old.spec?.providerID ?? "";
  if (provider !== "" && provider !== (node.spec?.providerID ?? "")) {
    errors.push(forbiddenField("spec.providerID", 'node updates may not change providerID except from "" to valid'));
  }
  return errors;
}
