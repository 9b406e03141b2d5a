import { describe, expect, it } from "vitest";
import { configMaps, persistentVolumeClaims, persistentVolumes, pods } from "../api/registry.ts";
import type { FileSystem } from "../base/program.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { defineImage } from "../images/define-image.ts";
import { worker } from "./testing/test-images.ts";
import { TestNode } from "./testing/test-node.ts";

setDeepFreeze(true);

const image = "test/worker:v1";
const artifact = defineImage({
  name: "docker.io/test/artifact",
  tags: { v1: { size: 1000 } },
  userland: "none",
  files: { "/models/small.bin": "weights" },
});

function setConfig(node: TestNode, data: Record<string, string>): void {
  const client = node.admin.resource(configMaps);
  const draft = { metadata: { namespace: "default", name: "settings" }, data };
  try {
    client.create(draft);
  } catch {
    client.update({ ...client.get("default", "settings"), data });
  }
}

function files(node: TestNode, name = "app"): FileSystem {
  const fs = node.kubelet.worker("default", name)?.slots[0]?.current?.fs;
  if (fs === undefined) throw new Error(`${name} has no container`);
  return fs;
}

describe("volumes whose files follow their source", () => {
  const node = new TestNode({ images: [worker] });
  setConfig(node, { color: "blue", size: "big" });
  node.bind("app", {
    securityContext: { fsGroup: 2000 },
    volumes: [
      { name: "config", configMap: { name: "settings", defaultMode: 0o400 } },
      {
        name: "facts",
        downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] },
      },
    ],
    containers: [
      {
        name: "app",
        image,
        volumeMounts: [
          { name: "config", mountPath: "/etc/settings" },
          { name: "config", mountPath: "/etc/color", subPath: "color" },
          { name: "facts", mountPath: "/facts" },
        ],
      },
    ],
  });
  node.sim.runUntilIdle(60_000);

  it("are links into a directory that is exchanged as a whole", () => {
    const fs = files(node);
    const target = fs.readlink("/etc/settings/..data");
    expect(target).toMatch(/^\.\.2026_01_01_00_00_\d\d\.\d+$/);
    expect(fs.readlink("/etc/settings/color")).toBe("..data/color");
    expect(fs.readdir("/etc/settings")).toEqual([target, "..data", "color", "size"]);
    expect(fs.stat("/etc/settings")).toMatchObject({ mode: 0o2777, gid: 2000 });
    expect(fs.stat("/etc/settings/color")).toMatchObject({ mode: 0o440, gid: 2000 });
    setConfig(node, { color: "red" });
    node.sim.runUntil(node.sim.now + 30_000);
    expect(fs.readFile("/etc/settings/color")).toBe("blue");
    node.sim.runUntil(node.sim.now + 70_000);
    expect(fs.readFile("/etc/settings/color")).toBe("red");
    expect(fs.readdir("/etc/settings")).toEqual([fs.readlink("/etc/settings/..data"), "..data", "color"]);
    expect(fs.readlink("/etc/settings/..data")).not.toBe(target);
  });

  it("stay as they were where a subPath is mounted", () => {
    expect(files(node).readFile("/etc/color")).toBe("blue");
    expect(files(node).lstat("/etc/color")).toMatchObject({ type: "file", mode: 0o440 });
    expect(() => files(node).writeFile("/etc/color", "green")).toThrow("EROFS");
  });

  it("follow at once when the pod itself changes", () => {
    node.admin.resource(pods).patch("default", "app", { metadata: { labels: { tier: "web" } } });
    setConfig(node, { color: "white" });
    node.sim.runUntil(node.sim.now + 2000);
    expect(files(node).readFile("/facts/labels")).toBe('tier="web"');
    expect(files(node).readFile("/etc/settings/color")).toBe("white");
  });
});

