import { describe, expect, it } from "vitest";
import { jsonSchema } from "./json-schema.ts";
import { resources } from "./registry.ts";

interface Definition {
  required?: string[];
  properties: Record<string, Record<string, unknown>>;
  additionalProperties: boolean;
}

describe("the editor's schema", () => {
  const schema = jsonSchema({ DeploymentSpec: { replicas: "How many pods." } });
  const definitions = schema.definitions as Record<string, Definition>;

  it("decides by apiVersion and kind, never by trying all", () => {
    // A custom resource's own schema may say oneOf: that is a field's name there.
    const { JSONSchemaProps: _, ...others } = definitions;
    expect(JSON.stringify({ ...schema, definitions: others })).not.toContain("oneOf");
    expect((schema.allOf as unknown[]).length).toBe(resources.length + 1);
    expect((schema.allOf as unknown[])[0]).toMatchObject({ if: { required: ["apiVersion", "kind"] } });
  });

  it("refuses unknown fields and names the required ones", () => {
    const spec = definitions.DeploymentSpec as Definition;
    expect(spec.additionalProperties).toBe(false);
    expect(spec.required).toEqual(["selector", "template"]);
    expect(spec.properties.replicas).toEqual({ type: "integer", description: "How many pods." });
    expect(definitions.RollingUpdateDeployment?.properties.maxSurge).toEqual({ type: ["integer", "string"] });
    expect(definitions.PodSpec?.properties.restartPolicy?.enum).toEqual(["Always", "Never", "OnFailure"]);
  });

  it("defines whatever it refers to", () => {
    const references = [...JSON.stringify(schema).matchAll(/#\/definitions\/(\w+)/g)].map(([, name]) => name as string);
    expect(references.filter((name) => !(name in definitions))).toEqual([]);
  });
});
