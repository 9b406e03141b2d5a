import { describe, expect, it } from "vitest";
import { configMaps, pods, secrets } from "../api/registry.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { encodeBase64 } from "../base/base64.ts";
import { TestNode } from "./testing/test-node.ts";
import { worker } from "./testing/test-images.ts";

setDeepFreeze(true);

const image = "test/worker:v1";

function configMap(node: TestNode, name: string, data: Record<string, string>): void {
  node.admin.resource(configMaps).create({ metadata: { namespace: "default", name }, data });
}

function waiting(node: TestNode, name: string): unknown {
  return node.pod(name).status.containerStatuses?.[0]?.state?.waiting;
}

describe("a container's configuration", () => {
  it("waits for a missing ConfigMap, and starts when it is there", () => {
    const node = new TestNode({ images: [worker] });
    const env = [{ name: "COLOR", valueFrom: { configMapKeyRef: { name: "settings", key: "color" } } }];
    node.bind("app", { containers: [{ name: "app", image, env }] });
    node.sim.runUntil(node.sim.now + 5000);
    expect(waiting(node, "app")).toEqual({
      reason: "CreateContainerConfigError",
      message: 'configmap "settings" not found',
    });
    expect(node.events("app").at(-1)).toBe('Failed Error: configmap "settings" not found');
    configMap(node, "settings", { size: "big" });
    node.sim.runUntil(node.sim.now + 20_000);
    expect(waiting(node, "app")).toMatchObject({ message: "couldn't find key color in ConfigMap default/settings" });
    node.admin.resource(configMaps).update({
      ...node.admin.resource(configMaps).get("default", "settings"),
      data: { color: "blue" },
    });
    node.sim.runUntil(node.sim.now + 20_000);
    expect(node.kubelet.worker("default", "app")?.slots[0]?.current?.environment["COLOR"]).toBe("blue");
  });

  it("holds a pod back whose volume can't be set up", () => {
    const node = new TestNode({ images: [worker] });
    node.bind("app", {
      volumes: [{ name: "config", configMap: { name: "settings" } }],
      containers: [{ name: "app", image, volumeMounts: [{ name: "config", mountPath: "/etc/settings" }] }],
    });
    node.sim.runUntil(node.sim.now + 5000);
    expect(node.state("app")).toBe("ContainerCreating");
    expect(node.events("app")[0]).toMatch(
      'FailedMount MountVolume.SetUp failed for volume "config" : configmap "settings" not found',
    );
    configMap(node, "settings", { color: "blue" });
    node.sim.runUntil(node.sim.now + 10_000);
    const container = node.kubelet.worker("default", "app")?.slots[0]?.current;
    expect(container?.fs.readFile("/etc/settings/color")).toBe("blue");
  });

  it("shares an emptyDir between containers and shows secrets as files", () => {
    const node = new TestNode({ images: [worker] });
    node.admin.resource(secrets).create({
      metadata: { namespace: "default", name: "token" },
      data: { value: encodeBase64("s3cret") },
    });
    const volumeMounts = [
      { name: "shared", mountPath: "/data" },
      { name: "token", mountPath: "/token" },
    ];
    node.bind("app", {
      volumes: [
        { name: "shared", emptyDir: {} },
        { name: "token", secret: { secretName: "token" } },
      ],
      containers: ["a", "b"].map((name) => ({ name, image, volumeMounts })),
    });
    node.sim.runUntilIdle(60_000);
    const [a, b] = node.kubelet.worker("default", "app")?.slots.map(({ current }) => current) ?? [];
    a?.fs.writeFile("/data/hello", "from a");
    expect(b?.fs.readFile("/data/hello")).toBe("from a");
    expect(b?.fs.readFile("/token/value")).toBe("s3cret");
    expect(() => b?.fs.writeFile("/token/value", "x")).toThrow("EROFS");
  });

  it("refuses a pod that doesn't fit", () => {
    const node = new TestNode({ images: [worker], cpu: 2 });
    const big = (cpu: string) => ({ containers: [{ name: "app", image, resources: { requests: { cpu } } }] });
    node.bind("first", big("1500m"));
    node.sim.runUntilIdle(60_000);
    node.bind("second", big("1"));
    node.sim.runUntilIdle(60_000);
    const message = "Node didn't have enough resource: cpu, requested: 1000, used: 1500, capacity: 2000";
    expect(node.pod("second").status).toMatchObject({
      phase: "Failed",
      reason: "OutOfcpu",
      message: `Pod was rejected: ${message}`,
    });
    expect(node.events("second")).toEqual([`OutOfcpu ${message}`]);
  });

  it("counts no pod that somebody else has declared ended, though its containers still run", () => {
    const node = new TestNode({ images: [worker], cpu: 2 });
    const big = (cpu: string) => ({ containers: [{ name: "app", image, resources: { requests: { cpu } } }] });
    node.bind("first", big("1500m"));
    node.sim.runUntilIdle(60_000);
    const first = node.pod("first");
    node.admin.resource(pods).updateStatus({ ...first, status: { ...first.status, phase: "Failed" } });
    node.sim.runUntil(node.sim.now + 100);
    node.bind("second", big("1"));
    node.sim.runUntil(node.sim.now + 10_000);
    expect(node.pod("second").status.phase).toBe("Running");
  });
});
