/** What topologySpreadConstraints say of where pods may be, and where they go without any: on a cloud's machines in two zones. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop({ seed: 1, preset: "cloud" });
const ZONE = "topology.kubernetes.io/zone";
const HOSTNAME = "kubernetes.io/hostname";

interface Wish {
  constraint?: object;
  spec?: object;
  labels?: Record<string, string>;
}

/** One pod after the other, each a second after the last; answers with their nodes, "" for one that waits. */
function place(app: string, ...wishes: Wish[]): string[] {
  return wishes.map(({ constraint, spec, labels }, index) => {
    const name = `${app}-${index + 1}`;
    const topologySpreadConstraints = [
      {
        ...{ maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: "DoNotSchedule" },
        labelSelector: { matchLabels: { app } },
        ...constraint,
      },
    ];
    const containers = [{ name: "main", image: "registry.k8s.io/pause:3.10" }];
    const metadata = { name, labels: { app, ...labels } };
    laptop.apply({ apiVersion: "v1", kind: "Pod", metadata, spec: { topologySpreadConstraints, containers, ...spec } });
    laptop.wait(1);
    return laptop.field(`pod ${name}`, ".spec.nodeName");
  });
}

/** worker-2 is in zone a with the control plane, worker-1 and worker-3 in zone b. */
const zoneOf = (node: string): string => (node === "worker-2" ? "a" : node === "" ? "" : "b");
const on = (node: string): object => ({ nodeSelector: { [HOSTNAME]: node } });
const refusals = (name: string): string[] => laptop.events(name).filter((text) => text.startsWith("Warning"));
const refused = (reasons: string, preemption: string): string[] => [
  `Warning FailedScheduling 0/4 nodes are available: ${reasons}. no new claims to deallocate, preemption: 0/4 nodes are available: ${preemption}.`,
];
const SKEWED = "node(s) didn't match pod topology spread constraints";
const TAINTED = "node(s) had untolerated taint(s)";

it("a zone has at most maxSkew more than the one that has least; ScheduleAnyway only prefers that", () => {
  const b = { spec: { nodeSelector: { [ZONE]: "europe-west3-b" } }, constraint: { nodeAffinityPolicy: "Ignore" } };
  expect(place("even", b, b).map(zoneOf)).toEqual(["b", ""]);
  expect(refusals("even-2")).toEqual(
    refused(
      `1 node(s) didn't match Pod's node affinity/selector, 1 ${TAINTED}, 2 ${SKEWED}`,
      "2 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling",
    ),
  );
  // What is missing in the other zone comes there, and the one that waits has its place at once.
  const a = { spec: on("worker-2"), constraint: { nodeAffinityPolicy: "Ignore" } };
  place("even", b, b, a);
  laptop.wait(10);
  expect(zoneOf(laptop.field("pod even-2", ".spec.nodeName"))).toBe("b");
  const anyway = { ...b, constraint: { ...b.constraint, whenUnsatisfiable: "ScheduleAnyway" } };
  expect(place("rather", anyway, anyway).map(zoneOf)).toEqual(["b", "b"]);
  const skew = { ...b, constraint: { ...b.constraint, maxSkew: 2 } };
  expect(place("loose", skew, skew, skew).map(zoneOf)).toEqual(["b", "b", ""]);
});

it("with fewer domains than minDomains the least is none, and with the same labels only alike pods count", () => {
  const three = { constraint: { minDomains: 3 } };
  expect(new Set(place("few", three, three, three).map(zoneOf))).toEqual(new Set(["a", "b", ""]));
  expect(refusals("few-3")).toEqual(
    refused(
      `1 ${TAINTED}, 3 ${SKEWED}`,
      "1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod",
    ),
  );
  const revision = (hash: string): Wish => ({
    spec: on("worker-2"),
    labels: { "pod-template-hash": hash },
    constraint: { matchLabelKeys: ["pod-template-hash"], nodeAffinityPolicy: "Ignore" },
  });
  expect(place("rolled", revision("old"), revision("old"), revision("new"))).toEqual(["worker-2", "", "worker-2"]);
});

it("nodes that its own selector or taints exclude count, or don't, as the policies say", () => {
  const own = (nodeAffinityPolicy: string): Wish => ({
    spec: on("worker-1"),
    constraint: { topologyKey: HOSTNAME, nodeAffinityPolicy },
  });
  expect(place("heeds", own("Honor"), own("Honor"))).toEqual(["worker-1", "worker-1"]);
  expect(place("looks-away", own("Ignore"), own("Ignore"))).toEqual(["worker-1", ""]);
  for (const node of ["worker-1", "worker-2"]) laptop.kubectl(`taint node ${node} only=others:NoSchedule`);
  const tainted = (nodeTaintsPolicy: string): Wish => ({ constraint: { topologyKey: HOSTNAME, nodeTaintsPolicy } });
  expect(place("minds", tainted("Honor"), tainted("Honor"))).toEqual(["worker-3", "worker-3"]);
  expect(place("does-not", tainted("Ignore"), tainted("Ignore"))).toEqual(["worker-3", ""]);
  expect(refusals("does-not-2")).toEqual(
    refused(
      `1 ${SKEWED}, 3 ${TAINTED}`,
      "1 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling",
    ),
  );
  for (const node of ["worker-1", "worker-2"]) laptop.kubectl(`taint node ${node} only-`);
});

it("without constraints a Deployment's pods spread by zone and node, as the system's defaults want it", () => {
  laptop.kubectl("delete pods --all --now");
  laptop.kubectl("create deployment web --image=registry.k8s.io/pause:3.10 --replicas=8");
  laptop.wait(3);
  const nodes = laptop.field("pods", ".items[*].spec.nodeName").split(" ");
  const counts = ["worker-1", "worker-2", "worker-3"].map((node) => nodes.filter((each) => each === node).length);
  expect(counts.toSorted((a, b) => a - b)).toEqual([2, 3, 3]);
});
