import { describe, expect, it } from "vitest";
import type { Ingress, PersistentVolume } from "../api/generated/types.ts";
import { ingresses, persistentVolumes } from "../api/registry.ts";
import { TestServer } from "./testing/test-server.ts";

const WARNING = "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead";

function ingressDraft(rules: object[]) {
  return {
    metadata: { name: "web", annotations: { "kubernetes.io/ingress.class": "nginx" } },
    spec: { rules },
  };
}

describe("kinds", () => {
  it("API60 warn of what they accept, and only of that", () => {
    const test = new TestServer();
    const send = (body: object, dryRun = false) =>
      test.send<Ingress>(ingresses as never, { verb: "create", body, options: { dryRun } });
    expect(send(ingressDraft([{ host: "a.example.com" }]), true).warnings).toEqual([WARNING]);
    expect(send(ingressDraft([{ host: "a.example.com" }])).warnings).toEqual([WARNING]);
    expect(() => send(ingressDraft([]))).toThrow("already exists");
    const answer = test.http("POST", "/apis/networking.k8s.io/v1/namespaces/default/ingresses", {
      body: { ...ingressDraft([]), apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: { name: "b" } },
    });
    expect([answer.status, answer.headers["warning"]]).toEqual([422, undefined]);
  });

  it("API61 date a phase when it changes, and then only", () => {
    const test = new TestServer();
    const volume = test.create(persistentVolumes, {
      metadata: { name: "disk" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/mnt" } },
    });
    const at = (object: PersistentVolume) => [object.status.phase, object.status.lastPhaseTransitionTime];
    expect(at(volume)).toEqual(["Pending", "2026-01-01T00:00:00Z"]);
    test.settle(90_000);
    const bound = test.update(persistentVolumes, { ...volume, status: { ...volume.status, phase: "Bound" } }, "status");
    expect(at(bound)).toEqual(["Bound", "2026-01-01T00:01:30Z"]);
    test.settle(90_000);
    const again = test.update(persistentVolumes, { ...bound, status: { ...bound.status, message: "well" } }, "status");
    expect(at(again)).toEqual(["Bound", "2026-01-01T00:01:30Z"]);
  });
});
