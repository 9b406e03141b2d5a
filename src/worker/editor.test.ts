import { describe, expect, it } from "vitest";
import { jsonSchema } from "../engine/api/json-schema.ts";
import { customResourceDefinitions, resources } from "../engine/api/registry.ts";
import { crontabDefinition } from "../engine/apiserver/testing/crontab.ts";
import { createTestCluster } from "../engine/cluster/testing/test-cluster.ts";
import { validateText } from "./editor.ts";
import { servedKinds } from "./served-kinds.ts";

const builtIn = servedKinds({ cluster: undefined });

describe("the editor's check", () => {
  it.each(resources.map(({ apiVersion, kind }) => [apiVersion, kind]))(
    "bears the first two lines of a %s %s",
    (apiVersion, kind) => {
      const found = validateText(`apiVersion: ${apiVersion}\nkind: ${kind}\n`, builtIn);
      expect(found.every(({ severity }) => severity === "error")).toBe(true);
    },
  );

  it("says what half a pod lacks", () => {
    expect(validateText("apiVersion: v1\nkind: Pod\n", builtIn).map(({ message }) => message)).toEqual([
      "spec.containers: Required value",
    ]);
  });

  it("knows a custom kind from the moment that it is served", () => {
    const { cluster, client } = createTestCluster();
    const text = "apiVersion: stable.example.com/v1\nkind: CronTab\nspec:\n  replicas: many\n  imag: x\n";
    const check = (): string[] => validateText(text, servedKinds({ cluster })).map(({ message }) => message);
    expect(check()).toEqual([`no matches for kind "CronTab" in version "stable.example.com/v1"`]);
    client.resource(customResourceDefinitions).create(crontabDefinition() as never);
    expect(check()).toEqual([`unknown field "spec.imag"`]);
    const { allOf } = jsonSchema({}, servedKinds({ cluster }).all) as { allOf: { if: object; then: object }[] };
    expect(allOf.find((one) => JSON.stringify(one.if).includes("CronTab"))?.then).toMatchInlineSnapshot(`
      {
        "additionalProperties": false,
        "description": "A CronTab.",
        "properties": {
          "apiVersion": {
            "type": "string",
          },
          "kind": {
            "type": "string",
          },
          "metadata": {
            "$ref": "#/definitions/ObjectMeta",
          },
          "spec": {
            "additionalProperties": false,
            "description": "What is wanted.",
            "properties": {
              "image": {
                "type": "string",
              },
              "minReplicas": {
                "type": "integer",
              },
              "mode": {
                "type": "string",
              },
              "replicas": {
                "default": 1,
                "type": "integer",
              },
            },
            "required": [
              "image",
            ],
            "type": "object",
          },
          "status": {
            "additionalProperties": false,
            "properties": {
              "replicas": {
                "type": "integer",
              },
              "selector": {
                "type": "string",
              },
            },
            "type": "object",
          },
        },
        "type": "object",
      }
    `);
  });
});
