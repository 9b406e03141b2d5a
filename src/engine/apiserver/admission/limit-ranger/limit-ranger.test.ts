import { expect, it } from "vitest";
import { limitRanges, pods } from "../../../api/registry.ts";
import type { LimitRangeItem } from "../../../api/generated/types.ts";
import { podDraft, TestServer } from "../../testing/test-server.ts";
import { claimComplaints } from "./constraints.ts";

function world(...limits: LimitRangeItem[]): TestServer {
  const test = new TestServer();
  test.create(limitRanges, { metadata: { name: "r" }, spec: { limits } });
  return test;
}

function pod(name: string, resources: object, rest: object = {}) {
  return podDraft(name, { spec: { containers: [{ name: "app", image: "nginx", resources }], ...rest } });
}

it("API103 containers get the defaults that they lack, and the pod says which", () => {
  const test = world({ type: "Container", default: { cpu: "1", memory: "256Mi" }, defaultRequest: { cpu: "100m" } });
  const init = { name: "setup", image: "busybox" };
  const { spec, metadata } = test.create(pods, pod("a", { requests: { cpu: "200m" } }, { initContainers: [init] }));
  expect(spec.containers[0]?.resources).toEqual({
    requests: { cpu: "200m", memory: "256Mi" },
    limits: { cpu: "1", memory: "256Mi" },
  });
  expect(spec.initContainers?.[0]?.resources).toEqual({
    requests: { cpu: "100m", memory: "256Mi" },
    limits: { cpu: "1", memory: "256Mi" },
  });
  expect(metadata.annotations).toEqual({
    "kubernetes.io/limit-ranger":
      "LimitRanger plugin set: memory request for container app; cpu, memory limit for container app; cpu, memory request for init container setup; cpu, memory limit for init container setup",
  });
});

it("API103 pods of one template share the completed spec; a changed range counts from then on", () => {
  const test = world({ type: "Container", default: { cpu: "1" } });
  const { spec } = podDraft("x");
  const create = (name: string) => test.create(pods, { metadata: { name }, spec }).spec;
  expect(create("a")).toBe(create("b"));
  test.delete(limitRanges as never, "r");
  expect(create("c").containers[0]?.resources ?? {}).toEqual({});
});

it.each<[string, LimitRangeItem, object]>([
  [
    "minimum cpu usage per Container is 100m, but request is 50m",
    { type: "Container", min: { cpu: "100m" } },
    { requests: { cpu: "50m" } },
  ],
  [
    "maximum memory usage per Container is 1Gi, but limit is 2Gi",
    { type: "Container", max: { memory: "1Gi" } },
    { limits: { memory: "2Gi" } },
  ],
  ["maximum memory usage per Pod is 1Gi.  No limit is specified", { type: "Pod", max: { memory: "1Gi" } }, {}],
  ["minimum cpu usage per Pod is 1.  No request is specified", { type: "Pod", min: { cpu: "1" } }, {}],
  [
    "cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000",
    { type: "Container", maxLimitRequestRatio: { cpu: "2" } },
    { requests: { cpu: "250m" }, limits: { cpu: "1" } },
  ],
  [
    "[maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi]",
    { type: "Container", max: { cpu: "1", memory: "1Gi" } },
    { limits: { cpu: "2", memory: "2Gi" } },
  ],
])("API104 refuses: %s", (why, item, resources) => {
  expect(() => world(item).create(pods, pod("a", resources))).toThrow(`pods "a" is forbidden: ${why}`);
});

it("API104 other namespaces are free", () => {
  const test = world({ type: "Pod", max: { memory: "1Gi" } });
  expect(test.create(pods, podDraft("a"), {}, "kube-system").metadata.namespace).toBe("kube-system");
});

it("API104 a claim's request is measured", () => {
  const metadata = { name: "c", namespace: "default", uid: "", resourceVersion: "", creationTimestamp: "" };
  const limits = [{ type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: "2Gi" } }];
  const range = { apiVersion: "v1", kind: "LimitRange", metadata, spec: { limits } };
  const claim = (requests: Record<string, string>) => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata,
    spec: { resources: { requests } },
    status: {},
  });
  expect(claimComplaints(claim({ storage: "1500Mi" }), range)).toEqual([]);
  expect(claimComplaints(claim({ storage: "3Gi" }), range)).toEqual([
    "maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi",
  ]);
  expect(claimComplaints(claim({}), range)).toEqual([
    "minimum storage usage per PersistentVolumeClaim is 1Gi.  No request is specified",
    "maximum storage usage per PersistentVolumeClaim is 2Gi.  No request is specified",
  ]);
});
