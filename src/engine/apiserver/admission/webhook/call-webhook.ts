/**
 * Asks a webhook behind a service. Upstream: apiserver pkg/admission/plugin/webhook/validating/dispatcher.go and
 * mutating/dispatcher.go, pkg/util/webhook/client.go.
 */
import type { Service, ValidatingWebhook } from "../../../api/generated/types.ts";
import { StatusError } from "../../../api/meta/status-error.ts";
import { services } from "../../../api/registry.ts";
import { decodeBase64 } from "../../../base/base64.ts";
import { annotate } from "../admission.ts";
import type { Judged } from "../policy/request-match.ts";
import { callFailure } from "./call-failure.ts";
import { responseOf, reviewOf } from "./review.ts";
import type { ReviewResponse } from "./review.ts";

/**
 * What an allowing answer says; undefined: it failed, and its failures are ignored. Throws a StatusError for a refusal and
 * for a failure that isn't.
 */
export function askWebhook(
  webhook: ValidatingWebhook,
  judged: Judged,
  { mutates }: { mutates: boolean },
): ReviewResponse | undefined {
  const { attributes } = judged;
  const review = reviewOf(webhook, judged);
  const outcome = send(webhook, judged, review);
  const response = "failure" in outcome ? outcome : responseOf(outcome.answer, review, { mutates });
  if ("failure" in response) {
    failed(webhook, response.failure);
    return undefined;
  }
  attributes.warnings.push(...(response.warnings ?? []));
  for (const [key, value] of Object.entries(response.auditAnnotations ?? {})) {
    annotate(attributes, `${webhook.name}/${key}`, value);
  }
  if (response.allowed !== true) throw refusal(webhook, response);
  return response;
}

function send(
  webhook: ValidatingWebhook,
  { attributes: { context } }: Judged,
  review: object,
): { answer: unknown } | { failure: string } {
  const { service, caBundle = "" } = webhook.clientConfig;
  const call = context.callWebhook();
  const unreachable = () => ({ failure: `failed to call webhook: ${callFailure(webhook, context)}` });
  if (service === undefined || call === undefined) return unreachable();
  const { name, namespace, path = "", port = 443 } = service;
  const found = context.objects.get(services, namespace, name) as Service | undefined;
  const { clusterIP = "", ports = [] } = found?.spec ?? {};
  if (clusterIP === "" || clusterIP === "None" || !ports.some((served) => served.port === port)) return unreachable();
  const timeout = webhook.timeoutSeconds ?? 10;
  const suffix = `${path === "" ? "/" : path}?timeout=${timeout}s`;
  const host = `${name}.${namespace}.svc`;
  const outcome = call({
    url: `https://${clusterIP}:${port}${suffix}`,
    body: review,
    timeoutMs: timeout * 1000,
    host,
    authorities: decodeBase64(caBundle),
  });
  if (!("failure" in outcome)) return outcome;
  const why =
    outcome.answered === true ? outcome.failure : `Post "https://${host}:${port}${suffix}": ${outcome.failure}`;
  return { failure: `failed to call webhook: ${why}` };
}

function refusal(webhook: ValidatingWebhook, { status }: ReviewResponse): StatusError {
  const said = status?.message ?? status?.reason;
  const why =
    said === undefined || said === "" ? "denied the request without explanation" : `denied the request: ${said}`;
  // Whoever refuses with a code of success still refuses.
  const code = Math.max(status?.code ?? 0, 400);
  const reason = status?.reason ?? (code === 403 ? "Forbidden" : "BadRequest");
  return new StatusError(code, reason, `admission webhook "${webhook.name}" ${why}`);
}

/** Nobody answers as it should be: that is a failure of the request, or nothing. */
export function failed(webhook: ValidatingWebhook, failure: string): void {
  if (webhook.failurePolicy === "Ignore") return;
  throw internal(`failed calling webhook "${webhook.name}": ${failure}`);
}

export function internal(why: string): StatusError {
  return new StatusError(500, "InternalError", `Internal error occurred: ${why}`, { causes: [{ message: why }] });
}
