import { beforeEach, describe, expect, it } from "vitest";
import { crontab, crontabDefinition, crontabVersion } from "../testing/crontab.ts";
import { TestServer } from "../testing/test-server.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const TABS = "/apis/stable.example.com/v1/namespaces/default/crontabs";
const ONE = `${TABS}/one`;
const MERGE = { "content-type": "application/merge-patch+json" };
const JSON_PATCH = { "content-type": "application/json-patch+json" };
const STRATEGIC = { "content-type": "application/strategic-merge-patch+json" };
const TABLE = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };

let test: TestServer;
beforeEach(() => {
  test = new TestServer();
});

const define = (more: object = {}, spec: object = {}): void => {
  expect(test.http("POST", CRDS, { body: crontabDefinition([crontabVersion("v1", more, spec)]) }).status).toBe(201);
};
const create = (spec?: object, query = "") => test.http("POST", `${TABS}${query}`, { body: crontab(spec) });
const patch = (body: unknown, headers: Record<string, string> = MERGE, path = ONE) =>
  test.http("PATCH", path, { headers, body });

describe("custom objects", () => {
  it("API137 are pruned, defaulted and validated by their schema", () => {
    define();
    const made = create({ image: "x", bogus: 1 });
    expect(made.json.spec).toEqual({ image: "x", replicas: 1 });
    expect(made.headers["Warning"]).toBe('299 - "unknown field \\"spec.bogus\\""');
    expect(create({ image: "x", bogus: 1 }, "?fieldValidation=Strict").json.message).toBe(
      'CronTab in version "v1" cannot be handled as a CronTab: strict decoding error: unknown field "spec.bogus"',
    );
    expect(patch({ spec: { replicas: "3" } }).json.message).toBe(
      'CronTab.stable.example.com "one" is invalid: [spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string", <nil>: Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]',
    );
    expect(patch({ spec: { replicas: 11 } }).json.message).toBe(
      'CronTab.stable.example.com "one" is invalid: spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10',
    );
    expect(patch({ spec: { image: null } }).json.details.causes[0]).toEqual({
      reason: "FieldValueRequired",
      message: "Required value",
      field: "spec.image",
    });
  });

  it("API137 an update isn't refused for what it left as it was", () => {
    define();
    create({ image: "x", replicas: 5 });
    const tighter = crontabVersion(
      "v1",
      {},
      { properties: { image: { type: "string" }, replicas: { type: "integer", maximum: 3 } } },
    );
    patch({ spec: { versions: [tighter] } }, MERGE, `${CRDS}/crontabs.stable.example.com`);
    expect(patch({ metadata: { labels: { a: "b" } } }).status).toBe(200);
    expect(patch({ spec: { replicas: 4 } }).json.message).toContain("should be less than or equal to 3");
  });

  it("API137 may have finalizers without a domain", () => {
    define();
    const held = { ...crontab(), metadata: { name: "one", finalizers: ["finalizer.stable.example.com"] } };
    expect(test.http("POST", TABS, { body: held }).status).toBe(201);
  });

  it("API137 knows JSON and merge patches and server-side apply, not strategic ones", () => {
    define();
    create();
    expect(patch([{ op: "replace", path: "/spec/image", value: "y" }], JSON_PATCH).json.spec.image).toBe("y");
    expect(patch({ spec: { image: "z" } }, STRATEGIC).json).toMatchObject({
      code: 415,
      message:
        "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
    });
    const apply = { "content-type": "application/apply-patch+yaml" };
    const applied = test.http("PATCH", `${ONE}?fieldManager=me&force=true`, {
      headers: apply,
      body: crontab({ image: "a", replicas: 2 }),
    });
    expect(applied.json.metadata.managedFields[0]).toMatchObject({
      manager: "me",
      operation: "Apply",
      fieldsV1: { "f:spec": { "f:image": {}, "f:replicas": {} } },
    });
    expect(
      test.http("PATCH", `${ONE}?fieldManager=me`, { headers: apply, body: crontab({ imag: "a" }) }).json.message,
    ).toContain(".spec.imag: field not declared in schema");
  });

  it("API138 status is apart where the version says so, and doesn't count for the generation", () => {
    define({ subresources: { status: {} } });
    expect(test.http("POST", TABS, { body: { ...crontab(), status: { replicas: 9 } } }).json.status).toBeUndefined();
    expect(patch({ status: { replicas: 4 } }).json.status).toBeUndefined();
    const status = patch({ status: { replicas: 4 }, spec: { image: "lost" } }, MERGE, `${ONE}/status`).json;
    expect([status.spec.image, status.status, status.metadata.generation]).toEqual(["x", { replicas: 4 }, 1]);
    expect(patch({ spec: { image: "y" } }).json.metadata.generation).toBe(2);
    expect(patch({ status: { replicas: "x" } }, MERGE, `${ONE}/status`).json.message).toContain(
      "status.replicas in body must be of type integer",
    );
  });

  it("API138 without a status subresource status is a field like others", () => {
    define();
    test.http("POST", TABS, { body: { ...crontab(), status: { replicas: 9 } } });
    expect(patch({ status: { replicas: 4 } }).json).toMatchObject({
      status: { replicas: 4 },
      metadata: { generation: 2 },
    });
    expect(test.http("GET", `${ONE}/status`).status).toBe(404);
  });

  it("API138 scale reads and writes where the version says", () => {
    const scale = {
      specReplicasPath: ".spec.replicas",
      statusReplicasPath: ".status.replicas",
      labelSelectorPath: ".status.selector",
    };
    define({ subresources: { status: {}, scale } });
    create({ image: "x", replicas: 2 });
    patch({ status: { replicas: 1, selector: "a=b" } }, MERGE, `${ONE}/status`);
    expect(test.http("GET", `${ONE}/scale`).json).toMatchObject({
      kind: "Scale",
      spec: { replicas: 2 },
      status: { replicas: 1, selector: "a=b" },
    });
    expect(patch({ spec: { replicas: 5 } }, MERGE, `${ONE}/scale`).json.spec).toEqual({ replicas: 5 });
    expect(test.http("GET", ONE).json.spec).toEqual({ image: "x", replicas: 5 });
    const table = test.http("GET", `${ONE}/scale`, { headers: TABLE }).json;
    expect(table.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual([
      "Name",
      "Desired",
      "Available",
      "Age",
    ]);
    expect(table.rows[0].cells).toEqual(["one", 5, 1, "0s"]);
    expect(patch({ spec: { replicas: 50 } }, MERGE, `${ONE}/scale`).status).toBe(422);
  });

  it("API139 tables have the version's columns", () => {
    const additionalPrinterColumns = [
      { name: "Image", type: "string", jsonPath: ".spec.image" },
      { name: "Replicas", type: "integer", jsonPath: ".spec.replicas", description: "How many.", priority: 1 },
      { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
      { name: "Since", type: "date", jsonPath: ".metadata.creationTimestamp" },
    ];
    define({ additionalPrinterColumns });
    create();
    const table = test.http("GET", TABS, { headers: TABLE }).json;
    expect(table.rows.map(({ cells }: { cells: unknown[] }) => cells)).toEqual([["one", "x", 1, null, "0s"]]);
    expect(table.columnDefinitions.slice(1, 3)).toEqual([
      {
        name: "Image",
        type: "string",
        format: "",
        description: "Custom resource definition column (in JSONPath format): .spec.image",
        priority: 0,
      },
      { name: "Replicas", type: "integer", format: "", description: "How many.", priority: 1 },
    ]);
  });

  it("API139 without columns a table has name and age", () => {
    define();
    create();
    const table = test.http("GET", TABS, { headers: TABLE }).json;
    expect(table.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual(["Name", "Age"]);
  });

  it("API139 selectable fields select, others don't", () => {
    define({ selectableFields: [{ jsonPath: ".spec.mode" }] });
    create({ image: "x", mode: "a" });
    const found = (selector: string) => test.http("GET", `${TABS}?fieldSelector=${encodeURIComponent(selector)}`).json;
    expect(found("spec.mode=a").items).toHaveLength(1);
    expect(found("spec.mode=b").items).toHaveLength(0);
    expect(found("spec.image=x").message).toBe("field label not supported: spec.image");
    patch({ spec: { versions: [crontabVersion("v1", {}, {})] } }, MERGE, `${CRDS}/crontabs.stable.example.com`);
    expect(found("spec.mode=a").message).toBe("field label not supported: spec.mode");
  });
});

describe("rules", () => {
  const rules = (...all: object[]) => ({ "x-kubernetes-validations": all });

  it("API140 are asked at create and update, with their own words, reasons and paths", () => {
    define(
      {},
      rules(
        { rule: "self.replicas >= 2", message: "two at least" },
        {
          rule: "!has(self.mode) || self.mode != 'bad'",
          messageExpression: "'mode ' + self.mode",
          reason: "FieldValueForbidden",
          fieldPath: ".mode",
        },
        { rule: "self.image != 'no'" },
      ),
    );
    expect(create({ image: "no", mode: "bad" }).json.details.causes).toEqual([
      { reason: "FieldValueInvalid", message: 'Invalid value: "object": two at least', field: "spec" },
      { reason: "FieldValueForbidden", message: "Forbidden: mode bad", field: "spec.mode" },
      {
        reason: "FieldValueInvalid",
        message: "Invalid value: \"object\": failed rule: self.image != 'no'",
        field: "spec",
      },
    ]);
    expect(create({ image: "x", replicas: 2 }).status).toBe(201);
    expect(patch({ spec: { replicas: 1 } }).json.message).toContain('spec: Invalid value: "object": two at least');
  });

  it("API140 transition rules compare with what was; optional ones are asked at create too", () => {
    define(
      {},
      rules(
        { rule: "self.image == oldSelf.image", message: "image is immutable" },
        { rule: "oldSelf.hasValue() || self.replicas == 1", optionalOldSelf: true, message: "begin with one" },
      ),
    );
    expect(create({ image: "x", replicas: 2 }).json.message).toContain("begin with one");
    expect(create({ image: "x" }).status).toBe(201);
    expect(patch({ spec: { replicas: 5 } }).status).toBe(200);
    expect(patch({ spec: { image: "y" } }).json.message).toContain('spec: Invalid value: "object": image is immutable');
  });

  it("API140 a failing evaluation is said to be one", () => {
    define({}, rules({ rule: "self.minReplicas > 0" }));
    expect(create().json.message).toContain(
      'spec: Invalid value: "object": no such key: minReplicas evaluating rule: self.minReplicas > 0',
    );
  });

  it("API140 aren't asked of an object that is invalid anyhow", () => {
    define({}, rules({ rule: "false" }));
    expect(create({}).json.message).toContain("some validation rules were not checked because the object was invalid");
    expect(create({}).json.message).not.toContain("failed rule");
  });
});
