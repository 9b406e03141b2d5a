/** PodTemplate. Upstream: pkg/apis/core, pkg/registry/core/podtemplate/strategy.go. */
import { templateWarnings } from "./pod/warnings.ts";
import { deepEqual } from "../../base/json.ts";
import type { PodTemplate, PodTemplateSpec } from "../generated/types.ts";
import { formatLabels, nameColumn, templateColumns } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";
import { defaultPodTemplate } from "./pod/defaults.ts";
import { validatePodTemplate } from "./pod/validation.ts";

const NO_TEMPLATE: PodTemplateSpec = Object.freeze({});

export const podTemplates = defineResource<PodTemplate>({
  group: "",
  version: "v1",
  kind: "PodTemplate",
  plural: "podtemplates",
  scope: "Namespaced",
  createsOnUpdate: true,
  example: {
    apiVersion: "v1",
    kind: "PodTemplate",
    metadata: { name: "web" },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx" }] } },
  },
  bumpsGeneration: (object, old) => !deepEqual(object.template, old.template),
  defaults(object) {
    const { template = NO_TEMPLATE } = object;
    const filled = defaultPodTemplate(template);
    return filled === object.template ? object : { ...object, template: filled };
  },
  warnings: (object) => templateWarnings(object.template, "template"),
  validate: ({ template = NO_TEMPLATE }) =>
    validatePodTemplate(template, "template", { selectorMatches: true, alwaysRestart: false }),
  columns: [
    nameColumn,
    // Unlike those of workloads they are shown without `-o wide`.
    ...templateColumns<PodTemplate>(({ template }) => template).map((column) => ({ ...column, priority: 0 })),
    { name: "Pod Labels", type: "string", cell: ({ template }) => formatLabels(template?.metadata?.labels) },
  ],
});
