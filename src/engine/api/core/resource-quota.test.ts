import { expect, it } from "vitest";
import type { ResourceQuota, ResourceQuotaSpec, ResourceQuotaStatus } from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import { resourceQuotas } from "../registry.ts";

function quota(spec: ResourceQuotaSpec, status: ResourceQuotaStatus = {}): ResourceQuota {
  const metadata = {
    name: "q",
    namespace: "default",
    uid: "",
    resourceVersion: "",
    creationTimestamp: "2026-01-01T00:00:00Z",
  };
  return { apiVersion: "v1", kind: "ResourceQuota", metadata, spec, status };
}

const SELECTOR = "spec.scopeSelector.matchExpressions";

it.each<[string[], ResourceQuotaSpec]>([
  [
    [
      'spec.hard[shoes]: Invalid value: "shoes": must be a standard resource type or fully qualified',
      'spec.hard[shoes]: Invalid value: "shoes": must be a standard resource for quota',
    ],
    { hard: { shoes: "1" } },
  ],
  [['spec.hard[pods]: Invalid value: "500m": must be an integer'], { hard: { pods: "500m" } }],
  [['spec.hard[services]: Invalid value: "-1": must be greater than or equal to 0'], { hard: { services: "-1" } }],
  [['spec.scopes: Invalid value: ["Sunday"]: unsupported scope'], { scopes: ["Sunday"] }],
  [
    ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'],
    { scopes: ["BestEffort"], hard: { "requests.cpu": "1" } },
  ],
  [
    ['spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes'],
    { scopes: ["Terminating", "NotTerminating"], hard: { pods: "1" } },
  ],
  [
    [
      `${SELECTOR}.values: Required value: must be at least one value when \`operator\` is 'In' or 'NotIn' for scope selector`,
    ],
    { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In" }] } },
  ],
  [
    [`${SELECTOR}.operator: Invalid value: "Equals": not a valid selector operator`],
    { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "Equals" }] } },
  ],
  [
    [],
    {
      hard: { pods: "1", "count/deployments.apps": "2", "gold.storageclass.storage.k8s.io/requests.storage": "1Ti" },
      scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }] },
    },
  ],
])("complains: %j", (expected, spec) => {
  expect((resourceQuotas.validate?.(quota(spec)) ?? []).map(fieldErrorText)).toEqual(expected);
});

it("keeps its scopes", () => {
  const errors = resourceQuotas.validateUpdate?.(quota({ scopes: ["BestEffort"] }), quota({ scopes: [] })) ?? [];
  expect(errors.map(fieldErrorText)).toEqual(['spec.scopes: Invalid value: ["BestEffort"]: field is immutable']);
});

it("shows what is used of what is allowed, limits apart", () => {
  const hard = { pods: "10", "limits.cpu": "4", cpu: "2" };
  const shown = quota({ hard }, { hard, used: { pods: "3", "limits.cpu": "500m", cpu: "0" } });
  expect(resourceQuotas.columns?.map(({ cell }) => cell(shown, { now: Date.UTC(2026, 0, 1, 0, 1) }))).toEqual([
    "q",
    "cpu: 0/2, pods: 3/10",
    "limits.cpu: 500m/4",
    "60s",
  ]);
});

it("begins with nothing used, whatever a client says", () => {
  expect(resourceQuotas.prepareForCreate?.(quota({}, { used: { pods: "1" } }), { now: 0 }).status).toEqual({});
});
