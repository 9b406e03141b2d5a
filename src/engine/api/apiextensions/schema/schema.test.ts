import { describe, expect, it } from "vitest";
import { fieldErrorText } from "../../meta/field-error.ts";
import { applyDefaults } from "./defaults.ts";
import { validateListTypes } from "./list-types.ts";
import { prune } from "./prune.ts";
import type { Schema } from "./schema-nodes.ts";
import { validateStructural } from "./validate-structural.ts";
import { validateSchema } from "./validate-schema.ts";
import { validateValue } from "./validate-value.ts";

const crontab: Schema = {
  type: "object",
  required: ["spec"],
  properties: {
    spec: {
      type: "object",
      required: ["image"],
      properties: {
        cronSpec: { type: "string", pattern: "^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$", default: "5 0 * * *" },
        image: { type: "string", maxLength: 5, minLength: 2 },
        replicas: { type: "integer", minimum: 1, maximum: 10, format: "int32", default: 1 },
        ratio: { type: "number", exclusiveMinimum: true, minimum: 0, multipleOf: 0.5 },
        mode: { type: "string", enum: ["a", "b"] },
        port: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
        tags: { type: "array", maxItems: 2, items: { type: "string" }, "x-kubernetes-list-type": "set" },
        ports: {
          type: "array",
          items: {
            type: "object",
            required: ["name"],
            properties: { name: { type: "string" }, n: { type: "integer" } },
          },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
        },
        labels: { type: "object", additionalProperties: { type: "string" } },
        maybe: { type: "string", nullable: true },
        when: { type: "string", format: "date-time" },
        one: {
          type: "object",
          properties: { a: { type: "string" }, b: { type: "string" } },
          oneOf: [{ required: ["a"] }, { required: ["b"] }],
        },
        free: {
          type: "object",
          "x-kubernetes-preserve-unknown-fields": true,
          properties: { known: { type: "object" } },
        },
        pod: { type: "object", "x-kubernetes-embedded-resource": true, properties: { spec: { type: "object" } } },
      },
    },
  },
};

const errorsOf = (spec: unknown) => validateValue({ spec }, crontab).map(fieldErrorText);

describe("values against a schema", () => {
  it.each<[object, string[]]>([
    [{ image: "abc", replicas: 3, ratio: 1.5, port: "x", tags: ["a"], maybe: null, when: "2026-01-01T00:00:00Z" }, []],
    [{}, ["spec.image: Required value"]],
    [
      { image: "abc", replicas: "3" },
      ['spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"'],
    ],
    [
      { image: "abc", replicas: 11 },
      ["spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10"],
    ],
    [
      { image: "abc", replicas: 1.5 },
      ['spec.replicas: Invalid value: "double": spec.replicas in body must be of type int32: "double"'],
    ],
    [{ image: "abc", ratio: 0 }, ["spec.ratio: Invalid value: 0: spec.ratio in body should be greater than 0"]],
    [{ image: "abc", ratio: 0.7 }, ["spec.ratio: Invalid value: 0.7: spec.ratio in body should be a multiple of 0.5"]],
    [{ image: "abcdef" }, ["spec.image: Too long: may not be more than 5 bytes"]],
    [{ image: "a" }, ['spec.image: Invalid value: "a": spec.image in body should be at least 2 chars long']],
    [{ image: null }, ['spec.image: Invalid value: "null": spec.image in body must be of type string: "null"']],
    [{ image: "abc", mode: "c" }, ['spec.mode: Unsupported value: "c": supported values: "a", "b"']],
    [
      { image: "abc", tags: ["a", 2] },
      ['spec.tags[1]: Invalid value: "integer": spec.tags[1] in body must be of type string: "integer"'],
    ],
    [{ image: "abc", tags: ["a", "b", "c"] }, ["spec.tags: Too many: 3: must have at most 2 items"]],
    [
      { image: "abc", labels: { a: 1 } },
      ['spec.labels.a: Invalid value: "integer": spec.labels.a in body must be of type string: "integer"'],
    ],
    [{ image: "abc", ports: [{}] }, ["spec.ports[0].name: Required value"]],
    [
      { image: "abc", when: "soon" },
      ['spec.when: Invalid value: "soon": spec.when in body must be of type date-time: "soon"'],
    ],
    [
      { image: "abc", port: true },
      [
        'spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"',
        '<nil>: Invalid value: "": "spec.port" must validate at least one schema (anyOf)',
        'spec.port: Invalid value: "boolean": spec.port in body must be of type integer: "boolean"',
      ],
    ],
    [
      { image: "abc", one: { a: "x", b: "y" } },
      [
        '<nil>: Invalid value: "": "spec.one" must validate one and only one schema (oneOf). Found 2 valid alternatives',
      ],
    ],
  ])("%j", (spec, expected) => {
    expect(errorsOf(spec)).toEqual(expected);
  });

  it("says which pattern wasn't matched", () => {
    expect(errorsOf({ image: "abc", cronSpec: "* * * *" })).toEqual([
      "spec.cronSpec: Invalid value: \"* * * *\": spec.cronSpec in body should match '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$'",
    ]);
  });

  it("has no item of a set or map twice", () => {
    const value = {
      spec: {
        tags: ["a", "a"],
        ports: [
          { name: "x", n: 1 },
          { name: "x", n: 2 },
        ],
      },
    };
    expect(validateListTypes(value, crontab).map(fieldErrorText)).toEqual([
      'spec.tags[1]: Duplicate value: "a"',
      'spec.ports[1]: Duplicate value: {"name":"x"}',
    ]);
  });
});

