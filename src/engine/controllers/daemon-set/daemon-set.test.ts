import { describe, expect, it } from "vitest";
import type { Pod, Taint } from "../../api/generated/types.ts";
import { controllerRevisions, daemonSets, nodes, pods } from "../../api/registry.ts";
import { podTemplate, TestControlPlane } from "../testing/test-control-plane.ts";
import type { TestOptions } from "../testing/test-control-plane.ts";
import { targetNode } from "./pod-template.ts";

function start(spec: object = {}, options: TestOptions = {}): TestControlPlane {
  const plane = new TestControlPlane(options);
  plane.create(daemonSets, {
    metadata: { name: "agent" },
    spec: { selector: { matchLabels: { app: "agent" } }, template: podTemplate("agent", "busybox:1"), ...spec },
  });
  return plane;
}
const edit = (plane: TestControlPlane, spec: object) =>
  plane.edit(daemonSets, "agent", (set) => ({ ...set, spec: { ...set.spec, ...spec } }));
const roll = (plane: TestControlPlane, image = "busybox:2") => edit(plane, { template: podTemplate("agent", image) });
const placed = (plane: TestControlPlane) =>
  Object.fromEntries(plane.pods().map((pod) => [targetNode(pod), pod.spec.containers[0]?.image]));
const editNode = (
  plane: TestControlPlane,
  name: string,
  { labels = {}, ...spec }: { labels?: object; taints?: Taint[]; unschedulable?: boolean },
) =>
  plane.edit(nodes, name, (node) => ({
    ...node,
    metadata: { ...node.metadata, labels: { ...node.metadata.labels, ...labels } },
    spec: { ...node.spec, ...spec },
  }));
const taint = (effect: string) => ({ taints: [{ key: "dedicated", value: "db", effect }] });
const revisionNumbers = (plane: TestControlPlane) =>
  plane
    .list(controllerRevisions)
    .map(({ revision }) => revision)
    .sort();
const isGoing = ({ metadata }: Pod) => metadata.deletionTimestamp !== undefined;
const status = (plane: TestControlPlane) => plane.get(daemonSets, "agent").status;
const ALL_1 = { "worker-1": "busybox:1", "worker-2": "busybox:1", "worker-3": "busybox:1" };
const ALL_2 = { "worker-1": "busybox:2", "worker-2": "busybox:2", "worker-3": "busybox:2" };

describe("a daemon set", () => {
  it("has a pod for each node, with an event each, and counts them", () => {
    const plane = start();
    plane.settle();
    expect(placed(plane)).toEqual(ALL_1);
    expect(plane.events("agent").toSorted()).toEqual(
      plane.pods().map(({ metadata }) => `Normal SuccessfulCreate Created pod: ${metadata.name}`),
    );
    expect(status(plane)).toEqual({
      observedGeneration: 1,
      desiredNumberScheduled: 3,
      currentNumberScheduled: 3,
      updatedNumberScheduled: 3,
      numberReady: 3,
      numberAvailable: 3,
      numberMisscheduled: 0,
    });
  });

  it("gives its pods labels, tolerations and the name of their node", () => {
    const plane = start();
    plane.settle();
    const [pod] = plane.pods();
    const [revision] = plane.list(controllerRevisions);
    const hash = revision?.metadata.labels?.["controller-revision-hash"];
    expect(revision?.metadata.name).toBe(`agent-${hash}`);
    expect(pod?.metadata.labels).toEqual({
      app: "agent",
      "controller-revision-hash": hash,
      "pod-template-generation": "1",
    });
    const on = (condition: string, effect: string) => ({
      key: `node.kubernetes.io/${condition}`,
      operator: "Exists",
      effect,
    });
    expect(pod?.spec.tolerations).toEqual([
      on("not-ready", "NoExecute"),
      on("unreachable", "NoExecute"),
      on("disk-pressure", "NoSchedule"),
      on("memory-pressure", "NoSchedule"),
      on("pid-pressure", "NoSchedule"),
      on("unschedulable", "NoSchedule"),
    ]);
    expect(pod?.spec.affinity).toEqual({
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchFields: [{ key: "metadata.name", operator: "In", values: [pod && targetNode(pod)] }] },
          ],
        },
      },
    });
  });

  it("follows the labels of nodes", () => {
    const template = podTemplate("agent", "busybox:1") as { spec: object };
    const plane = start({ template: { ...template, spec: { ...template.spec, nodeSelector: { disk: "ssd" } } } });
    plane.settle();
    expect(placed(plane)).toEqual({});
    editNode(plane, "worker-2", { labels: { disk: "ssd" } });
    plane.settle();
    expect(placed(plane)).toEqual({ "worker-2": "busybox:1" });
    editNode(plane, "worker-2", { labels: { disk: "hdd" } });
    plane.settle();
    expect(placed(plane)).toEqual({});
    expect(status(plane)).toMatchObject({ desiredNumberScheduled: 0, numberMisscheduled: 0 });
  });

  it("stays off a tainted node, but leaves it only for NoExecute", () => {
    const plane = start();
    plane.settle();
    editNode(plane, "worker-1", taint("NoSchedule"));
    plane.settle();
    expect(placed(plane)).toEqual(ALL_1);
    expect(status(plane)).toMatchObject({ desiredNumberScheduled: 2, numberMisscheduled: 1 });
    editNode(plane, "worker-1", taint("NoExecute"));
    plane.settle();
    expect(placed(plane)).toEqual({ "worker-2": "busybox:1", "worker-3": "busybox:1" });
  });

  it("does not mind a cordoned node", () => {
    const plane = start();
    plane.settle();
    editNode(plane, "worker-1", { unschedulable: true });
    plane.settle();
    expect(status(plane)).toMatchObject({ desiredNumberScheduled: 3, numberMisscheduled: 0 });
  });

  it("puts a pod on a node that joins", () => {
    const plane = start();
    plane.settle();
    plane.kubelet.register("worker-4");
    plane.settle();
    expect(Object.keys(placed(plane)).toSorted()).toEqual(["worker-1", "worker-2", "worker-3", "worker-4"]);
  });

  it("replaces failed pods, each time later", () => {
    const plane = start({}, { kubelet: { nodes: ["worker-1"] } });
    plane.settle();
    const fail = (): string => {
      const pod = plane.pods()[0] as Pod;
      plane.client.resource(pods).updateStatus({ ...pod, status: { ...pod.status, phase: "Failed" } });
      return pod.metadata.name;
    };
    const first = fail();
    plane.pass(900);
    const second = fail();
    plane.pass(50);
    expect(plane.pods().map(({ metadata }) => [metadata.name, metadata.deletionTimestamp])).toEqual([
      [second, undefined],
    ]);
    plane.settle();
    expect(placed(plane)).toEqual({ "worker-1": "busybox:1" });
    expect(plane.events("agent").filter((text) => text.startsWith("Warning"))).toEqual(
      [first, second].map(
        (name) =>
          `Warning FailedDaemonPod Found failed daemon pod default/${name} on node worker-1, will try to kill it`,
      ),
    );
  });
});

