import { expect, it } from "vitest";
import type {
  ValidatingAdmissionPolicyBindingSpec as BindingSpec,
  ValidatingAdmissionPolicySpec as PolicySpec,
} from "../../../api/generated/types.ts";
import { StatusError } from "../../../api/meta/status-error.ts";
import { MASTERS, userInfo, type UserInfo } from "../../../api/meta/user-info.ts";
import {
  configMaps,
  deployments,
  namespaces,
  pods,
  roleBindings,
  roles,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from "../../../api/registry.ts";
import { ApiServer } from "../../server.ts";
import { podDraft, request, TestServer } from "../../testing/test-server.ts";

const PODS = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["pods"] };

function world(spec: Partial<PolicySpec>, binding: Partial<BindingSpec> = {}): TestServer {
  const test = new TestServer();
  const matchConstraints = { resourceRules: [PODS] };
  test.create(validatingAdmissionPolicies, { metadata: { name: "p" }, spec: { matchConstraints, ...spec } });
  bind(test, "b", binding);
  return test;
}

function bind(test: TestServer, name: string, binding: Partial<BindingSpec>): void {
  const spec = { policyName: "p", validationActions: ["Deny"], ...binding };
  test.create(validatingAdmissionPolicyBindings, { metadata: { name }, spec });
}

function labelled(name: string, labels: Record<string, string>): object {
  return podDraft(name, { labels });
}

function refusal(act: () => unknown): StatusError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
}

const DENIED = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ";

it("API110 refuses what a validation finds false, with its message, reason and cause", () => {
  const test = world({
    validations: [{ expression: "has(object.metadata.labels)", message: "label it", reason: "Forbidden" }],
  });
  const error = refusal(() => test.create(pods, podDraft("a")));
  expect(error?.toStatus()).toMatchObject({
    code: 403,
    reason: "Forbidden",
    message: `pods "a" is forbidden: ${DENIED}label it`,
    details: { name: "a", kind: "pods", causes: [{ message: `${DENIED}label it` }] },
  });
  expect(test.create(pods, labelled("a", { app: "a" })).metadata.name).toBe("a");
});

it.each<[string, PolicySpec["validations"]]>([
  ["failed expression: object.metadata.name == 'x'", [{ expression: " object.metadata.name == 'x' " }]],
  [
    "a is not x",
    [
      {
        expression: "object.metadata.name == 'x'",
        messageExpression: "object.metadata.name + ' is not x'",
        message: "no",
      },
    ],
  ],
  ["no", [{ expression: "false", messageExpression: "object.metadata.nothing + ''", message: "no" }]],
  [
    "expression 'object.spec.nothing == 1' resulted in error: no such key: nothing",
    [{ expression: "object.spec.nothing == 1" }],
  ],
])("API110 says why: %s", (why, validations) => {
  const error = refusal(() => world({ validations }).create(pods, podDraft("a")));
  expect([error?.code, error?.reason, error?.message]).toEqual([
    422,
    "Invalid",
    `pods "a" is forbidden: ${DENIED}${why}`,
  ]);
});

it("API110 a failure is let through under failurePolicy Ignore", () => {
  const test = world({ failurePolicy: "Ignore", validations: [{ expression: "object.spec.nothing == 1" }] });
  expect(test.create(pods, podDraft("a")).metadata.name).toBe("a");
});

it("API111 expressions see the request, both objects, the namespace and the policy's variables", () => {
  const test = world({
    matchConditions: [{ name: "by-hand", expression: "request.userInfo.username == 'tester'" }],
    variables: [
      { name: "labels", expression: "has(object.metadata.labels) ? object.metadata.labels : {}" },
      { name: "count", expression: "size(variables.labels)" },
    ],
    validations: [
      { expression: "variables.count < 2", messageExpression: "string(variables.count) + ' labels'" },
      { expression: "request.operation != 'UPDATE' || oldObject.metadata.name == object.metadata.name" },
      { expression: "namespaceObject.metadata.name == request.namespace" },
      { expression: "!request.dryRun", message: "no rehearsals" },
    ],
  });
  expect(refusal(() => test.create(pods, labelled("a", { a: "1", b: "2" })))?.message).toBe(
    `pods "a" is forbidden: ${DENIED}2 labels`,
  );
  expect(refusal(() => test.create(pods, podDraft("a"), { dryRun: true }))?.message).toContain("no rehearsals");
  const pod = test.create(pods, podDraft("a"));
  expect(test.update(pods, { ...pod, metadata: { ...pod.metadata, labels: { a: "1" } } }).metadata.labels).toEqual({
    a: "1",
  });
});

