import { describe, expect, it } from "vitest";
import { setDeepFreeze } from "../base/freeze.ts";
import { Extenders } from "./extenders.ts";
import type { ExtenderCall, ExtenderOptions } from "./extenders.ts";
import { Candidate } from "./preemption/pick-candidate.ts";
import { clusterOf, podOf } from "./testing/plugin-case.ts";

setDeepFreeze(true);

const BASE: ExtenderOptions = {
  ...{
    urlPrefix: "http://x:80/",
    filterVerb: "",
    prioritizeVerb: "",
    preemptVerb: "",
    bindVerb: "",
    weight: 0,
    timeoutMs: 5000,
  },
  ...{ nodeCacheCapable: true, managedResources: new Set<string>(), ignorable: false },
};
const { nodes } = clusterOf({ nodes: { a: {}, b: {}, c: {} } });
const { pod } = podOf({});

/** Answers by URL; what was asked is in `asked`. */
function extendersOf(options: Partial<ExtenderOptions>[], answers: Record<string, unknown>) {
  const asked: [url: string, body: unknown][] = [];
  const call: ExtenderCall = ({ url, body }) => {
    asked.push([url, JSON.parse(body)]);
    const answer = answers[url];
    if (typeof answer === "number") return { status: answer, body: "" };
    return answer === undefined
      ? { failure: "dial tcp x:80: connect: connection refused" }
      : { status: 200, body: JSON.stringify(answer) };
  };
  const extenders = new Extenders(
    options.map((each) => ({ ...BASE, ...each })),
    call,
  );
  return { extenders, asked };
}

const refusals = (extenders: Extenders): unknown =>
  [...extenders.filter(pod, nodes)].map(([{ name }, { code, reasons }]) => [name, code, reasons]);