describe("a rolling update of a daemon set", () => {
  it("replaces one pod after the other", () => {
    const plane = start({}, { kubelet: { stopMs: 2_000 } });
    plane.settle();
    roll(plane);
    let most = 0;
    while (!plane.sim.idle) {
      plane.sim.step();
      most = Math.max(most, 3 - (status(plane).numberAvailable ?? 0));
    }
    expect(placed(plane)).toEqual(ALL_2);
    expect(most).toBe(1);
    expect(revisionNumbers(plane)).toEqual([1, 2]);
  });

  it("takes as many at once as may be unavailable, a share rounded up", () => {
    const rollingUpdate = { maxUnavailable: "50%" };
    const plane = start({ updateStrategy: { type: "RollingUpdate", rollingUpdate } }, { kubelet: { stopMs: 5_000 } });
    plane.settle();
    roll(plane);
    plane.pass(1_000);
    expect(plane.pods().filter(isGoing)).toHaveLength(2);
  });

  it("with surge starts the new pod before the old one goes", () => {
    const rollingUpdate = { maxUnavailable: 0, maxSurge: 1 };
    const plane = start({ updateStrategy: { type: "RollingUpdate", rollingUpdate } });
    plane.settle();
    roll(plane);
    let fewest = 3;
    let most = 0;
    while (!plane.sim.idle) {
      plane.sim.step();
      const present = plane.pods().filter((pod) => !isGoing(pod));
      most = Math.max(most, present.length);
      const serving = present.filter(({ status: { conditions = [] } }) =>
        conditions.some((condition) => condition.type === "Ready" && condition.status === "True"),
      );
      fewest = Math.min(fewest, serving.length);
    }
    expect([fewest, most]).toEqual([3, 4]);
    expect(placed(plane)).toEqual(ALL_2);
  });

  it("with OnDelete leaves the pods until somebody deletes them", () => {
    const plane = start({ updateStrategy: { type: "OnDelete" } });
    plane.settle();
    roll(plane);
    plane.settle();
    expect(placed(plane)).toEqual(ALL_1);
    const victim = plane.pods().find((pod) => targetNode(pod) === "worker-2") as Pod;
    plane.client.resource(pods).delete("default", victim.metadata.name);
    plane.settle();
    expect(placed(plane)).toEqual({ ...ALL_1, "worker-2": "busybox:2" });
    expect(status(plane)).toMatchObject({ updatedNumberScheduled: 1 });
  });

  it("back moves the old revision to the end, and the history keeps to its limit", () => {
    const plane = start({ revisionHistoryLimit: 1 });
    plane.settle();
    for (const image of ["busybox:2", "busybox:1"]) {
      roll(plane, image);
      plane.settle();
    }
    expect(revisionNumbers(plane)).toEqual([2, 3]);
    roll(plane, "busybox:3");
    plane.settle();
    expect(revisionNumbers(plane)).toEqual([3, 4]);
  });
});
