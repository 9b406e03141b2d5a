/**
 * What the two kinds of webhooks share. Upstream: pkg/apis/admissionregistration/v1/defaults.go, validateValidatingWebhook of
 * pkg/apis/admissionregistration/validation/validation.go, apiserver pkg/util/webhook/validation.go.
 */
import type {
  AdmissionregistrationServiceReference as ServiceReference,
  AdmissionregistrationWebhookClientConfig as ClientConfig,
  MutatingWebhook,
  ValidatingWebhook,
} from "../generated/types.ts";
import { duplicate, invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { isDNS1035Label, isDNS1123Subdomain, isValidPortNum, validateFullyQualified } from "../meta/names.ts";
import { fill, mapField, mapShared } from "../meta/share.ts";
import { validateLabelSelector } from "../meta/validate-meta.ts";
import { validateFailurePolicy, validateMatchConditions, validateMatchPolicy } from "./match-resources.ts";
import { defaultRule, validateRule } from "./rules.ts";

/** What of a webhook isn't of one kind alone. */
export type Webhook = ValidatingWebhook & Pick<MutatingWebhook, "reinvocationPolicy">;

const HTTPS_PORT = 443;
const SIDE_EFFECTS = ["None", "NoneOnDryRun"];
/** Versions of AdmissionReview that the server speaks. */
const REVIEW_VERSIONS = ["v1", "v1beta1"];
const URL_FORM = "; desired format: https://host[/path]";
const URL_PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;

export function defaultWebhook<T extends ValidatingWebhook>(webhook: T): T {
  const filled = fill<ValidatingWebhook>(webhook, {
    failurePolicy: "Fail",
    matchPolicy: "Equivalent",
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
  });
  const ruled = mapField(filled, "rules", (rules) => mapShared(rules, defaultRule));
  return mapField(ruled, "clientConfig", (config) =>
    mapField(config, "service", (service) => fill(service, { port: HTTPS_PORT })),
  ) as T;
}

/** All webhooks of a configuration; their names must differ. */
export function validateWebhooks(webhooks: readonly Webhook[] = []): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, webhook] of webhooks.entries()) {
    const path = `webhooks[${index}]`;
    validateWebhook(webhook, path, errors);
    validateReviewVersions(webhook.admissionReviewVersions ?? [], `${path}.admissionReviewVersions`, errors);
    if (webhook.name === "") continue;
    if (seen.has(webhook.name)) errors.push(duplicate(`${path}.name`, webhook.name));
    seen.add(webhook.name);
  }
  return errors;
}

function validateWebhook(webhook: Webhook, field: string, errors: FieldError[]): void {
  const { name = "", rules = [], sideEffects = "", timeoutSeconds = 10, clientConfig = {} } = webhook;
  errors.push(...validateFullyQualified(`${field}.name`, name, 3));
  for (const [index, rule] of rules.entries()) validateRule(rule, `${field}.rules[${index}]`, errors);
  validateFailurePolicy(webhook.failurePolicy, `${field}.failurePolicy`, errors);
  validateMatchPolicy(webhook.matchPolicy, `${field}.matchPolicy`, errors);
  if (sideEffects === "") {
    errors.push(required(`${field}.sideEffects`, `must specify one of ${SIDE_EFFECTS.join(", ")}`));
  } else if (!SIDE_EFFECTS.includes(sideEffects)) {
    errors.push(notSupported(`${field}.sideEffects`, sideEffects, SIDE_EFFECTS));
  }
  if (timeoutSeconds > 30 || timeoutSeconds < 1) {
    const why = "the timeout value must be between 1 and 30 seconds";
    errors.push(invalidValue(`${field}.timeoutSeconds`, timeoutSeconds, why));
  }
  validateLabelSelector(webhook.namespaceSelector ?? {}, `${field}.namespaceSelector`, errors);
  validateLabelSelector(webhook.objectSelector ?? {}, `${field}.objectSelector`, errors);
  validateReinvocationPolicy(webhook.reinvocationPolicy, `${field}.reinvocationPolicy`, errors);
  validateClientConfig(clientConfig, `${field}.clientConfig`, errors);
  validateMatchConditions(webhook.matchConditions, `${field}.matchConditions`, errors);
}

export function validateReinvocationPolicy(policy: string | undefined, field: string, errors: FieldError[]): void {
  const supported = ["IfNeeded", "Never"];
  if (policy !== undefined && !supported.includes(policy)) errors.push(notSupported(field, policy, supported));
}

function validateReviewVersions(versions: readonly string[], field: string, errors: FieldError[]): void {
  if (versions.length === 0) {
    errors.push(required(field, `must specify one of ${REVIEW_VERSIONS.join(", ")}`));
    return;
  }
  const seen = new Set<string>();
  for (const [index, version] of versions.entries()) {
    const path = `${field}[${index}]`;
    if (seen.has(version)) errors.push(invalidValue(path, version, "duplicate version"));
    else for (const text of isDNS1035Label(version)) errors.push(invalidValue(path, version, text));
    seen.add(version);
  }
  if (versions.some((version) => REVIEW_VERSIONS.includes(version))) return;
  errors.push(invalidValue(field, versions, `must include at least one of ${REVIEW_VERSIONS.join(", ")}`));
}

function validateClientConfig({ url, service }: ClientConfig, field: string, errors: FieldError[]): void {
  if ((url === undefined) === (service === undefined)) {
    errors.push(required(field, "exactly one of url or service is required"));
  } else if (url !== undefined) validateUrl(url, `${field}.url`, errors);
  else if (service !== undefined) validateService(service, `${field}.service`, errors);
}

function validateUrl(url: string, field: string, errors: FieldError[]): void {
  const [, scheme = "", authority = "", , query = "", fragment = ""] = URL_PARTS.exec(url) ?? [];
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  if (scheme !== "https") errors.push(invalidValue(field, scheme, `'https' is the only allowed URL scheme${URL_FORM}`));
  if (host === "") errors.push(invalidValue(field, host, `host must be specified${URL_FORM}`));
  if (at >= 0) {
    errors.push(invalidValue(field, authority.slice(0, at), "user information is not permitted in the URL"));
  }
  if (fragment !== "") errors.push(invalidValue(field, fragment, "fragments are not permitted in the URL"));
  if (query !== "") errors.push(invalidValue(field, query, "query parameters are not permitted in the URL"));
}

function validateService(service: ServiceReference, field: string, errors: FieldError[]): void {
  const { name = "", namespace = "", path, port = HTTPS_PORT } = service;
  if (name === "") errors.push(required(`${field}.name`, "service name is required"));
  if (namespace === "") errors.push(required(`${field}.namespace`, "service namespace is required"));
  const wrongPort = isValidPortNum(port);
  if (wrongPort.length > 0)
    errors.push(invalidValue(`${field}.port`, port, `port is not valid: ${wrongPort.join(", ")}`));
  if (path !== undefined) validatePath(path, `${field}.path`, errors);
}

function validatePath(path: string, field: string, errors: FieldError[]): void {
  if (path === "/" || path === "") return;
  if (path === "//") {
    errors.push(invalidValue(field, path, "segment[0] may not be empty"));
    return;
  }
  if (!path.startsWith("/")) errors.push(invalidValue(field, path, "must start with a '/'"));
  for (const [index, step] of path.slice(1).replace(/\/$/, "").split("/").entries()) {
    if (step === "") errors.push(invalidValue(field, path, `segment[${index}] may not be empty`));
    else
      for (const text of isDNS1123Subdomain(step)) errors.push(invalidValue(field, path, `segment[${index}]: ${text}`));
  }
}
