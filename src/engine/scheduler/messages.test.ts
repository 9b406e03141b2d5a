/** What a learner reads in the events of a pod that fits nowhere, plugin by plugin. */
import { describe, expect, it } from "vitest";
import { setDeepFreeze } from "../base/freeze.ts";
import { createTestScheduler } from "./testing/test-scheduler.ts";
import type { PodDraft } from "./testing/test-scheduler.ts";

setDeepFreeze(true);

const HOST = "kubernetes.io/hostname";
const web = { matchLabels: { app: "web" } };
const near = { labelSelector: web, topologyKey: HOST };
const spread = (topologyKey: string): PodDraft => ({
  labels: { app: "web" },
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey, whenUnsatisfiable: "DoNotSchedule", labelSelector: web }],
});
const required = "requiredDuringSchedulingIgnoredDuringExecution";
const UNHELPFUL = (nodes: number) =>
  `no new claims to deallocate, preemption: 0/${nodes} nodes are available: ${nodes} Preemption is not helpful for scheduling.`;
const NO_VICTIMS =
  "no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.";

/** On one node with two CPUs, on which a pod runs that is called web, has port 80 and doesn't want db beside it. */
const ON_A_NODE: readonly { about: string; pod: PodDraft; says: string }[] = [
  {
    about: "NodeAffinity, a selector",
    pod: { nodeSelector: { disk: "ssd" } },
    says: `1 node(s) didn't match Pod's node affinity/selector. ${UNHELPFUL(1)}`,
  },
  {
    about: "NodeAffinity, names of nodes that are not there",
    pod: {
      affinity: {
        nodeAffinity: {
          [required]: {
            nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["gone"] }] }],
          },
        },
      },
    },
    says: `1 node(s) didn't satisfy plugin(s) [NodeAffinity]. ${UNHELPFUL(1)}`,
  },
  {
    about: "NodePorts",
    pod: { ports: [{ containerPort: 80, hostPort: 80 }] },
    says: `1 node(s) didn't have free ports for the requested pod ports. ${NO_VICTIMS}`,
  },
  {
    about: "NodeResourcesFit, more than is left and more than there is",
    pod: { cpu: "1900m", memory: "9Gi" },
    says: `1 Insufficient cpu, 1 Insufficient memory. ${UNHELPFUL(1)}`,
  },
  {
    about: "NodeResourcesFit, a device that no node has",
    pod: {
      containers: [
        { name: "m", image: "nginx", resources: { requests: { "x.io/card": "1" }, limits: { "x.io/card": "1" } } },
      ],
    },
    says: `1 Insufficient x.io/card. ${UNHELPFUL(1)}`,
  },
  {
    about: "PodTopologySpread, a key that no node has",
    pod: spread("rack"),
    says: `1 node(s) didn't match pod topology spread constraints (missing required label). ${UNHELPFUL(1)}`,
  },
  {
    about: "InterPodAffinity, nobody to join",
    pod: { affinity: { podAffinity: { [required]: [{ ...near, labelSelector: { matchLabels: { app: "none" } } }] } } },
    says: `1 node(s) didn't match pod affinity rules. ${UNHELPFUL(1)}`,
  },
  {
    about: "InterPodAffinity, somebody to keep away from",
    pod: { affinity: { podAntiAffinity: { [required]: [near] } } },
    says: `1 node(s) didn't match pod anti-affinity rules. ${NO_VICTIMS}`,
  },
  {
    about: "InterPodAffinity, somebody who keeps it away",
    pod: { labels: { app: "db" } },
    says: `1 node(s) didn't satisfy existing pods anti-affinity rules. ${NO_VICTIMS}`,
  },
];

describe("a pod that fits nowhere", () => {
  it("SCHED122 has the words of the plugin that rejected it in its event", () => {
    const { eventsOf, node, pod, settle } = createTestScheduler();
    node("a");
    pod("web", {
      cpu: "500m",
      labels: { app: "web" },
      ports: [{ containerPort: 80, hostPort: 80 }],
      affinity: { podAntiAffinity: { [required]: [{ ...near, labelSelector: { matchLabels: { app: "db" } } }] } },
    });
    settle();
    ON_A_NODE.forEach((item, index) => pod(`p${index}`, item.pod));
    settle();
    const told = ON_A_NODE.map(({ about }, index) => ({ about, events: eventsOf(`p${index}`) }));
    expect(told).toEqual(
      ON_A_NODE.map(({ about, says }) => ({ about, events: [`FailedScheduling: 0/1 nodes are available: ${says}`] })),
    );
  });

  it("SCHED122 has one reason for each node", () => {
    const { eventsOf, node, pod, settle } = createTestScheduler();
    node("cordoned", { unschedulable: true });
    node("tainted", { taints: [{ key: "team", value: "a", effect: "NoSchedule" }] });
    node("full", { pods: "1" });
    node("small", { cpu: "100m" });
    pod("first", { nodeName: "full" });
    settle();
    pod("second", { cpu: "1" });
    settle();
    const preemption =
      "preemption: 0/4 nodes are available: 1 No preemption victims found for incoming pod, " +
      "3 Preemption is not helpful for scheduling.";
    expect(eventsOf("second")).toEqual([
      "FailedScheduling: 0/4 nodes are available: 1 Insufficient cpu, 1 Too many pods, 1 node(s) had untolerated " +
        `taint(s), 1 node(s) were unschedulable. no new claims to deallocate, ${preemption}`,
    ]);
  });

  it("SCHED122 keeps the skew: the next of a spread set waits while one domain has no room", () => {
    const { eventsOf, node, pod, settle, where } = createTestScheduler();
    node("a");
    node("b", { pods: "1" });
    for (const name of ["one", "two", "three", "four"]) {
      pod(name, spread(HOST));
      settle();
    }
    expect(["one", "two", "three"].map(where).sort()).toEqual(["a", "a", "b"]);
    expect(eventsOf("four")).toEqual([
      "FailedScheduling: 0/2 nodes are available: 1 Too many pods, 1 node(s) didn't match pod topology spread " +
        "constraints. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found " +
        "for incoming pod.",
    ]);
  });
});