it("API111 expressions may ask what somebody may do", () => {
  const store = new TestServer();
  const server = new ApiServer({ sim: store.sim, store: store.store, authorizationMode: "Node,RBAC" });
  const send = (resource: never, body: object, user: UserInfo) =>
    server.request(request(resource, { verb: "create", body, user }));
  const admin = userInfo("root", MASTERS);
  const rule = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] };
  const validations = [
    { expression: "authorizer.requestResource.check('bless').allowed()", message: "you may not bless" },
    {
      expression:
        "!authorizer.serviceAccount('default', 'bot').group('apps').resource('deployments').namespace('default').check('delete').allowed()",
      message: "the bot may",
    },
  ];
  const spec = { matchConstraints: { resourceRules: [rule] }, validations };
  send(validatingAdmissionPolicies as never, { metadata: { name: "p" }, spec }, admin);
  const binding = { policyName: "p", validationActions: ["Deny"] };
  send(validatingAdmissionPolicyBindings as never, { metadata: { name: "b" }, spec: binding }, admin);
  const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["create"] }];
  send(roles as never, { metadata: { name: "maker" }, rules }, admin);
  const subjects = [{ kind: "User", name: "ann", apiGroup: "rbac.authorization.k8s.io" }];
  const roleRef = { kind: "Role", name: "maker", apiGroup: "rbac.authorization.k8s.io" };
  send(roleBindings as never, { metadata: { name: "maker" }, subjects, roleRef }, admin);
  expect(refusal(() => send(configMaps as never, { metadata: { name: "a" } }, userInfo("ann")))?.message).toContain(
    "you may not bless",
  );
  expect(send(configMaps as never, { metadata: { name: "a" } }, admin).code).toBe(201);
});

it("API112 looks only where rules, selectors and bindings point", () => {
  const match = {
    matchConstraints: { resourceRules: [PODS], objectSelector: { matchLabels: { watched: "yes" } } },
    validations: [{ expression: "false" }],
  };
  const test = world(match, {
    matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "shop" } } },
  });
  test.create(namespaces, { metadata: { name: "shop" } });
  const watched = (name: string) => labelled(name, { watched: "yes" });
  test.create(pods, watched("a"));
  test.create(pods, podDraft("a"), {}, "shop");
  test.create(configMaps, { metadata: { name: "a", labels: { watched: "yes" } } }, {}, "shop");
  expect(refusal(() => test.create(pods, watched("b"), {}, "shop"))?.message).toContain(DENIED);
  test.delete(pods as never, "a");
});

