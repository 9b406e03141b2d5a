/** Whether a ReferenceGrant lets an object name one of another namespace. Upstream: gateway-api apis/v1/referencegrant_types.go. */
import { GROUP } from "./kinds.ts";
import type { ReferenceGrant } from "./kinds.ts";

/** Both of groups that are known: what names is of the Gateway API, what is named of the core. */
export interface Reference {
  readonly from: { readonly kind: string; readonly namespace: string };
  readonly to: { readonly kind: string; readonly namespace: string; readonly name: string };
}

export function isGranted(grants: readonly ReferenceGrant[], { from, to }: Reference): boolean {
  if (from.namespace === to.namespace) return true;
  return grants.some(
    ({ metadata, spec }) =>
      metadata.namespace === to.namespace &&
      spec.from.some((each) => each.group === GROUP && each.kind === from.kind && each.namespace === from.namespace) &&
      spec.to.some(({ group, kind, name = to.name }) => group === "" && kind === to.kind && name === to.name),
  );
}
