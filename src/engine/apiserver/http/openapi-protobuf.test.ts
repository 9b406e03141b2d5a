import { describe, expect, it } from "vitest";
import { crontabDefinition, crontabVersion } from "../testing/crontab.ts";
import { TestServer } from "../testing/test-server.ts";
import { readFields, textOf, type WireField } from "./protobuf/wire.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const ACCEPT = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

/** What a client that has gnostic's message makes of a Schema. */
const KEYWORDS: Readonly<Record<number, readonly [name: string, as: "text" | "any" | "number" | "double" | "flag"]>> = {
  1: ["$ref", "text"],
  2: ["format", "text"],
  3: ["title", "text"],
  4: ["description", "text"],
  5: ["default", "any"],
  7: ["maximum", "double"],
  9: ["minimum", "double"],
  10: ["exclusiveMinimum", "flag"],
  11: ["maxLength", "number"],
  13: ["pattern", "text"],
  14: ["maxItems", "number"],
};

const bytes = ({ value }: WireField): string => value as string;
const only = (message: string, number: number): string =>
  bytes(readFields(message).find((field) => field.number === number) as WireField);
const any = (message: string): unknown => JSON.parse(textOf(only(message, 2)));

function double(bits: bigint): number {
  return new Float64Array(new BigUint64Array([bits]).buffer)[0] as number;
}

function named(message: string): Record<string, unknown> {
  return Object.fromEntries(
    readFields(message).map((entry) => [textOf(only(bytes(entry), 1)), schema(only(bytes(entry), 2))]),
  );
}

function schema(message: string): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const add = (key: string, value: unknown): unknown => ((result[key] as unknown[] | undefined) ??= []).push(value);
  for (const field of readFields(message)) {
    const { number, value } = field;
    if (number === 19) add("required", textOf(bytes(field)));
    else if (number === 20) add("enum", any(bytes(field)));
    else if (number === 21) result["additionalProperties"] = schema(only(bytes(field), 1));
    else if (number === 22) result["type"] = textOf(only(bytes(field), 1));
    else if (number === 23) result["items"] = schema(only(bytes(field), 1));
    else if (number === 25) result["properties"] = named(bytes(field));
    else if (number === 31) result[textOf(only(bytes(field), 1))] = any(only(bytes(field), 2));
    else {
      const [key, as] = KEYWORDS[number] ?? [`field ${number}`, "text"];
      if (as === "any") result[key] = any(bytes(field));
      else if (as === "text") result[key] = textOf(bytes(field));
      else if (as === "double") result[key] = double(value as bigint);
      else result[key] = as === "flag" ? value === 1n : Number(value);
    }
  }
  return result;
}

describe("OpenAPI v2 in protobuf", () => {
  it("API194 says of every schema what the JSON says", () => {
    const test = new TestServer();
    const properties = {
      image: { type: "string", title: "Bild „x“", maxLength: 300, pattern: "^[a-z]+$" },
      list: { type: "array", maxItems: 5, items: { type: "number", minimum: 0.5, exclusiveMinimum: true } },
      mode: { type: "string", enum: ["on", "off"], default: "on" },
      labels: { type: "object", additionalProperties: { type: "string" } },
    };
    const body = crontabDefinition([crontabVersion("v1", {}, { properties } as object)]);
    expect(test.http("POST", CRDS, { body }).status).toBe(201);
    const definitions = named(only(test.http("GET", "/openapi/v2", { headers: { accept: ACCEPT } }).text, 9));
    expect(definitions["com.example.stable.v1.CronTab"]).toMatchObject({ properties: { spec: { properties } } });
    expect(definitions).toEqual(test.http("GET", "/openapi/v2").json.definitions);
  });

  it("API195 in v2 a reference stands beside its description, in v3 within allOf", () => {
    const test = new TestServer();
    test.http("POST", CRDS, { body: crontabDefinition() });
    const v2 = test.http("GET", "/openapi/v2").json.definitions;
    expect(v2["com.example.stable.v1.CronTab"].properties.metadata).toEqual({
      $ref: "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
    });
    const name = "io.k8s.api.apps.v1.DeploymentSpec";
    expect(v2[name].properties.strategy).toEqual({
      $ref: "#/definitions/io.k8s.api.apps.v1.DeploymentStrategy",
      "x-kubernetes-patch-strategy": "retainKeys",
    });
    expect(test.http("GET", "/openapi/v3/apis/apps/v1").json.components.schemas[name].properties.strategy).toEqual({
      allOf: [{ $ref: "#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy" }],
      "x-kubernetes-patch-strategy": "retainKeys",
    });
  });
});
