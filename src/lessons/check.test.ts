import { describe, expect, it } from "vitest";
import type { KubeObject } from "../engine/api/meta/object.ts";
import { evaluate, valueAt } from "./check.ts";
import type { ClusterReader } from "./check.ts";

function object(kind: string, name: string, rest: object = {}): KubeObject {
  const metadata = {
    name,
    namespace: "default",
    uid: name,
    resourceVersion: "1",
    creationTimestamp: "",
    ...("labels" in rest && { labels: rest.labels as Record<string, string> }),
  };
  return { apiVersion: "v1", kind, metadata, ...rest } as KubeObject;
}

const objects = [
  object("Deployment", "web", {
    spec: { replicas: 3 },
    status: { readyReplicas: 2, conditions: [{ type: "Available", status: "False" }] },
  }),
  object("Pod", "web-1", { labels: { app: "web" }, status: { phase: "Running" } }),
  object("Pod", "web-2", { labels: { app: "web" }, status: { phase: "Pending" } }),
];
const reader: ClusterReader = {
  list: (kind) => objects.filter((item) => item.kind === kind),
  get: (kind, _namespace, name) => objects.find((item) => item.kind === kind && item.metadata.name === name),
  readyEndpoints: (_namespace, service) => (service === "web" ? 2 : 0),
  log: (_namespace, pod) => (pod === "web-1" ? "GET / 200\n" : ""),
};

describe("checks", () => {
  it("hold when what they say is true", () => {
    expect(evaluate({ type: "exists", kind: "Deployment", name: "web" }, reader)).toBeUndefined();
    expect(evaluate({ type: "absent", kind: "Deployment", name: "old" }, reader)).toBeUndefined();
    expect(
      evaluate({ type: "field", kind: "Deployment", name: "web", path: "spec.replicas", equals: 3 }, reader),
    ).toBeUndefined();
    expect(evaluate({ type: "count", kind: "Pod", selector: "app=web", atLeast: 2 }, reader)).toBeUndefined();
    expect(evaluate({ type: "endpoints", service: "web", equals: 2 }, reader)).toBeUndefined();
    expect(evaluate({ type: "log", selector: "app=web", contains: "GET /", atLeast: 1 }, reader)).toBeUndefined();
  });

  it("say what is not true yet", () => {
    expect(evaluate({ type: "exists", kind: "Service", name: "web" }, reader)).toEqual({
      key: "check.missing",
      values: { kind: "Service", name: "web" },
    });
    expect(evaluate({ type: "absent", kind: "Deployment", name: "web" }, reader)?.key).toBe("check.present");
    expect(
      evaluate({ type: "field", kind: "Deployment", name: "web", path: "status.readyReplicas", atLeast: 3 }, reader),
    ).toEqual({
      key: "check.field",
      values: { kind: "Deployment", name: "web", path: "status.readyReplicas", value: "2", wanted: "≥ 3" },
    });
    expect(
      evaluate({ type: "condition", kind: "Deployment", name: "web", condition: "Available" }, reader)?.values,
    ).toMatchObject({
      status: "False",
      wanted: "True",
    });
    const running = { path: "status.phase", equals: "Running" };
    expect(
      evaluate({ type: "count", kind: "Pod", selector: "app=web", where: [running], equals: 2 }, reader)?.values,
    ).toEqual({
      kind: "Pod",
      have: 1,
      want: 2,
    });
    expect(evaluate({ type: "log", selector: "app=web", contains: "GET /", atLeast: 2 }, reader)?.values).toMatchObject(
      { have: 1, want: 2 },
    );
  });

  it("stop at the first part that doesn't hold", () => {
    const all = {
      type: "all" as const,
      checks: [
        { type: "exists" as const, kind: "Deployment", name: "web" },
        { type: "exists" as const, kind: "Deployment", name: "first" },
        { type: "exists" as const, kind: "Deployment", name: "second" },
      ],
    };
    expect(evaluate(all, reader)?.values).toMatchObject({ name: "first" });
  });

  it("find values by dotted paths, list items and keys with dots", () => {
    const value = { spec: { ports: [{ nodePort: 31000 }] }, metadata: { annotations: { "a.b/c": "1" } } };
    expect(valueAt(value, "spec.ports.0.nodePort")).toBe(31000);
    expect(valueAt(value, "metadata.annotations.a\\.b/c")).toBe("1");
    expect(valueAt(value, "spec.ports.1.nodePort")).toBeUndefined();
  });
});
