import { describe, expect, it } from "vitest";
import { pods } from "../api/registry.ts";
import { podDraft, TestServer } from "./testing/test-server.ts";

const POD = "/api/v1/namespaces/default/pods/web";
const merge = { "Content-Type": "application/strategic-merge-patch+json" };

function withPod(resources?: object): TestServer {
  const test = new TestServer();
  const container = { name: "app", image: "nginx", ...(resources && { resources }) };
  test.create(pods, podDraft("web", { spec: { containers: [container] } }));
  return test;
}

describe("parts of pods", () => {
  it("API185 ephemeral containers are added, and nothing else changes", () => {
    const test = withPod();
    const debug = { name: "debug", image: "busybox", targetContainerName: "app" };
    const patch = (containers: object[], more: object = {}) =>
      test.http("PATCH", `${POD}/ephemeralcontainers`, {
        headers: merge,
        body: { spec: { ephemeralContainers: containers, ...more } },
      });
    const added = patch([debug], { containers: [{ name: "app", image: "other" }] });
    expect([added.status, added.json.spec.ephemeralContainers]).toEqual([
      200,
      [expect.objectContaining({ name: "debug", image: "busybox", imagePullPolicy: "Always" })],
    ]);
    expect([added.json.spec.containers[0].image, added.json.metadata.generation]).toEqual(["nginx", 2]);
    expect(patch([{ ...debug, image: "alpine" }]).json.message).toContain(
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be changed',
    );
    const without = test.http("GET", `${POD}/ephemeralcontainers`).json;
    delete without.spec.ephemeralContainers;
    expect(test.http("PUT", `${POD}/ephemeralcontainers`, { body: without }).json.message).toContain(
      'existing ephemeral containers "debug" may not be removed',
    );
    expect(added.json.metadata.managedFields.at(-1).subresource).toBe("ephemeralcontainers");
  });

  it("API186 resize changes CPU and memory and leaves the rest to the kubelet", () => {
    const test = withPod({ requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "2", memory: "2Gi" } });
    const patch = (container: object, path = `${POD}/resize`) =>
      test.http("PATCH", path, { headers: merge, body: { spec: { containers: [{ name: "app", ...container }] } } });
    const resized = patch({ resources: { requests: { cpu: "1500m" } }, image: "other" });
    expect([resized.status, resized.json.spec.containers[0].resources.requests]).toEqual([
      200,
      { cpu: "1500m", memory: "1Gi" },
    ]);
    expect([resized.json.spec.containers[0].image, resized.json.metadata.generation]).toEqual(["nginx", 2]);
    expect(resized.json.status.conditions ?? []).toEqual([]);
    expect(patch({ resources: { limits: { memory: null } } }).json.message).toContain("cannot be removed");
    expect(patch({ resources: { requests: { cpu: "2", memory: "2Gi" } } }).json.message).toContain(
      "Pod QOS Class may not change as a result of resizing",
    );
    expect(patch({ resources: { requests: { cpu: "1" } } }, POD).status).toBe(422);
  });
});
