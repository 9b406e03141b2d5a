import { beforeEach, describe, expect, it } from "vitest";
import { readFields } from "../http/protobuf/wire.ts";
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
      body: { spec: { versions: [crontabVersion("v1", {}, { required: ["cronSpec"] })] } },
    });
    expect(address()).not.toBe(first);
    expect(
      test.http("GET", address()).json.components.schemas["com.example.stable.v1.CronTab"].properties.spec.required,
    ).toEqual(["cronSpec"]);
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

  it("API142 OpenAPI v2 in protobuf has every path with the kinds and parameters that clients look up", () => {
    define();
    const accept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    const answer = test.http("GET", "/openapi/v2", { headers: { accept } });
    expect(answer.headers["Content-Type"]).toBe("application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
    const parts = (bytes: unknown, number: number): string[] =>
      [...readFields(bytes as string)].flatMap((field) => (field.number === number ? [String(field.value)] : []));
    expect(parts(answer.text, 1)).toEqual(["2.0"]);
    const paths = parts(answer.text, 8).flatMap((each) => parts(each, 2));
    const names = paths.flatMap((path) => parts(path, 1));
    expect(names).toEqual(Object.keys(test.http("GET", "/openapi/v2").json.paths));
    const item = paths[names.indexOf("/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}")] ?? "";
    const patch = parts(parts(item, 2)[0], 8)[0];
    const extension = parts(patch, 13)[1];
    expect(parts(parts(extension, 2)[0], 2)).toEqual(['group: "stable.example.com"\nkind: CronTab\nversion: v1\n']);
    const query = parts(parts(parts(parts(parts(patch, 8)[1], 1)[0], 2)[0], 3)[0], 4);
    expect(query).toEqual(["fieldValidation"]);
  });
});
