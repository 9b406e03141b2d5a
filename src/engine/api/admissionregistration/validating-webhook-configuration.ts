/** ValidatingWebhookConfiguration. Upstream: pkg/registry/admissionregistration/validatingwebhookconfiguration. */
import type { ValidatingWebhookConfiguration } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";
import { deepEqual } from "../../base/json.ts";
import { mapField, mapShared } from "../meta/share.ts";
import { defaultWebhook, validateWebhooks } from "./webhook.ts";

export const validatingWebhookConfigurations = defineResource<ValidatingWebhookConfiguration>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingWebhookConfiguration",
  plural: "validatingwebhookconfigurations",
  categories: ["api-extensions"],
  scope: "Cluster",
  needsVersion: true,
  example: {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "checks" },
    webhooks: [
      {
        name: "images.checks.example.com",
        rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
        clientConfig: { service: { namespace: "checks", name: "webhook" } },
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        // Anything else would keep pods from being made while nothing answers.
        failurePolicy: "Ignore",
      },
    ],
  },
  bumpsGeneration: (configuration, old) => !deepEqual(configuration.webhooks, old.webhooks),
  defaults: (configuration) => mapField(configuration, "webhooks", (webhooks) => mapShared(webhooks, defaultWebhook)),
  validate: ({ webhooks }) => validateWebhooks(webhooks),
  columns: [nameColumn, { name: "Webhooks", type: "integer", cell: ({ webhooks = [] }) => webhooks.length }, ageColumn],
});
