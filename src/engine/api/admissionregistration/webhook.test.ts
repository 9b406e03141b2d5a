import { expect, it } from "vitest";
import type { MutatingWebhookConfiguration, ValidatingWebhook } from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import { mutatingWebhookConfigurations, validatingWebhookConfigurations } from "../registry.ts";
import { defaultWebhook, validateWebhooks } from "./webhook.ts";

const RULE = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] };

function webhook(rest: Partial<ValidatingWebhook> = {}): ValidatingWebhook {
  return defaultWebhook({
    name: "a.b.example.com",
    rules: [RULE],
    clientConfig: { service: { namespace: "n", name: "s" } },
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    ...rest,
  });
}

it("fills what upstream fills", () => {
  expect(webhook()).toEqual({
    name: "a.b.example.com",
    rules: [{ ...RULE, scope: "*" }],
    clientConfig: { service: { namespace: "n", name: "s", port: 443 } },
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    failurePolicy: "Fail",
    matchPolicy: "Equivalent",
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
  });
  const example = mutatingWebhookConfigurations.example as MutatingWebhookConfiguration;
  const webhooks = mutatingWebhookConfigurations.defaults?.(example).webhooks;
  expect(webhooks?.map(({ reinvocationPolicy }) => reinvocationPolicy)).toEqual(["Never"]);
});

it.each<[string[], Partial<ValidatingWebhook>]>([
  [[], {}],
  [
    ['webhooks[0].name: Invalid value: "short": should be a domain with at least three segments separated by dots'],
    { name: "short" },
  ],
  [
    ['webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
    { sideEffects: "Some" },
  ],
  [
    ["webhooks[0].timeoutSeconds: Invalid value: 60: the timeout value must be between 1 and 30 seconds"],
    { timeoutSeconds: 60 },
  ],
  [
    ['webhooks[0].admissionReviewVersions: Invalid value: ["v7"]: must include at least one of v1, v1beta1'],
    { admissionReviewVersions: ["v7"] },
  ],
  [["webhooks[0].clientConfig: Required value: exactly one of url or service is required"], { clientConfig: {} }],
  [
    [
      "webhooks[0].clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
      'webhooks[0].clientConfig.url: Invalid value: "a=b": query parameters are not permitted in the URL',
    ],
    { clientConfig: { url: "http://example.com/check?a=b" } },
  ],
  [
    ["webhooks[0].clientConfig.service.path: Invalid value: \"check\": must start with a '/'"],
    { clientConfig: { service: { namespace: "n", name: "s", path: "check", port: 443 } } },
  ],
  [
    [
      'webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if \'*\' is present, must not specify other operations',
      "webhooks[0].rules[0].resources[1]: Invalid value: \"pods/log\": if 'pods/*' is present, must not specify pods/log",
    ],
    { rules: [{ ...RULE, scope: "*", operations: ["*", "CREATE"], resources: ["pods/*", "pods/log"] }] },
  ],
])("complains: %j", (expected, rest) => {
  expect(validateWebhooks([webhook(rest)]).map(fieldErrorText)).toEqual(expected);
});

it("takes each name once", () => {
  expect(validateWebhooks([webhook(), webhook()]).map(fieldErrorText)).toEqual([
    'webhooks[1].name: Duplicate value: "a.b.example.com"',
  ]);
});

it.each([mutatingWebhookConfigurations, validatingWebhookConfigurations])("counts webhooks", ({ columns, example }) => {
  expect(columns?.find(({ name }) => name === "Webhooks")?.cell(example as never, { now: 0 })).toBe(1);
});