it("API112 a policy without binding is silent; none looks at policies", () => {
  const everything = { apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"] };
  const test = world({ matchConstraints: { resourceRules: [everything] }, validations: [{ expression: "false" }] });
  expect(() => test.create(configMaps, { metadata: { name: "a" } })).toThrow(DENIED);
  test.delete(validatingAdmissionPolicyBindings as never, "b");
  expect(test.create(configMaps, { metadata: { name: "a" } }).metadata.name).toBe("a");
});

it("API112 a scale is not an update of what it scales, but an object of its own", () => {
  const rule = { apiGroups: ["apps"], apiVersions: ["v1"], operations: ["UPDATE"], resources: ["deployments"] };
  const few = { validations: [{ expression: "object.spec.replicas <= 5" }] };
  const scale = (test: TestServer, replicas: number) => {
    test.create(deployments, deployments.example);
    const body = { metadata: { name: "web" }, spec: { replicas } };
    return test.send(deployments as never, { verb: "update", name: "web", subresource: "scale", body }).object;
  };
  const plain = world({ matchConstraints: { resourceRules: [rule] }, ...few });
  expect(scale(plain, 9)).toMatchObject({ kind: "Scale", spec: { replicas: 9 } });
  const scales = { ...rule, resources: ["deployments/scale"] };
  const kind = {
    expression: "request.kind.kind == 'Scale' && object.kind == 'Scale' && request.subResource == 'scale'",
  };
  const test = world({ matchConstraints: { resourceRules: [scales] }, validations: [kind, ...few.validations] });
  expect(() => scale(test, 9)).toThrow("failed expression: object.spec.replicas <= 5");
});

it("API113 warns and notes instead of refusing, as the binding says", () => {
  const test = world(
    {
      validations: [{ expression: "false", message: "never" }],
      auditAnnotations: [{ key: "who", valueExpression: "request.userInfo.username" }],
    },
    { validationActions: ["Warn", "Audit"] },
  );
  const { warnings } = test.server.request(request(pods as never, { verb: "create", body: podDraft("a") }));
  expect(warnings).toEqual(["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': never"]);
  const noted = test.sim.journal.since(0).filter(({ kind }) => kind === "audit");
  expect(noted.map(({ detail }) => detail)).toEqual([
    'validation.policy.admission.k8s.io/validation_failure: [{"message":"never","policy":"p","binding":"b","expressionIndex":0,"validationActions":["Warn","Audit"]}]',
    "p/who: tester",
  ]);
});

it("API114 parameters come from the objects that the binding names", () => {
  const spec = {
    paramKind: { apiVersion: "v1", kind: "ConfigMap" },
    validations: [
      {
        expression: "object.metadata.name.startsWith(params.data.prefix)",
        messageExpression: "'wants ' + params.data.prefix",
      },
    ],
  };
  const test = world(spec, { paramRef: { name: "limits", parameterNotFoundAction: "Deny" } });
  expect(refusal(() => test.create(pods, podDraft("a")))?.message).toBe(
    `pods "a" is forbidden: ${DENIED}failed to configure binding: no params found for policy binding with \`Deny\` parameterNotFoundAction`,
  );
  test.create(configMaps, { metadata: { name: "limits" }, data: { prefix: "web-" } });
  expect(refusal(() => test.create(pods, podDraft("a")))?.message).toContain("wants web-");
  expect(test.create(pods, podDraft("web-a")).metadata.name).toBe("web-a");

  const selected = world(spec, {
    paramRef: { selector: { matchLabels: { kind: "limit" } }, parameterNotFoundAction: "Allow" },
  });
  expect(selected.create(pods, podDraft("a")).metadata.name).toBe("a");
  for (const prefix of ["b", "bc"]) {
    selected.create(configMaps, { metadata: { name: prefix, labels: { kind: "limit" } }, data: { prefix } });
  }
  expect(refusal(() => selected.create(pods, podDraft("ba")))?.message).toContain("wants bc");
});

it("API114 a kind of parameters that nobody serves refuses", () => {
  const test = world({
    paramKind: { apiVersion: "rules.example.com/v1", kind: "Limit" },
    validations: [{ expression: "true" }],
  });
  expect(refusal(() => test.create(pods, podDraft("a")))?.message).toBe(
    `pods "a" is forbidden: ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'rules.example.com/v1, Kind=Limit'`,
  );
});

const BROKEN: [string, Partial<PolicySpec>][] = [
  [
    "spec.validations[0].expression: Invalid value: \"object.x == y\": compilation failed: ERROR: <input>:1:13: undeclared reference to 'y' (in container '')",
    { validations: [{ expression: "object.x == y" }] },
  ],
  [
    "spec.validations[0].expression: Invalid value: \"'a'\": must evaluate to bool",
    { validations: [{ expression: "'a'" }] },
  ],
  [
    "spec.validations[0].expression: Invalid value: \"variables.b\": compilation failed: ERROR: <input>:1:10: undefined field 'b'",
    { variables: [{ name: "a", expression: "1" }], validations: [{ expression: "variables.b" }] },
  ],
  ["undeclared reference to 'params'", { validations: [{ expression: "params.a == 1" }] }],
];

it("API115 expressions must compile, to the right type", () => {
  for (const [why, spec] of BROKEN) expect(() => world(spec)).toThrow(why);
});

it("API407 a policy's status warns of what doesn't fit the types that it is about", () => {
  const test = new TestServer();
  const rule = (group: string, ...resources: string[]) => ({
    apiGroups: [group],
    apiVersions: ["v1"],
    operations: ["CREATE"],
    resources,
  });
  const make = (name: string, spec: Partial<PolicySpec>) =>
    test.create(validatingAdmissionPolicies, { metadata: { name }, spec }).status;
  const wrong = { validations: [{ expression: "object.replicas > 1" }] };
  const complaint = [
    "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'replicas'",
    " | object.replicas > 1",
    " | ......^",
    "",
  ].join("\n");
  const field = "spec.validations[0].expression";
  expect(make("wrong", { matchConstraints: { resourceRules: [rule("apps", "deployments")] }, ...wrong })).toEqual({
    observedGeneration: 1,
    typeChecking: { expressionWarnings: [{ fieldRef: field, warning: complaint }] },
  });
  expect(make("any", { matchConstraints: { resourceRules: [rule("*", "deployments")] }, ...wrong })).toEqual({
    observedGeneration: 1,
    typeChecking: {},
  });
  const both = make("both", {
    matchConstraints: { resourceRules: [rule("apps", "deployments", "deployments/scale"), rule("", "pods")] },
    variables: [{ name: "count", expression: "object.spec.replicas" }],
    validations: [
      {
        expression: "variables.count > 1 && object.metadata.creationTimestamp < timestamp('2030-01-01T00:00:00Z')",
        messageExpression: "'image ' + string(object.spec.containers[0].imag)",
      },
    ],
  });
  const warned = both?.typeChecking?.expressionWarnings ?? [];
  expect(warned.map(({ fieldRef }) => fieldRef)).toEqual(["spec.validations[0].messageExpression"]);
  expect(warned[0]?.warning.split("\n").filter((line) => line.includes("Kind="))).toEqual([
    "/v1, Kind=Pod: ERROR: <input>:1:44: undefined field 'imag'",
    "apps/v1, Kind=Deployment: ERROR: <input>:1:30: undefined field 'containers'",
  ]);
  const old = test.get(validatingAdmissionPolicies, "wrong");
  const right = { ...old, spec: { ...old.spec, validations: [{ expression: "object.spec.replicas > 1" }] } };
  expect(test.update(validatingAdmissionPolicies, right).status).toEqual({ observedGeneration: 2, typeChecking: {} });
});
