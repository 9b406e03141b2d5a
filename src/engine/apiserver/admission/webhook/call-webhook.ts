/** Asks a validating webhook behind a service. Upstream: apiserver pkg/admission/plugin/webhook/validating/dispatcher.go. */
import type { Service, ValidatingWebhook } from "../../../api/generated/types.ts";
import { services } from "../../../api/registry.ts";
import type { Judged } from "../policy/request-match.ts";

interface ReviewResponse {
  allowed?: boolean;
  status?: { message?: string; reason?: string; code?: number };
}

/** undefined: it can't be reached, for a reason that its service already tells. */
export function callWebhook(
  webhook: ValidatingWebhook,
  { object, attributes }: Judged,
): { response: ReviewResponse } | { failure: string } | undefined {
  const { context, request, old } = attributes;
  const { service } = webhook.clientConfig;
  const call = context.callWebhook();
  if (service === undefined || call === undefined) return undefined;
  const { name, namespace, path = "", port = 443 } = service;
  const found = context.objects.get(services, namespace, name) as Service | undefined;
  const { clusterIP = "", ports = [] } = found?.spec ?? {};
  if (clusterIP === "" || clusterIP === "None" || !ports.some((served) => served.port === port)) return undefined;
  const { resource, user } = request;
  const { group, version, kind, plural } = resource;
  const [apiVersion = "v1"] = webhook.admissionReviewVersions ?? [];
  const review = {
    kind: "AdmissionReview",
    apiVersion: `admission.k8s.io/${apiVersion}`,
    request: {
      uid: `${attributes.name}-${context.sim.now}`,
      kind: { group, version, kind },
      resource: { group, version, resource: plural },
      name: attributes.name,
      namespace: request.namespace,
      operation: attributes.operation.toUpperCase(),
      userInfo: { username: user.name, groups: user.groups },
      object: object ?? null,
      oldObject: old ?? null,
      dryRun: false,
    },
  };
  const timeout = webhook.timeoutSeconds ?? 10;
  const suffix = `${path === "" ? "/" : path}?timeout=${timeout}s`;
  const outcome = call(`https://${clusterIP}:${port}${suffix}`, review, timeout * 1000);
  if ("failure" in outcome)
    return { failure: `Post "https://${name}.${namespace}.svc:${port}${suffix}": ${outcome.failure}` };
  const { response } = outcome.answer as { response?: ReviewResponse };
  return response === undefined ? { failure: "Webhook response was absent" } : { response };
}
