import { beforeEach, describe, expect, it } from "vitest";
import { crontabDefinition, crontabVersion } from "../testing/crontab.ts";
import { TestServer } from "../testing/test-server.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const CRD = `${CRDS}/crontabs.stable.example.com`;
const MERGE = { "content-type": "application/merge-patch+json" };
const AGGREGATED = { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" };
const DOCUMENT = "/openapi/v3/apis/stable.example.com/v1";

let test: TestServer;
beforeEach(() => {
  test = new TestServer();
});

const define = (more: object = {}, spec: object = {}): void => {
  expect(test.http("POST", CRDS, { body: crontabDefinition([crontabVersion("v1", more, spec)]) }).status).toBe(201);
};

describe("what is published of custom resources", () => {
  it("API141 discovery has them at once, and no longer than they are served", () => {
    define({ subresources: { status: {} } });
    const verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
    expect(test.http("GET", "/apis/stable.example.com/v1").json.resources).toEqual([
      {
        name: "crontabs",
        singularName: "crontab",
        namespaced: true,
        kind: "CronTab",
        verbs,
        shortNames: ["ct"],
        categories: ["all"],
      },
      {
        name: "crontabs/status",
        singularName: "",
        namespaced: true,
        kind: "CronTab",
        verbs: ["get", "patch", "update"],
      },
    ]);
    const groups = (): string[] =>
      test
        .http("GET", "/apis", { headers: AGGREGATED })
        .json.items.map((each: { metadata: { name: string } }) => each.metadata.name);
    expect(groups().at(-1)).toBe("stable.example.com");
    test.http("DELETE", CRD);
    expect(groups()).not.toContain("stable.example.com");
  });

  it("API141 aggregated discovery and OpenAPI documents have tags that change with the definitions", () => {
    const tagOf = (path: string, headers: Record<string, string> = {}) =>
      test.http("GET", path, { headers }).headers["ETag"] ?? "";
    const before = tagOf("/apis", AGGREGATED);
    expect(test.http("GET", "/apis", { headers: { ...AGGREGATED, "if-none-match": before } })).toMatchObject({
      status: 304,
      text: "",
    });
    define();
    expect(tagOf("/apis", AGGREGATED)).not.toBe(before);
    const address = (): string =>
      test.http("GET", "/openapi/v3").json.paths["apis/stable.example.com/v1"].serverRelativeURL;
    const first = address();
    expect(test.http("GET", first, { headers: { "if-none-match": tagOf(first) } }).status).toBe(304);
    test.http("PATCH", CRD, {
      headers: MERGE,
      body: { spec: { versions: [crontabVersion("v1", {}, { required: [] })] } },
    });
    expect(address()).not.toBe(first);
    expect(
      test.http("GET", address()).json.components.schemas["com.example.stable.v1.CronTab"].properties.spec.required,
    ).toEqual([]);
  });

  it("API142 OpenAPI v3 has their schemas with kinds, metadata and descriptions", () => {
    define({}, { "x-kubernetes-validations": [{ rule: "true" }] });
    const { components, paths } = test.http("GET", DOCUMENT).json;
    const schema = components.schemas["com.example.stable.v1.CronTab"];
    expect(schema).toMatchObject({
      type: "object",
      description: "A CronTab.",
      "x-kubernetes-group-version-kind": [{ group: "stable.example.com", version: "v1", kind: "CronTab" }],
      properties: {
        apiVersion: { type: "string" },
        metadata: { allOf: [{ $ref: "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" }] },
        spec: {
          description: "What is wanted.",
          required: ["image"],
          properties: { replicas: { type: "integer", minimum: 1, maximum: 10, default: 1 } },
          "x-kubernetes-validations": [{ rule: "true" }],
        },
      },
    });
    expect(components.schemas["com.example.stable.v1.CronTabList"].required).toEqual(["items"]);
    const item = "/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}";
    expect(paths[item].patch.parameters.map(({ name }: { name: string }) => name)).toEqual([
      "dryRun",
      "fieldValidation",
    ]);
  });

  it("API142 OpenAPI v2 leaves out what it can't say", () => {
    define({}, { oneOf: [{ required: ["image"] }], properties: { image: { type: "string", nullable: true } } });
    const spec = (document: { definitions: Record<string, { properties: Record<string, unknown> }> }) =>
      document.definitions["com.example.stable.v1.CronTab"]?.properties["spec"];
    expect(spec(test.http("GET", "/openapi/v2").json)).toEqual({
      type: "object",
      description: "What is wanted.",
      required: ["image"],
      properties: { image: { type: "string" } },
    });
  });
});
