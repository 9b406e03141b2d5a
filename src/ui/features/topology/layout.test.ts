import { describe, expect, it } from "vitest";
import type { NodeView, PodView, ServiceView, WorkloadView } from "../../../worker/protocol.ts";
import type { Box } from "./geometry.ts";
import { layoutCluster, type SeaInput } from "./layout-cluster.ts";
import { layoutOwners } from "./layout-owners.ts";
import { nextStation } from "./stations.ts";

const room = { width: 770, height: 480 };

function node(name: string, roles: string[] = []): NodeView {
  return {
    name,
    roles,
    podCIDR: "10.244.1.0/24",
    address: "192.168.49.2",
    state: "ready",
    schedulable: true,
    powered: true,
    cpu: { allocatableMilli: 4000, requestedMilli: 0 },
    memory: { allocatableBytes: 1, requestedBytes: 0 },
    pods: { count: 0, capacity: 110 },
  };
}

function pod(name: string, where = "worker-1", more: Partial<PodView> = {}): PodView {
  return {
    uid: `uid-${name}`,
    namespace: "default",
    name,
    node: where,
    state: "running",
    status: "Running",
    ready: true,
    readyContainers: 1,
    containers: 1,
    restarts: 0,
    ip: "",
    owner: "",
    family: "Deployment/web",
    system: false,
    ...more,
  };
}

function service(name: string, endpoints: ServiceView["endpoints"]): ServiceView {
  return {
    uid: `uid-${name}`,
    namespace: "default",
    name,
    type: "NodePort",
    clusterIP: "10.96.0.1",
    ports: ["80"],
    endpoints,
    system: false,
  };
}

function input(pods: PodView[], more: Partial<SeaInput> = {}): SeaInput {
  const nodes = [node("worker-10"), node("worker-2"), node("worker-1"), node("cp", ["control-plane"])];
  return { nodes, pods, services: [], room, ...more };
}

function overlaps(boxes: Box[]): number {
  let count = 0;
  for (const [index, a] of boxes.entries()) {
    for (const b of boxes.slice(index + 1)) {
      if (a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height) count++;
    }
  }
  return count;
}

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `web-${String(at).padStart(3, "0")}`);

