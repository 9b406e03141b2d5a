/** Admission webhooks: found, asked, and failing as their policy says. Upstream: apiserver pkg/admission/plugin/webhook. */
import type {
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from "../../../api/generated/types.ts";
import { invalid, type FieldError } from "../../../api/meta/field-error.ts";
import type { KubeObject } from "../../../api/meta/object.ts";
import { memoize } from "../../../api/meta/share.ts";
import { forbidden } from "../../../api/meta/status-error.ts";
import { mutatingWebhookConfigurations, validatingWebhookConfigurations } from "../../../api/registry.ts";
import { CelCompiler } from "../../cel/index.ts";
import { deepEqual } from "../../../base/json.ts";
import { annotate } from "../admission.ts";
import type { AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import { Activation } from "../policy/activation.ts";
import { compileTo, type NamedProgram } from "../policy/expressions.ts";
import { conditionsOf } from "../policy/match-conditions.ts";
import { isExempt, matchesRule, matchesSelectors, type Judged } from "../policy/request-match.ts";
import { askWebhook } from "./call-webhook.ts";
import { Invocations, patchedBy } from "./mutation.ts";

type Configuration = ValidatingWebhookConfiguration | MutatingWebhookConfiguration;

/** Of requests in whose first round something was changed, or somebody may have to be asked again. */
const invocations = new WeakMap<AdmissionRequest, Invocations>();

export const mutatingAdmissionWebhook: AdmissionPlugin = {
  name: "MutatingAdmissionWebhook",
  interceptor: true,
  mutate(object, attributes) {
    return askMutating(object, attributes) ?? object;
  },
  again: (attributes) => invocations.get(attributes)?.again === true,
  validate(object, attributes) {
    checkConditions(mutatingWebhookConfigurations, object, attributes);
    // A delete changes nothing, but is asked about all the same.
    if (object === undefined) askMutating(undefined, attributes);
  },
};

export const validatingAdmissionWebhook: AdmissionPlugin = {
  name: "ValidatingAdmissionWebhook",
  interceptor: true,
  validate(object, attributes) {
    checkConditions(validatingWebhookConfigurations, object, attributes);
    const configurations = attributes.context.lists.list(validatingWebhookConfigurations);
    if (configurations.length === 0 || isExempt(attributes)) return;
    const judged = { object, attributes };
    for (const { webhooks = [] } of configurations) {
      for (const webhook of webhooks) {
        if (concerns(webhook, judged)) askWebhook(webhook, judged, { mutates: false });
      }
    }
  },
};

/** Asks one after the other, each about what those before it have made. */
function askMutating(object: KubeObject | undefined, attributes: AdmissionRequest): KubeObject | undefined {
  const configurations = attributes.context.lists.list(mutatingWebhookConfigurations);
  if (configurations.length === 0 || isExempt(attributes)) return object;
  let known = invocations.get(attributes);
  if (known === undefined) invocations.set(attributes, (known = new Invocations()));
  let mutated = object;
  let index = -1;
  if (mutated !== undefined) known.begin(mutated);
  for (const { metadata, webhooks = [] } of configurations) {
    for (const webhook of webhooks) {
      index++;
      const key = `${metadata.name}/${webhook.name}`;
      const judged: Judged = { object: mutated, attributes };
      if (!known.isDue(key) || !concerns(webhook, judged)) continue;
      const response = askWebhook(webhook, judged, { mutates: true });
      const next = response && patchedBy(webhook, response, { object: mutated, attributes });
      const changed = next !== undefined && !deepEqual(next, mutated);
      const note = { configuration: metadata.name, webhook: webhook.name, mutated: changed };
      annotate(
        attributes,
        `mutation.webhook.admission.k8s.io/round_${known.round}_index_${index}`,
        JSON.stringify(note),
      );
      known.note(key, { changed, reinvocable: webhook.reinvocationPolicy === "IfNeeded" });
      if (changed) mutated = next;
    }
  }
  if (mutated !== undefined) known.end(mutated);
  return mutated;
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
