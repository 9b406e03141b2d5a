/**
 * What a webhook is asked, and what its answer has to look like. Upstream: apiserver
 * pkg/admission/plugin/webhook/request/admissionreview.go.
 */
import type { ValidatingWebhook } from "../../../api/generated/types.ts";
import { hash53 } from "../../../base/hash.ts";
import { uuid } from "../../../base/hex.ts";
import { isObject } from "../../../base/json.ts";
import { writtenSubresource } from "../admission.ts";
import type { Judged } from "../policy/request-match.ts";

export interface ReviewResponse {
  uid?: string;
  allowed?: boolean;
  status?: { message?: string; reason?: string; code?: number };
  /** base64 of a JSON patch. */
  patch?: string;
  patchType?: string;
  auditAnnotations?: Record<string, string>;
  warnings?: string[];
}

export interface Review {
  kind: "AdmissionReview";
  apiVersion: string;
  request: { uid: string; [field: string]: unknown };
}

/** The first of these that a webhook names is what it is asked in. */
const KNOWN_VERSIONS = new Set(["v1", "v1beta1"]);
const OPTIONS = { create: "CreateOptions", update: "UpdateOptions", delete: "DeleteOptions" } as const;

export function reviewOf(webhook: ValidatingWebhook, { object, attributes }: Judged): Review {
  const { request, old, context, name, operation } = attributes;
  const { resource, servedAs = resource, user, options } = request;
  const { group, version, kind, plural } = resource;
  const of = attributes.kind ?? { group, version, kind };
  const subResource = writtenSubresource(request);
  const apiVersion = webhook.admissionReviewVersions?.find((version) => KNOWN_VERSIONS.has(version)) ?? "v1";
  const dryRun = options.dryRun ?? false;
  const { uid, extra } = user;
  return {
    kind: "AdmissionReview",
    apiVersion: `admission.k8s.io/${apiVersion}`,
    request: {
      uid: reviewUid(`${webhook.name}/${resource.id}/${request.namespace}/${name}/${context.sim.now}`),
      kind: of,
      resource: { group, version, resource: plural },
      ...(subResource !== "" && { subResource }),
      requestKind: attributes.kind ?? { group: servedAs.group, version: servedAs.version, kind: servedAs.kind },
      requestResource: { group: servedAs.group, version: servedAs.version, resource: servedAs.plural },
      ...(subResource !== "" && { requestSubResource: subResource }),
      ...(name !== "" && { name }),
      ...(request.namespace !== "" && { namespace: request.namespace }),
      operation: operation.toUpperCase(),
      userInfo: {
        username: user.name,
        ...(uid !== undefined && { uid }),
        groups: user.groups,
        ...(extra !== undefined && { extra }),
      },
      object: object ?? null,
      oldObject: old ?? null,
      dryRun,
      options:
        operation === "connect"
          ? null
          : { kind: OPTIONS[operation], apiVersion: "meta.k8s.io/v1", ...(dryRun && { dryRun: ["All"] }) },
    },
  };
}

/** Of the form of version 4. */
function reviewUid(text: string): string {
  const hex = [1, 2, 3].map((seed) => hash53(text, seed)).join("");
  return uuid(`${hex.slice(0, 12)}4${hex.slice(13, 16)}8${hex.slice(17)}`);
}

/** The response in an answer, or what is wrong with it. */
export function responseOf(
  answer: unknown,
  { kind, apiVersion, request }: Review,
  { mutates }: { mutates: boolean },
): ReviewResponse | { failure: string } {
  const given = isObject(answer) ? answer : {};
  const response = given["response"] as ReviewResponse | undefined;
  const invalid = (why: string) => ({ failure: `received invalid webhook response: ${why}` });
  if (given["kind"] !== kind || given["apiVersion"] !== apiVersion) {
    const gvk = (version: unknown, of: unknown): string => `${String(version)}, Kind=${String(of)}`;
    const got = gvk(given["apiVersion"] ?? "", given["kind"] ?? "");
    return invalid(`expected webhook response of ${gvk(apiVersion, kind)}, got ${got}`);
  }
  if (response === undefined || response === null)
    return { failure: "failed to call webhook: Webhook response was absent" };
  if (apiVersion !== "admission.k8s.io/v1") return response;
  const { uid = "", patch, patchType } = response;
  if (uid !== request.uid)
    return invalid(`expected response.uid=${JSON.stringify(request.uid)}, got ${JSON.stringify(uid)}`);
  if (!mutates) {
    if (patch !== undefined) return invalid("webhook may not return response.patch");
    return patchType === undefined ? response : invalid("webhook may not return response.patchType");
  }
  if (patch !== undefined && patchType === undefined) {
    return invalid("webhook returned response.patch but not response.patchType");
  }
  if (patch === undefined && patchType !== undefined) {
    return invalid("webhook returned response.patchType but not response.patch");
  }
  return patchType === "" ? invalid('webhook returned invalid response.patchType of ""') : response;
}
