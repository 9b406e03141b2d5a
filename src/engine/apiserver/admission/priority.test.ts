import { expect, it } from "vitest";
import { pods, priorityClasses } from "../../api/registry.ts";
import { podDraft, TestServer } from "../testing/test-server.ts";

function world(): TestServer {
  const test = new TestServer();
  test.create(priorityClasses, { metadata: { name: "high" }, value: 100, preemptionPolicy: "Never" });
  return test;
}

it("API101 a pod gets the number and the policy of its class, and may say no others", () => {
  const test = world();
  const draft = (name: string, spec: object) => podDraft(name, { spec: { priorityClassName: "high", ...spec } });
  const { spec } = test.create(pods, draft("a", {}));
  expect([spec.priority, spec.preemptionPolicy]).toEqual([100, "Never"]);
  expect(test.create(pods, draft("b", { priority: 100 })).spec.priority).toBe(100);
  expect(() => test.create(pods, draft("c", { priority: 5 }))).toThrow(
    'pods "c" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 100 from the given PriorityClass name',
  );
  expect(() => test.create(pods, draft("c", { preemptionPolicy: "PreemptLowerPriority" }))).toThrow(
    'pods "c" is forbidden: the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod spec; priority admission controller computed Never from the given PriorityClass name',
  );
  expect(() => test.create(pods, podDraft("c", { spec: { priorityClassName: "gold" } }))).toThrow(
    'pods "c" is forbidden: no PriorityClass with name gold was found',
  );
});

it("API101 a pod without class gets the default class, 0 without one; pods of one template follow a changed default", () => {
  const test = world();
  const { spec } = podDraft("x");
  const create = (name: string) => test.create(pods, { metadata: { name }, spec }).spec;
  expect(create("a")).toMatchObject({ priority: 0, preemptionPolicy: "PreemptLowerPriority" });
  expect(create("a2").priorityClassName).toBeUndefined();
  test.create(priorityClasses, { metadata: { name: "usual" }, value: 7, globalDefault: true });
  expect(create("b")).toMatchObject({ priority: 7, priorityClassName: "usual" });
  test.delete(priorityClasses as never, "usual");
  expect(create("c").priority).toBe(0);
});

it("API101 an update that leaves the number out keeps it", () => {
  const test = world();
  const pod = test.create(pods, podDraft("a", { spec: { priorityClassName: "high" } }));
  const { priority: _number, preemptionPolicy: _policy, ...spec } = pod.spec;
  const metadata = { ...pod.metadata, labels: { touched: "yes" } };
  expect(test.update(pods, { ...pod, metadata, spec }).spec).toEqual(pod.spec);
});

it("API102 one class at most is the default", () => {
  const test = world();
  const usual = test.create(priorityClasses, { metadata: { name: "usual" }, value: 7, globalDefault: true });
  expect(() => test.create(priorityClasses, { metadata: { name: "other" }, value: 8, globalDefault: true })).toThrow(
    'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
  );
  expect(test.update(priorityClasses, { ...usual, description: "what most pods get" }).description).toBe(
    "what most pods get",
  );
});
