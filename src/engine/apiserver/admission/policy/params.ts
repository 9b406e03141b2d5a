/** Which objects parametrize a policy under a binding. Upstream: CollectParams of apiserver pkg/admission/plugin/policy/generic. */
import type { ParamKind, ParamRef } from "../../../api/generated/types.ts";
import type { KubeObject } from "../../../api/meta/object.ts";
import type { Resource } from "../../../api/meta/resource.ts";
import { labelSelectorAsSelector } from "../../../api/meta/selectors.ts";
import type { AdmissionRequest } from "../admission.ts";

/** `failure`: why there are none, when that refuses the request. */
export type Params =
  | { readonly objects: readonly (KubeObject | undefined)[]; readonly failure?: undefined }
  | { readonly objects?: undefined; readonly failure: string };

const NO_PARAMS: Params = { objects: [undefined] };

/** `resource` is the kind's; a policy without parameters is evaluated once, without. */
export function paramsFor(
  resource: Resource | undefined,
  ref: ParamRef | undefined,
  { context, request }: AdmissionRequest,
): Params {
  if (resource === undefined || ref === undefined) return NO_PARAMS;
  const { name = "", namespace: said = "", selector, parameterNotFoundAction } = ref;
  let namespace = "";
  if (resource.namespaced) {
    namespace = said === "" ? request.namespace : said;
    if (namespace === "") {
      return {
        failure: "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources",
      };
    }
  } else if (said !== "") {
    return { failure: "paramRef.namespace must not be provided for a cluster-scoped `paramKind`" };
  }
  const objects = found(context, { resource, namespace, name, selector });
  if (objects.length === 0 && parameterNotFoundAction === "Deny") {
    return { failure: "no params found for policy binding with `Deny` parameterNotFoundAction" };
  }
  return { objects };
}

function found(
  { objects }: AdmissionRequest["context"],
  wanted: { resource: Resource; namespace: string; name: string; selector: ParamRef["selector"] },
): readonly KubeObject[] {
  const { resource, namespace, name, selector } = wanted;
  if (name !== "") {
    const object = objects.get(resource, namespace, name);
    return object === undefined ? [] : [object];
  }
  const selected = labelSelectorAsSelector(selector);
  const all = objects.range(resource, namespace).items.map(({ value }) => value);
  return all.filter(({ metadata }) => selected.matches(metadata.labels));
}

/** `rules.example.com/v1, Kind=ReplicaLimit` */
export function paramKindText({ apiVersion = "", kind = "" }: ParamKind): string {
  return `${apiVersion}, Kind=${kind}`;
}