describe("a pod's volumes", () => {
  const node = new TestNode({ images: [worker, artifact] });
  const mount = { name: "data", mountPath: "/data" };

  it("an emptyDir belongs to the fsGroup, outlives its containers and the node's power; in memory only the former", () => {
    node.bind("kept", {
      securityContext: { fsGroup: 3000 },
      volumes: [
        { name: "data", emptyDir: {} },
        { name: "fast", emptyDir: { medium: "Memory" } },
      ],
      containers: [
        {
          name: "app",
          image,
          env: [{ name: "WHO", value: "me" }],
          volumeMounts: [
            mount,
            { name: "fast", mountPath: "/fast" },
            { ...mount, mountPath: "/own", subPathExpr: "$(WHO)" },
          ],
        },
      ],
    });
    node.sim.runUntilIdle(60_000);
    const fs = files(node, "kept");
    expect(fs.stat("/data")).toMatchObject({ mode: 0o2777, gid: 3000 });
    for (const path of ["/data/note", "/fast/note", "/own/note"]) fs.writeFile(path, "x");
    expect([fs.stat("/data/note").gid, fs.readFile("/data/me/note")]).toEqual([3000, "x"]);
    node.kubelet.worker("default", "kept")?.slots[0]?.current?.kill("SIGKILL");
    node.sim.runUntil(node.sim.now + 30_000);
    expect(files(node, "kept").exists("/fast/note")).toBe(true);
    node.kubelet.powerOff();
    node.sim.runUntil(node.sim.now + 10_000);
    node.kubelet.powerOn();
    node.sim.runUntil(node.sim.now + 60_000);
    expect(["/data/note", "/fast/note"].map((path) => files(node, "kept").exists(path))).toEqual([true, false]);
  });

  it("a subPathExpr without its variable keeps the container back", () => {
    node.bind("unset", {
      volumes: [{ name: "data", emptyDir: {} }],
      containers: [{ name: "app", image, volumeMounts: [{ ...mount, subPathExpr: "$(NOBODY)" }] }],
    });
    node.sim.runUntil(node.sim.now + 5000);
    expect(node.pod("unset").status.containerStatuses?.[0]?.state?.waiting).toEqual({
      reason: "CreateContainerConfigError",
      message: 'missing value for "NOBODY"',
    });
  });

  it("an image is a read-only volume, pulled for the container that mounts it", () => {
    node.bind("reader", {
      volumes: [{ name: "model", image: { reference: "test/artifact:v1", pullPolicy: "IfNotPresent" } }],
      containers: [{ name: "app", image, volumeMounts: [{ name: "model", mountPath: "/m", subPath: "models" }] }],
    });
    node.sim.runUntil(node.sim.now + 30_000);
    expect(files(node, "reader").readFile("/m/small.bin")).toBe("weights");
    expect(() => files(node, "reader").writeFile("/m/x", "")).toThrow("EROFS");
    expect(node.events("reader").slice(0, 2)).toEqual([
      'Pulling Pulling image "test/artifact:v1"',
      expect.stringMatching(/^Pulled Successfully pulled image "test\/artifact:v1" in .*Image size: 1000 bytes\.$/),
    ]);
  });

  it("what is missing is told with upstream's texts, at once or when the wait is over", () => {
    node.bind("claimless", {
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "none" } }],
      containers: [{ name: "app", image, volumeMounts: [mount] }],
    });
    node.bind("ephemeral", {
      volumes: [{ name: "data", ephemeral: { volumeClaimTemplate: { spec: CLAIM } } }],
      containers: [{ name: "app", image, volumeMounts: [mount] }],
    });
    volume(node, "elsewhere", ["worker-2"]);
    node.bind("elsewhere", {
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "elsewhere" } }],
      containers: [{ name: "app", image, volumeMounts: [mount] }],
    });
    node.admin.resource(persistentVolumeClaims).create({
      metadata: { namespace: "default", name: "ephemeral-data" },
      spec: CLAIM,
    });
    node.bind("configless", {
      volumes: [
        { name: "here", emptyDir: {} },
        { name: "config", configMap: { name: "none" } },
      ],
      containers: [{ name: "app", image, volumeMounts: [{ name: "config", mountPath: "/c" }] }],
    });
    node.sim.runUntil(node.sim.now + 130_000);
    const unable = "FailedMount Unable to attach or mount volumes:";
    expect(node.events("claimless")[0]).toMatch(
      `${unable} unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: error processing PVC default/none: failed to fetch PVC from API server: persistentvolumeclaim "none" not found`,
    );
    expect(node.events("ephemeral")[0]).toMatch(
      `${unable} unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: error processing PVC default/ephemeral-data: PVC default/ephemeral-data was not created for pod default/ephemeral (pod is not owner)`,
    );
    expect(node.events("elsewhere").at(-1)).toMatch(
      'FailedMount MountVolume.NodeAffinity check failed for volume "pv-elsewhere" : no matching NodeSelectorTerms',
    );
    expect(node.events("configless")).toEqual([
      `${unable} unmounted volumes=[config], unattached volumes=[], failed to process volumes=[]: context deadline exceeded`,
      expect.stringMatching(/^FailedMount MountVolume.SetUp failed for volume "config" : configmap "none" not found/),
    ]);
  });
});

/** A volume on some nodes' disks, bound to a claim of its name. */
function volume(node: TestNode, name: string, hosts: string[]): void {
  const { accessModes } = CLAIM;
  const matchExpressions = [{ key: "kubernetes.io/hostname", operator: "In", values: hosts }];
  node.admin.resource(persistentVolumes).create({
    metadata: { name: `pv-${name}` },
    spec: {
      ...{ accessModes, capacity: { storage: "1Gi" }, hostPath: { path: "/data" } },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } },
    },
  });
  const claims = node.admin.resource(persistentVolumeClaims);
  const claim = claims.create({
    metadata: { namespace: "default", name },
    spec: { ...CLAIM, volumeName: `pv-${name}` },
  });
  claims.updateStatus({ ...claim, status: { phase: "Bound", accessModes } });
}

const CLAIM = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
