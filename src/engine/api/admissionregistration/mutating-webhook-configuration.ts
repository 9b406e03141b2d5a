/** MutatingWebhookConfiguration. Upstream: pkg/registry/admissionregistration/mutatingwebhookconfiguration. */
import type { MutatingWebhook, MutatingWebhookConfiguration } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";
import { deepEqual } from "../../base/json.ts";
import { fill, mapField, mapShared } from "../meta/share.ts";
import { defaultWebhook, validateWebhooks } from "./webhook.ts";

export const mutatingWebhookConfigurations = defineResource<MutatingWebhookConfiguration>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "MutatingWebhookConfiguration",
  plural: "mutatingwebhookconfigurations",
  categories: ["api-extensions"],
  scope: "Cluster",
  needsVersion: true,
  example: {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "sidecars" },
    webhooks: [
      {
        name: "injector.sidecars.example.com",
        rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
        clientConfig: { service: { namespace: "sidecars", name: "injector", path: "/mutate" } },
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        failurePolicy: "Ignore",
      },
    ],
  },
  bumpsGeneration: (configuration, old) => !deepEqual(configuration.webhooks, old.webhooks),
  defaults: (configuration) => mapField(configuration, "webhooks", (webhooks) => mapShared(webhooks, defaultMutating)),
  validate: ({ webhooks }) => validateWebhooks(webhooks),
  columns: [nameColumn, { name: "Webhooks", type: "integer", cell: ({ webhooks = [] }) => webhooks.length }, ageColumn],
});

function defaultMutating(webhook: MutatingWebhook): MutatingWebhook {
  return fill(defaultWebhook(webhook), { reinvocationPolicy: "Never" });
}
