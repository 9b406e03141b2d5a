import { describe, expect, it } from "vitest";
import type { FlowSchema, FlowSchemaSpec, PriorityLevelConfiguration } from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import { flowSchemas } from "./flow-schema.ts";
import { priorityLevelConfigurations as levels } from "./priority-level-configuration.ts";

const META = { name: "reports", uid: "1", resourceVersion: "1", creationTimestamp: "2025-12-31T23:58:00Z" };
const VERSION = "flowcontrol.apiserver.k8s.io/v1";

function schema(spec: Partial<FlowSchemaSpec>, name = "reports"): FlowSchema {
  const all = { priorityLevelConfiguration: { name: "workload-low" }, ...spec };
  return { apiVersion: VERSION, kind: "FlowSchema", metadata: { ...META, name }, spec: all, status: {} };
}

function level(spec: PriorityLevelConfiguration["spec"]): PriorityLevelConfiguration {
  return { apiVersion: VERSION, kind: "PriorityLevelConfiguration", metadata: META, spec, status: {} };
}

describe("flow schemas", () => {
  const texts = (spec: Partial<FlowSchemaSpec>) => flowSchemas.validate?.(schema(spec)).map(fieldErrorText);

  it("come in the middle unless they say where", () => {
    expect(flowSchemas.defaults?.(schema({})).spec.matchingPrecedence).toBe(1000);
  });

  it("are refused: level, precedence, method", () => {
    const distinguisherMethod = { type: "ByMood" };
    expect(texts({ priorityLevelConfiguration: { name: "" }, matchingPrecedence: 1, distinguisherMethod })).toEqual([
      "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
      'spec.distinguisherMethod.type: Unsupported value: {"Type":"ByMood"}: supported values: "ByNamespace", "ByUser"',
      "spec.priorityLevelConfiguration.name: Required value: must reference a priority level",
    ]);
    expect(texts({ matchingPrecedence: 10_001 })).toEqual([
      "spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000",
    ]);
  });

  it("are refused: whom and what they are about", () => {
    const subjects = [
      { kind: "Robot" },
      { kind: "User", group: { name: "g" } },
      { kind: "ServiceAccount", serviceAccount: { name: "*", namespace: "" } },
    ];
    const resourceRules = [{ verbs: ["*", "get"], apiGroups: [], resources: ["*", "pods"], namespaces: ["A"] }];
    const nonResourceRules = [{ verbs: ["fly"], nonResourceURLs: ["healthz", "/a*b", "/a//b", "/ok/*"] }];
    const rules = [{ subjects: [] }, { subjects, resourceRules, nonResourceRules }];
    const shown = texts({ matchingPrecedence: 5, rules })?.map((text) =>
      text.replace(/(supported values|RFC 1123) .*/, "$1 …"),
    );
    expect(shown).toEqual([
      "spec.rules[0].subjects: Required value: subjects must contain at least one value",
      "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty",
      'spec.rules[1].subjects[0].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"',
      "spec.rules[1].subjects[1].user: Required value: user is required when subject kind is 'User'",
      "spec.rules[1].subjects[1].group: Forbidden: group is forbidden when subject kind is not 'Group'",
      "spec.rules[1].subjects[2].serviceAccount.namespace: Required value: must specify namespace for service account",
      'spec.rules[1].resourceRules[0].verbs: Invalid value: ["*","get"]: if \'*\' is present, must not specify other verbs',
      "spec.rules[1].resourceRules[0].apiGroups: Required value: resource rules must supply at least one api group",
      'spec.rules[1].resourceRules[0].resources: Invalid value: ["*","pods"]: if \'*\' is present, must not specify other resources',
      "spec.rules[1].resourceRules[0].namespaces[0]: Invalid value: \"A\": each member of this list must be '*' or a DNS-1123 label; a lowercase RFC 1123 …",
      'spec.rules[1].nonResourceRules[0].verbs: Unsupported value: ["fly"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
      'spec.rules[1].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "healthz": must start with slash',
      'spec.rules[1].nonResourceRules[0].nonResourceURLs[1]: Invalid value: "/a*b": wildcard can only do suffix matching',
      'spec.rules[1].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/a//b": must not contain double slash',
    ]);
  });

  it("stand in the order in which they are tried", () => {
    const all = [
      schema({ matchingPrecedence: 9 }, "a"),
      schema({ matchingPrecedence: 2 }, "z"),
      schema({ matchingPrecedence: 2 }, "b"),
    ];
    expect(all.toSorted((a, b) => flowSchemas.rowOrder?.(a, b) ?? 0).map(({ metadata }) => metadata.name)).toEqual([
      "b",
      "z",
      "a",
    ]);
  });
});

describe("priority levels", () => {
  const texts = (spec: PriorityLevelConfiguration["spec"]) => levels.validate?.(level(spec)).map(fieldErrorText);

  it("have shares, and queues of a size", () => {
    const spec = { type: "Limited", limited: { limitResponse: { type: "Queue", queuing: {} } } };
    expect(levels.defaults?.(level(spec)).spec).toEqual({
      type: "Limited",
      limited: {
        nominalConcurrencyShares: 30,
        lendablePercent: 0,
        limitResponse: { type: "Queue", queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } },
      },
    });
  });

  it("are refused with queues that can't be dealt", () => {
    const queuing = { queues: 512, handSize: 9, queueLengthLimit: 0 };
    const path = "spec.limited.limitResponse.queuing";
    expect(texts({ type: "Limited", limited: { limitResponse: { type: "Queue", queuing } } })).toEqual([
      `${path}.queueLengthLimit: Invalid value: 0: must be positive`,
      `${path}.handSize: Invalid value: 9: required entropy bits of deckSize 512 and handSize 9 should not be greater than 60`,
    ]);
    expect(texts({ type: "Limited", limited: { limitResponse: { type: "Reject", queuing } } })).toEqual([
      `${path}: Forbidden: must be nil if limited.limitResponse.type is not Limited`,
    ]);
    expect(texts({ type: "Exempt", exempt: { lendablePercent: 101 } })).toEqual([
      "spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'",
      "spec.exempt.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive",
    ]);
  });
});
