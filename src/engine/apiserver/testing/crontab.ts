/** The definition that Kubernetes' documentation begins with, and what a test adds to it. */
import type { Schema } from "../../api/apiextensions/schema/schema-nodes.ts";

const SPEC: Schema = {
  type: "object",
  required: ["image"],
  description: "What is wanted.",
  properties: {
    image: { type: "string" },
    replicas: { type: "integer", minimum: 1, maximum: 10, default: 1 },
    minReplicas: { type: "integer" },
    mode: { type: "string" },
  },
};
const STATUS: Schema = { type: "object", properties: { replicas: { type: "integer" }, selector: { type: "string" } } };

export function crontabSchema(spec: Partial<Schema> = {}): Schema {
  return { type: "object", description: "A CronTab.", properties: { spec: { ...SPEC, ...spec }, status: STATUS } };
}

export function crontabVersion(name = "v1", more: object = {}, spec: Partial<Schema> = {}): object {
  return { name, served: true, storage: name === "v1", schema: { openAPIV3Schema: crontabSchema(spec) }, ...more };
}

export function crontabDefinition(versions: object[] = [crontabVersion()], more: object = {}): object {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "crontabs.stable.example.com" },
    spec: {
      group: "stable.example.com",
      scope: "Namespaced",
      names: { plural: "crontabs", kind: "CronTab", shortNames: ["ct"], categories: ["all"] },
      versions,
      ...more,
    },
  };
}

export const crontab = (spec: object = { image: "x" }, name = "one", version = "v1"): object => ({
  apiVersion: `stable.example.com/${version}`,
  kind: "CronTab",
  metadata: { name },
  spec,
});