describe("pruning", () => {
  it("takes unknown fields away and names them", () => {
    const unknown: string[] = [];
    const value = {
      apiVersion: "v1",
      metadata: { anything: 1 },
      extra: 1,
      spec: {
        image: "a",
        bogus: { deep: 1 },
        ports: [{ name: "a", x: 1 }],
        labels: { any: "thing" },
        free: { whatever: { deep: true }, known: { gone: 1 } },
        pod: { metadata: { name: "x" }, kind: "Pod", spec: { lost: 1 } },
      },
    };
    expect(prune(value, crontab, unknown)).toEqual({
      apiVersion: "v1",
      metadata: { anything: 1 },
      spec: {
        image: "a",
        ports: [{ name: "a" }],
        labels: { any: "thing" },
        free: { whatever: { deep: true }, known: {} },
        pod: { metadata: { name: "x" }, kind: "Pod", spec: {} },
      },
    });
    expect(unknown).toEqual(["extra", "spec.bogus", "spec.ports[0].x", "spec.free.known.gone", "spec.pod.spec.lost"]);
  });

  it("gives what is fine back as it is", () => {
    const value = { spec: { image: "a", labels: { a: "b" } } };
    expect(prune(value, crontab, [])).toBe(value);
  });
});

describe("defaults", () => {
  it("fills what is missing or null, keeps null where it may be, takes it away elsewhere", () => {
    const value = { spec: { image: "a", replicas: null, maybe: null, mode: null } };
    const filled = applyDefaults(value, crontab);
    expect(filled).toEqual({ spec: { image: "a", replicas: 1, cronSpec: "5 0 * * *", maybe: null } });
    expect(applyDefaults(filled, crontab)).toBe(filled);
  });

  it("reaches into defaults, lists and maps", () => {
    const inner: Schema = { type: "object", properties: { n: { type: "integer", default: 7 } } };
    const schema: Schema = {
      type: "object",
      properties: {
        made: { ...inner, default: {} },
        list: { type: "array", items: inner },
        map: { type: "object", additionalProperties: inner },
      },
    };
    expect(applyDefaults({ list: [{}, { n: 1 }], map: { a: {} } }, schema)).toEqual({
      made: { n: 7 },
      list: [{ n: 7 }, { n: 1 }],
      map: { a: { n: 7 } },
    });
  });
});

describe("structural schemas", () => {
  it.each<[Schema, string[]]>([
    [crontab, []],
    [{}, ["s.type: Required value: must not be empty at the root"]],
    [
      { type: "object", properties: { a: {}, b: { type: "array" } } },
      [
        "s.properties[a].type: Required value: must not be empty for specified object fields",
        "s.properties[b].items: Required value: must be specified",
      ],
    ],
    [
      { type: "object", properties: { a: { type: "string", anyOf: [{ type: "integer" }] } } },
      ["s.properties[a].anyOf[0].type: Forbidden: must be empty to be structural"],
    ],
    [
      { type: "object", properties: { metadata: { type: "object", properties: { labels: { type: "object" } } } } },
      [
        "s.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
      ],
    ],
    [
      { type: "object", anyOf: [{ properties: { x: { minimum: 1 } } }] },
      ["s.properties[x]: Required value: because it is defined in s.anyOf[0].properties[x]"],
    ],
    [
      { type: "object", properties: { a: { type: "string", pattern: "a(" } } },
      [
        's.properties[a].pattern: Invalid value: "a(": must be a valid regular expression, but isn\'t: error parsing regexp: `a(`',
      ],
    ],
  ])("%j", (schema, expected) => {
    expect(validateStructural(schema, "s").map(fieldErrorText)).toEqual(expected);
  });

  it.each<[Schema, string[]]>([
    [
      { type: "object", properties: { a: { type: "text" } } },
      [
        's.properties[a].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"',
      ],
    ],
    [
      { type: "object", properties: { apiVersion: { type: "string", default: "x" } } },
      ["s.properties[apiVersion].default: Forbidden: must not be set in top-level apiVersion"],
    ],
    [
      {
        type: "object",
        properties: { a: { type: "array", items: { type: "object" }, "x-kubernetes-list-type": "map" } },
      },
      [
        "s.properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map",
      ],
    ],
    [
      {
        type: "object",
        properties: {
          a: { type: "object", properties: { b: { type: "string" } }, additionalProperties: { type: "string" } },
        },
      },
      ["s.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"],
    ],
    [
      { type: "object", "x-kubernetes-validations": [{ rule: " " }] },
      ["s.x-kubernetes-validations[0].rule: Required value: rule is not specified"],
    ],
    [
      { type: "object", "x-kubernetes-validations": [{ rule: "true", fieldPath: ".nope" }] },
      ['s.x-kubernetes-validations[0].fieldPath: Invalid value: ".nope": fieldPath must be a valid path'],
    ],
  ])("%j", (schema, expected) => {
    expect(validateSchema(schema, "s").map(fieldErrorText)).toEqual(expected);
  });
});