describe("the cluster's layout", () => {
  it("orders docks by role, then by name as people count", () => {
    const { docks } = layoutCluster(input([]));
    expect(docks.map((dock) => dock.node.name)).toEqual(["cp", "worker-1", "worker-2", "worker-10"]);
  });

  it("is the same for the same cluster, in whatever order it is told", () => {
    const pods = names(20).map((name, at) => pod(name, `worker-${(at % 2) + 1}`));
    const boxes = (all: PodView[]) => [...layoutCluster(input(all)).pods].map(([uid, { x, y }]) => [uid, x, y]).sort();
    expect(boxes(pods.toReversed())).toEqual(boxes(pods));
  });

  it.each([1, 7, 60, 61, 400, 801])("keeps %i pods inside their docks and apart", (count) => {
    const layout = layoutCluster(input(names(count).map((name) => pod(name))));
    const [dock] = layout.docks.filter((one) => one.node.name === "worker-1");
    const boxes = [...layout.pods.values()];
    expect(boxes).toHaveLength(count);
    expect(overlaps(boxes)).toBe(0);
    expect(overlaps(layout.docks)).toBe(0);
    for (const box of boxes) {
      expect(box.x).toBeGreaterThan(dock?.x ?? Infinity);
      expect(box.x + box.width).toBeLessThan((dock?.x ?? 0) + (dock?.width ?? 0));
      expect(box.y + box.height).toBeLessThan((dock?.y ?? 0) + (dock?.height ?? 0));
    }
  });

  it("moves nobody when a pod leaves, and gives its place to the next that comes", () => {
    const before = layoutCluster(input(names(6).map((name) => pod(name))));
    const left = names(6).filter((name) => name !== "web-002");
    const after = layoutCluster(input([...left, "aaa-new"].map((name) => pod(name))), before);
    for (const name of left) {
      const [was, is] = [before.pods.get(`uid-${name}`), after.pods.get(`uid-${name}`)];
      expect([is?.x, is?.y]).toEqual([was?.x, was?.y]);
    }
    expect(after.pods.get("uid-aaa-new")?.y).toBe(before.pods.get("uid-web-002")?.y);
  });

  it("lets pods without a node wait in the lane, above services and away from the docks", () => {
    const layout = layoutCluster(input([pod("late", ""), pod("web-1")], { services: [service("web", [])] }));
    expect(layout.pods.get("uid-late")?.place).toBe("lane");
    expect(layout.lane?.count).toBe(1);
    expect(overlaps([layout.lane as Box, layout.laptop, ...layout.services, ...layout.docks])).toBe(0);
  });

  it("draws a crowd in the lane in part and says how many it leaves out", () => {
    const { lane } = layoutCluster(input(names(50).map((name) => pod(name, ""))));
    expect([lane?.count, lane?.hidden]).toEqual([50, 38]);
  });

  it("leads lines from a service to its endpoints and marks those that do not answer", () => {
    const pods = [pod("a"), pod("b")];
    const endpoints = [
      { pod: "uid-a", ready: true },
      { pod: "uid-b", ready: false },
      { pod: "uid-gone", ready: true },
    ];
    const { edges } = layoutCluster(input(pods, { services: [service("web", endpoints)] }));
    expect(edges.map(({ to, ready }) => [to, ready])).toEqual([
      ["service/uid-web", true],
      ["pod/uid-a", true],
      ["pod/uid-b", false],
    ]);
  });

  it("bundles lines by node where there are many", () => {
    const pods = names(300).map((name, at) => pod(name, `worker-${(at % 2) + 1}`));
    const endpoints = pods.map(({ uid }) => ({ pod: uid, ready: true }));
    const { edges } = layoutCluster(input(pods, { services: [service("web", endpoints)] }));
    expect(edges.map((edge) => edge.to)).toEqual(["service/uid-web", "node/worker-1", "node/worker-2"]);
  });

  it("stands from top to bottom in a narrow sea", () => {
    const layout = layoutCluster(
      input([pod("a")], { room: { width: 320, height: 600 }, services: [service("web", [])] }),
    );
    expect(new Set(layout.docks.map((dock) => dock.x)).size).toBe(1);
    expect((layout.services[0]?.y ?? 0) + (layout.services[0]?.height ?? 0)).toBeLessThan(layout.docks[0]?.y ?? 0);
  });
});

describe("the owners' layout", () => {
  const workload = (kind: string, name: string, owner = "", revision = ""): WorkloadView => ({
    uid: `uid-${name}`,
    kind,
    namespace: "default",
    name,
    owner,
    desired: 1,
    ready: 1,
    revision,
    family: "Deployment/web",
    system: false,
  });

  it("puts owners left of what they own, the newest revision first", () => {
    const workloads = [
      workload("Deployment", "web"),
      workload("ReplicaSet", "web-old", "uid-web", "1"),
      workload("ReplicaSet", "web-new", "uid-web", "2"),
    ];
    const layout = layoutOwners({ workloads, pods: [pod("p", "worker-1", { owner: "uid-web-new" }), pod("alone")] });
    const at = new Map(layout.workloads.map((placed) => [placed.workload.name, placed]));
    expect(at.get("web")?.x).toBeLessThan(at.get("web-new")?.x ?? 0);
    expect(at.get("web-new")?.y).toBeLessThan(at.get("web-old")?.y ?? 0);
    expect(layout.pods.get("uid-p")?.x).toBeGreaterThan(at.get("web-new")?.x ?? Infinity);
    expect(overlaps([...layout.workloads, ...layout.pods.values()])).toBe(0);
  });
});

describe("arrow keys", () => {
  const box = (x: number, y: number): Box => ({ x, y, width: 20, height: 20 });
  const stations = new Map([
    ["pod/here", box(100, 100)],
    ["pod/right", box(160, 104)],
    ["pod/far-right", box(300, 100)],
    ["pod/below", box(104, 160)],
  ]);

  it("go to the nearest thing in their direction", () => {
    expect(nextStation(stations, "pod/here", "ArrowRight")).toBe("pod/right");
    expect(nextStation(stations, "pod/here", "ArrowDown")).toBe("pod/below");
    expect(nextStation(stations, "pod/here", "ArrowLeft")).toBeUndefined();
    expect(nextStation(stations, "pod/here", "x")).toBeUndefined();
  });
});