describe("extenders", () => {
  it("SCHED152 are asked one after the other about the nodes that are left, and say why not", () => {
    const { extenders, asked } = extendersOf([{ filterVerb: "f" }, { filterVerb: "g", nodeCacheCapable: false }], {
      "http://x:80/f": { NodeNames: ["a", "c"], FailedNodes: { b: "too noisy" } },
      "http://x:80/g": {
        nodes: { items: [{ metadata: { name: "c" } }] },
        failedAndUnresolvableNodes: { a: "no such thing" },
      },
    });
    expect(refusals(extenders)).toEqual([
      ["b", "Unschedulable", ["too noisy"]],
      ["a", "UnschedulableAndUnresolvable", ["no such thing"]],
    ]);
    expect(asked).toEqual([
      ["http://x:80/f", { Pod: pod, Nodes: null, NodeNames: ["a", "b", "c"] }],
      [
        "http://x:80/g",
        { Pod: pod, NodeNames: null, Nodes: { metadata: {}, items: [nodes[0]?.node, nodes[2]?.node] } },
      ],
    ]);
  });

  it("SCHED152 that fail cost the pod its try, unless they are ignorable", () => {
    const failure = (answers: Record<string, unknown>, options: Partial<ExtenderOptions> = {}) => {
      const { extenders } = extendersOf([{ filterVerb: "f", ...options }], answers);
      return () => refusals(extenders);
    };
    const url = "http://x:80/f";
    expect(failure({})).toThrow('Post "http://x:80/f": dial tcp x:80: connect: connection refused');
    expect(failure({ [url]: 500 })).toThrow("failed f with extender at URL http://x:80/f, code 500");
    expect(failure({ [url]: { error: "out of order" } })).toThrow("out of order");
    expect(failure({ [url]: { nodenames: ["z"] } })).toThrow(
      'extender "http://x:80/" claims a filtered node "z" which is not found in the input node list',
    );
    expect(failure({}, { ignorable: true })()).toEqual([]);
  });

  it("SCHED152 with resources of their own are asked about pods that want one", () => {
    const managedResources = new Set(["example.com/fpga"]);
    const { extenders } = extendersOf([{ filterVerb: "f", managedResources }], {
      "http://x:80/f": { nodenames: [] },
    });
    const resources = { limits: { "example.com/fpga": "1" } };
    const wanting = podOf({ spec: { containers: [{ name: "m", resources }] } }).pod;
    expect([extenders.filter(pod, nodes).size, extenders.filter(wanting, nodes).size]).toEqual([0, 3]);
  });

  it("SCHED153 add to scores by their weight, and bind in the scheduler's place", () => {
    const { extenders, asked } = extendersOf(
      [
        { prioritizeVerb: "p", weight: 2 },
        { prioritizeVerb: "q", weight: 1 },
      ],
      {
        "http://x:80/p": [{ Host: "b", Score: 7 }],
      },
    );
    expect(extenders.prioritize(pod, nodes)).toEqual([0, 140, 0]);
    expect(asked.map(([url]) => url)).toEqual(["http://x:80/p", "http://x:80/q"]);
    expect(extenders.bind(pod, "a")).toBe(false);
    const binder = extendersOf([{ bindVerb: "bind" }], { "http://x:80/bind": {} });
    expect(binder.extenders.bind(pod, "a")).toBe(true);
    const { name: PodName, namespace: PodNamespace, uid: PodUID } = pod.metadata;
    expect(binder.asked).toEqual([["http://x:80/bind", { PodName, PodNamespace, PodUID, Node: "a" }]]);
    const failing = extendersOf([{ bindVerb: "bind" }], { "http://x:80/bind": { error: "busy" } });
    expect(() => failing.extenders.bind(pod, "a")).toThrow("busy");
  });

  describe("that preempt", () => {
    const cluster = clusterOf({ nodes: { a: {}, b: {}, c: {} }, running: { a: [{}, {}], b: [{}], c: [{}] } });
    const on = (name: string) => [...(cluster.node(name)?.pods.values() ?? [])];
    const nodeOf = (name: string) => cluster.node(name);
    const candidates = cluster.nodes.flatMap((node) =>
      node.name === "c" ? [] : [new Candidate(node, { pods: on(node.name), violations: 0 })],
    );
    const meta = (name: string) => ({ Pods: on(name).map(({ uid }) => ({ UID: uid })), NumPDBViolations: 0 });
    const url = "http://x:80/p";
    const outcome = (answer: unknown, options: Partial<ExtenderOptions> = {}) => {
      const { extenders, asked } = extendersOf([{ preemptVerb: "p", ...options }], { [url]: answer });
      const left = (): unknown =>
        extenders
          .preempt(pod, candidates, nodeOf)
          .map(({ node, victims }) => [node.name, victims.pods.map(({ uid }) => uid), victims.violations]);
      return { left, asked };
    };

    it("SCHED154 are told who would have to go, and answer with nodes and victims of their own", () => {
      const answer = { NodeNameToMetaVictims: { c: meta("c"), b: { pods: meta("b").Pods, numPDBViolations: 2 } } };
      const known = outcome(answer);
      expect(known.left()).toEqual([
        ["b", [on("b")[0]?.uid], 2],
        ["c", [on("c")[0]?.uid], 0],
      ]);
      const NodeNameToMetaVictims = { a: meta("a"), b: meta("b") };
      expect(known.asked).toEqual([[url, { Pod: pod, NodeNameToVictims: null, NodeNameToMetaVictims }]]);
      const whole = outcome(answer, { nodeCacheCapable: false });
      whole.left();
      const pods = (name: string) => ({ Pods: on(name).map((victim) => victim.pod), NumPDBViolations: 0 });
      const NodeNameToVictims = { a: pods("a"), b: pods("b") };
      expect(whole.asked).toEqual([[url, { Pod: pod, NodeNameToVictims, NodeNameToMetaVictims: null }]]);
      expect(outcome({ NodeNameToMetaVictims: {} }).left()).toEqual([]);
    });

    it("SCHED154 that name nobody, or what isn't there, fail; with ignorable ones such a node alone is left out", () => {
      const nobody = { NodeNameToMetaVictims: { a: { Pods: [] }, b: meta("b") } };
      expect(outcome(nobody).left).toThrow('expected at least one victim pod on node "a"');
      expect(outcome(nobody, { ignorable: true }).left()).toEqual([["b", [on("b")[0]?.uid], 0]]);
      expect(outcome({ NodeNameToMetaVictims: { z: meta("a") } }).left).toThrow('nodeinfo not found for node name "z"');
      expect(outcome({ NodeNameToMetaVictims: { b: { Pods: [{ UID: "gone" }] } } }).left).toThrow(
        "extender: http://x:80/ claims to preempt pod (UID: &{gone}) on node: b, but the pod is not found on that node",
      );
      expect(outcome(500).left).toThrow("failed p with extender at URL http://x:80/p, code 500");
      expect(outcome(500, { ignorable: true }).left()).toHaveLength(2);
    });
  });
});
