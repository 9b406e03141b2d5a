/** ServiceCIDR. Upstream: pkg/apis/networking, pkg/registry/networking/servicecidr/strategy.go. */
import type { ServiceCIDR } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { invalidValue, required, type FieldError } from "../meta/field-error.ts";
import { parseNetwork, validateCIDR } from "../meta/ip-parsing.ts";
import { defineResource } from "../meta/resource.ts";
import { withFields } from "../meta/share.ts";
import { IMMUTABLE } from "../meta/validate-meta.ts";

const FIELD = "spec.cidrs";

/** A body without spec: validation then says what is missing. */
const NO_SPEC = Object.freeze({});

export const serviceCIDRs = defineResource<ServiceCIDR>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "ServiceCIDR",
  plural: "servicecidrs",
  scope: "Cluster",
  subresources: ["status"],
  example: {
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: { name: "more" },
    spec: { cidrs: ["10.112.0.0/16"] },
  },
  defaults: (object) => withFields(object, { spec: object.spec ?? NO_SPEC, status: object.status ?? NO_SPEC }),
  prepareForCreate: (object) => ({ ...object, status: {} }),
  validate,
  validateUpdate(object, old) {
    const cidrs = object.spec?.cidrs ?? [];
    const before = old.spec?.cidrs ?? [];
    const errors: FieldError[] = [];
    // One range may get another of the other family beside it; nothing else can change.
    const grows = before.length === 1 && cidrs.length === 2;
    if (!grows && cidrs.length !== before.length) return [invalidValue(FIELD, cidrs, IMMUTABLE)];
    for (const [index, cidr] of before.entries()) {
      if (cidrs[index] !== cidr) errors.push(invalidValue(`${FIELD}[${index}]`, cidrs[index], IMMUTABLE));
    }
    return grows ? [...errors, ...validate(object)] : errors;
  },
  columns: [nameColumn, { name: "CIDRs", type: "string", cell: ({ spec }) => spec?.cidrs?.join(",") ?? "" }, ageColumn],
});

function validate({ spec }: ServiceCIDR): FieldError[] {
  const errors: FieldError[] = [];
  const { cidrs = [] } = spec ?? {};
  if (cidrs.length === 0) return [required(FIELD, "at least one CIDR required")];
  if (cidrs.length > 2) return [invalidValue(FIELD, { CIDRs: cidrs }, "may only hold up to 2 values")];
  for (const [index, cidr] of cidrs.entries()) validateCIDR(cidr, `${FIELD}[${index}]`, { errors });
  const [first, second] = cidrs.map(parseNetwork);
  if (first !== undefined && first.bits === second?.bits) {
    const detail = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
    errors.push(invalidValue(FIELD, cidrs, detail));
  }
  return errors;
}
