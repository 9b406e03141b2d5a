import { expect, it } from "vitest";
import { pods, runtimeClasses } from "../../api/registry.ts";
import { podDraft, TestServer } from "../testing/test-server.ts";

function world(): TestServer {
  const test = new TestServer();
  test.create(runtimeClasses, {
    metadata: { name: "sandboxed" },
    handler: "runsc",
    overhead: { podFixed: { cpu: "100m" } },
    scheduling: { nodeSelector: { sandbox: "yes" }, tolerations: [{ key: "sandbox", operator: "Exists" }] },
  });
  return test;
}

it("API120 RuntimeClass: a pod gets overhead, node selector and tolerations of its class", () => {
  const { spec } = world().create(
    pods,
    podDraft("a", { spec: { runtimeClassName: "sandboxed", nodeSelector: { disk: "ssd" } } }),
  );
  expect(spec.overhead).toEqual({ cpu: "100m" });
  expect(spec.nodeSelector).toEqual({ disk: "ssd", sandbox: "yes" });
  expect(spec.tolerations?.map(({ key }) => key)).toContain("sandbox");
});

it.each<[string, object]>([
  ['pod rejected: RuntimeClass "kata" not found', { runtimeClassName: "kata" }],
  [
    "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    { runtimeClassName: "sandboxed", overhead: { cpu: "1" } },
  ],
  ["pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead", { overhead: { cpu: "1" } }],
  [
    "conflict: runtimeClass.scheduling.nodeSelector[sandbox] = yes; pod.spec.nodeSelector[sandbox] = no",
    { runtimeClassName: "sandboxed", nodeSelector: { sandbox: "no" } },
  ],
])("API120 refuses: %s", (why, spec) => {
  expect(() => world().create(pods, podDraft("a", { spec }))).toThrow(`pods "a" is forbidden: ${why}`);
});
