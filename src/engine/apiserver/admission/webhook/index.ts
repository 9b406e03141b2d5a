/** Admission webhooks: found, asked, and failing as their policy says. Upstream: apiserver pkg/admission/plugin/webhook. */
import type {
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from "../../../api/generated/types.ts";
import { invalid, type FieldError } from "../../../api/meta/field-error.ts";
import type { KubeObject } from "../../../api/meta/object.ts";
import type { Resource } from "../../../api/meta/resource.ts";
import { memoize } from "../../../api/meta/share.ts";
import { forbidden, StatusError } from "../../../api/meta/status-error.ts";
import { mutatingWebhookConfigurations, validatingWebhookConfigurations } from "../../../api/registry.ts";
import { CelCompiler } from "../../cel/index.ts";
import type { AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import { Activation } from "../policy/activation.ts";
import { compileTo, type NamedProgram } from "../policy/expressions.ts";
import { conditionsOf } from "../policy/match-conditions.ts";
import { isExempt, matchesRule, matchesSelectors, type Judged } from "../policy/request-match.ts";
import { callFailure } from "./call-failure.ts";
import { callWebhook } from "./call-webhook.ts";

type Configuration = ValidatingWebhookConfiguration | MutatingWebhookConfiguration;

export const mutatingAdmissionWebhook: AdmissionPlugin = {
  name: "MutatingAdmissionWebhook",
  interceptor: true,
  mutate(object, attributes) {
    askAll(mutatingWebhookConfigurations, { object, attributes });
    return object;
  },
  validate(object, attributes) {
    checkConditions(mutatingWebhookConfigurations, object, attributes);
    // A delete changes nothing, but is asked about all the same.
    if (object === undefined) askAll(mutatingWebhookConfigurations, { object, attributes });
  },
};

export const validatingAdmissionWebhook: AdmissionPlugin = {
  name: "ValidatingAdmissionWebhook",
  interceptor: true,
  validate(object, attributes) {
    checkConditions(validatingWebhookConfigurations, object, attributes);
    askAll(validatingWebhookConfigurations, { object, attributes }, review);
  },
};

type Ask = (webhook: ValidatingWebhook, judged: Judged) => void;

function askAll(resource: Resource<Configuration & KubeObject>, judged: Judged, asks: Ask = ask): void {
  const { attributes } = judged;
  const configurations = attributes.context.lists.list(resource);
  if (configurations.length === 0 || isExempt(attributes)) return;
  for (const { webhooks = [] } of configurations) {
    for (const webhook of webhooks) if (concerns(webhook, judged)) asks(webhook, judged);
  }
}

function concerns(webhook: ValidatingWebhook, judged: Judged): boolean {
  const { attributes } = judged;
  if (!(webhook.rules ?? []).some((rule) => matchesRule(rule, attributes))) return false;
  if (!matchesSelectors(webhook, judged)) return false;
  const { programs } = compiled(webhook);
  if (programs.length === 0) return true;
  const activation = new Activation(judged);
  const met = conditionsOf(programs, (program) => activation.run(program, {}, undefined));
  if (met.error === undefined) return met.matches;
  if (webhook.failurePolicy === "Ignore") return false;
  throw forbidden(attributes.request.resource, attributes.name, met.error);
}

/** Nobody answers: that is a failure of the request, or nothing. */
function ask(webhook: ValidatingWebhook, { attributes }: Judged): void {
  failed(webhook, callFailure(webhook, attributes.context));
}

/** A validating webhook behind a service is really asked. */
function review(webhook: ValidatingWebhook, judged: Judged): void {
  const outcome = callWebhook(webhook, judged);
  if (outcome === undefined) return ask(webhook, judged);
  if ("failure" in outcome) return failed(webhook, outcome.failure);
  const { allowed, status } = outcome.response;
  if (allowed === true) return;
  const said = status?.message ?? status?.reason;
  const why =
    said === undefined || said === "" ? "denied the request without explanation" : `denied the request: ${said}`;
  const code = status?.code ?? 400;
  throw new StatusError(
    code,
    status?.reason ?? (code === 403 ? "Forbidden" : "BadRequest"),
    `admission webhook "${webhook.name}" ${why}`,
  );
}

function failed(webhook: ValidatingWebhook, failure: string): void {
  if (webhook.failurePolicy === "Ignore") return;
  const why = `failed calling webhook "${webhook.name}": failed to call webhook: ${failure}`;
  throw new StatusError(500, "InternalError", `Internal error occurred: ${why}`, { causes: [{ message: why }] });
}

const compiled = memoize((webhook: ValidatingWebhook): { programs: NamedProgram[]; errors: FieldError[] } => {
  const { matchConditions = [] } = webhook;
  const errors: FieldError[] = [];
  if (matchConditions.length === 0) return { programs: [], errors };
  const compiler = new CelCompiler({ object: "dyn", oldObject: "dyn", request: "dyn", authorizer: "dyn" });
  const programs = matchConditions.flatMap(({ name, expression }, index) => {
    const field = `matchConditions[${index}].expression`;
    const program = compileTo(compiler, expression, { field, types: ["bool"], errors });
    return program === undefined ? [] : [{ name, program }];
  });
  return { programs, errors };
});

/** A configuration whose conditions don't compile isn't stored. */
function checkConditions(
  resource: { id: string },
  object: KubeObject | undefined,
  { request, name }: AdmissionRequest,
): void {
  if (object === undefined || request.resource.id !== resource.id) return;
  const errors = ((object as Configuration).webhooks ?? []).flatMap((webhook, index) =>
    compiled(webhook).errors.map((error) => ({ ...error, field: `webhooks[${index}].${error.field}` })),
  );
  if (errors.length > 0) throw invalid(request.resource, name, errors);
}
