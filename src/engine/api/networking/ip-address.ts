/** IPAddress. Upstream: pkg/apis/networking, pkg/registry/networking/ipaddress/strategy.go. */
import type { IPAddress, ParentReference } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { invalidValue, required, type FieldError } from "../meta/field-error.ts";
import { isDNS1123Subdomain, isPathSegment } from "../meta/names.ts";
import { defineResource } from "../meta/resource.ts";
import { validateImmutable } from "../meta/validate-meta.ts";

export const ipAddresses = defineResource<IPAddress>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "IPAddress",
  plural: "ipaddresses",
  shortNames: ["ip"],
  scope: "Cluster",
  nameRule: "ip",
  example: {
    apiVersion: "networking.k8s.io/v1",
    kind: "IPAddress",
    metadata: { name: "10.96.0.99" },
    spec: { parentRef: { resource: "services", namespace: "default", name: "web" } },
  },
  validate({ spec }) {
    const errors: FieldError[] = [];
    const reference = spec?.parentRef;
    if (reference === undefined) errors.push(required("spec.parentRef"));
    else validateParent(reference, errors);
    return errors;
  },
  validateUpdate({ spec }, old) {
    const errors: FieldError[] = [];
    validateImmutable(spec?.parentRef, old.spec?.parentRef, "spec.parentRef", errors);
    return errors;
  },
  columns: [
    nameColumn,
    { name: "ParentRef", type: "string", cell: ({ spec }) => parentText(spec?.parentRef) },
    ageColumn,
  ],
});

/** `services/default/web`, `gateways.gateway.networking.k8s.io/shop/main`. */
function parentText(reference: ParentReference | undefined): string {
  const { group = "", resource = "", namespace = "", name = "" } = reference ?? {};
  const path = namespace === "" ? name : `${namespace}/${name}`;
  if (reference === undefined) return "<none>";
  return `${resource}${group === "" ? "" : `.${group}`}/${path}`;
}

function validateParent(
  { group = "", resource = "", name = "", namespace = "" }: ParentReference,
  errors: FieldError[],
): void {
  const field = "spec.parentRef";
  if (group !== "") {
    for (const text of isDNS1123Subdomain(group)) errors.push(invalidValue(`${field}.group`, group, text));
  }
  for (const [part, value] of Object.entries({ resource, name })) {
    if (value === "") errors.push(required(`${field}.${part}`));
    else for (const text of isPathSegment(value)) errors.push(invalidValue(`${field}.${part}`, value, text));
  }
  for (const text of isPathSegment(namespace)) errors.push(invalidValue(`${field}.namespace`, namespace, text));
}
