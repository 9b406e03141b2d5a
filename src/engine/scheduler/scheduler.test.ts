import { describe, expect, it } from "vitest";
import { nodes, pods, priorityClasses, replicaSets } from "../api/registry.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { createTestScheduler } from "./testing/test-scheduler.ts";

setDeepFreeze(true);

const CONTROL_PLANE = [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }];

describe("placing", () => {
  it("SCHED1 binds a pod to the best node that can run it and says so", () => {
    const { eventsOf, node, pod, settle, where } = createTestScheduler();
    node("small", { cpu: "1" });
    node("big", { cpu: "8" });
    pod("web", { cpu: "500m" });
    settle();
    expect(where("web")).toBe("big");
    expect(eventsOf("web")).toEqual(["Scheduled: Successfully assigned default/web to big"]);
  });

  it("SCHED1 leaves pods of other schedulers and finished ones alone", () => {
    const { client, node, pod, scheduler, settle, where } = createTestScheduler();
    pod("other", { schedulerName: "my-scheduler" });
    const done = pod("done");
    client.resource(pods).updateStatus({ ...done, status: { ...done.status, phase: "Failed" } });
    settle();
    node("n");
    settle();
    expect([where("other"), where("done"), scheduler.pendingCount]).toEqual(["", "", 0]);
  });

  it("SCHED2 counts what it placed at once", () => {
    const { node, pod, scheduler, settle, where } = createTestScheduler();
    node("a", { cpu: "1" });
    node("b", { cpu: "1" });
    const names = ["p1", "p2", "p3", "p4", "p5"];
    for (const name of names) pod(name, { cpu: "500m" });
    settle();
    const placed = names.map(where).sort();
    expect(placed).toEqual(["", "a", "a", "b", "b"]);
    settle(1000);
    expect(names.map(where).sort()).toEqual(placed);
    expect(scheduler.pendingCount).toBe(1);
  });

  it("SCHED3 takes a pod back when the server refuses the binding", () => {
    const { eventsOf, node, pod, scheduler, server, settle, where } = createTestScheduler();
    node("a", { cpu: "1" });
    const request = server.request.bind(server);
    let refusals = 1;
    server.request = ((sent: Parameters<typeof request>[0]) => {
      if (sent.subresource === "binding" && refusals-- > 0) {
        return request({ ...sent, body: { ...(sent.body as object), metadata: { name: "web", uid: "wrong" } } });
      }
      return request(sent);
    }) as typeof server.request;
    pod("web", { cpu: "1" });
    settle(500);
    expect(where("web")).toBe("");
    expect(eventsOf("web")[0]).toMatch(/^FailedScheduling: binding rejected: /);
    settle(600);
    expect([where("web"), scheduler.pendingCount]).toEqual(["a", 0]);
  });

  it("SCHED4 SCHED5 tells why a pod fits nowhere in status and event", () => {
    const { client, eventsOf, node, pod, settle } = createTestScheduler();
    node("control-plane", { taints: CONTROL_PLANE });
    for (const name of ["worker-1", "worker-2", "worker-3"]) node(name);
    for (const name of ["a", "b", "c"]) pod(name, { cpu: "1900m" });
    settle();
    pod("late", { cpu: "1" });
    pod("huge", { cpu: "3" });
    settle();
    const why = "0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 Insufficient cpu.";
    const message = `${why} no new claims to deallocate, preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.`;
    expect(eventsOf("late")).toEqual([`FailedScheduling: ${message}`]);
    expect(client.resource(pods).get("default", "late").status.conditions).toEqual([
      {
        type: "PodScheduled",
        observedGeneration: 1,
        status: "False",
        lastTransitionTime: expect.any(String),
        reason: "Unschedulable",
        message,
      },
    ]);
    expect(eventsOf("huge")).toEqual([
      `FailedScheduling: ${why} no new claims to deallocate, preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.`,
    ]);
  });

  it("SCHED5 has words for a cluster without nodes and for a pod that never preempts", () => {
    const { client, eventsOf, node, pod, settle } = createTestScheduler();
    client.resource(priorityClasses).create({ metadata: { name: "modest" }, value: 5, preemptionPolicy: "Never" });
    pod("first");
    settle();
    expect(eventsOf("first")).toEqual(["FailedScheduling: no nodes available to schedule pods"]);
    node("n", { unschedulable: true });
    pod("second", { priorityClassName: "modest" });
    settle();
    expect(eventsOf("second")).toEqual([
      "FailedScheduling: 0/1 nodes are available: 1 node(s) were unschedulable. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.",
    ]);
  });

  it("SCHED6 chooses the same for the same seed, and every one of equal nodes at times", () => {
    const place = (seed: number): string[] => {
      const { node, pod, settle, where } = createTestScheduler({ seed });
      for (const name of ["a", "b", "c"]) node(name);
      const names = Array.from({ length: 9 }, (_, index) => `p${index}`);
      for (const name of names) pod(name);
      settle();
      return names.map(where);
    };
    expect(place(3)).toEqual(place(3));
    const firsts = Array.from({ length: 12 }, (_, seed) => place(seed)[0]);
    expect(new Set(firsts)).toEqual(new Set(["a", "b", "c"]));
  });

  it("SCHED8 keeps the decision with scores and verdicts, and writes one journal line", () => {
    const { node, pod, scheduler, settle, sim } = createTestScheduler();
    node("big", { cpu: "8" });
    node("small", { cpu: "1" });
    node("tainted", { taints: CONTROL_PLANE });
    pod("web", { cpu: "500m", memory: "256Mi" });
    settle();
    const decision = scheduler.decisions.get("default/web");
    expect(decision).toMatchObject({ pod: "default/web", node: "big", attempt: 1, evaluated: 3 });
    const [first, second, third] = decision?.nodes ?? [];
    expect([first?.node, second?.node, third?.node]).toEqual(["big", "small", "tainted"]);
    expect(first?.scores).toEqual([
      { plugin: "TaintToleration", raw: 0, weighted: 300 },
      { plugin: "NodeResourcesFit", raw: 93, weighted: 93 },
      { plugin: "NodeResourcesBalancedAllocation", raw: 100, weighted: 100 },
      { plugin: "ImageLocality", raw: 0, weighted: 0 },
    ]);
    expect(third?.verdict).toEqual({
      code: "UnschedulableAndUnresolvable",
      plugin: "TaintToleration",
      reasons: ["node(s) had untolerated taint(s)"],
      detail: "{node-role.kubernetes.io/control-plane: }",
    });
    const lines = sim.journal.since(0).filter(({ kind }) => kind === "schedule");
    expect(lines.map(({ subject, detail }) => `${subject} ${detail}`)).toEqual([
      "pods/default/web Successfully assigned default/web to big",
    ]);
  });

  it("SCHED10 starts over from what the server has", () => {
    const { node, pod, scheduler, settle, where } = createTestScheduler();
    node("a", { cpu: "1" });
    pod("first", { cpu: "600m" });
    settle();
    scheduler.stop();
    pod("second", { cpu: "600m" });
    pod("third", { cpu: "300m" });
    settle(1000);
    expect([where("second"), where("third")]).toEqual(["", ""]);
    scheduler.start();
    settle(1000);
    expect([where("first"), where("second"), where("third"), scheduler.pendingCount]).toEqual(["a", "", "a", 1]);
  });

  it("SCHED21 spreads the pods of a ReplicaSet over nodes without being told", () => {
    const { client, node, settle } = createTestScheduler();
    for (const name of ["a", "b", "c"]) node(name, { cpu: name === "a" ? "16" : "8" });
    const labels = { app: "web" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "nginx" }] } };
    const owner = client.resource(replicaSets).create({
      metadata: { name: "web", namespace: "default" },
      spec: { replicas: 6, selector: { matchLabels: labels }, template },
    });
    const reference = {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      name: "web",
      uid: owner.metadata.uid,
      controller: true,
    };
    settle();
    for (let index = 0; index < 6; index++) {
      const metadata = { name: `web-${index}`, namespace: "default", labels, ownerReferences: [reference] };
      client.resource(pods).create({ metadata, spec: template.spec });
    }
    settle();
    const where = client
      .resource(pods)
      .list("default")
      .items.map(({ spec }) => spec.nodeName);
    expect(where.sort()).toEqual(["a", "a", "b", "b", "c", "c"]);
  });
});

describe("waiting", () => {
  it("SCHED11 tries the higher priority first, then the older", () => {
    const { client, node, pod, scheduler, settle, where } = createTestScheduler();
    client.resource(priorityClasses).create({ metadata: { name: "high" }, value: 100 });
    scheduler.stop();
    node("a", { pods: "2" });
    pod("old");
    pod("young");
    pod("important", { priorityClassName: "high" });
    scheduler.start();
    settle();
    expect([where("important"), where("old"), where("young")]).toEqual(["a", "a", ""]);
  });

  it("SCHED12 wakes a pod when room is made, and not for what can't help", () => {
    const { client, node, pod, remove, scheduler, settle, where } = createTestScheduler();
    node("a", { cpu: "1" });
    pod("first", { cpu: "1" });
    settle();
    pod("second", { cpu: "1" });
    settle(2000);
    const attempts = () => scheduler.decisions.get("default/second")?.attempt;
    expect(attempts()).toBe(1);
    const a = client.resource(nodes).get("", "a");
    client
      .resource(nodes)
      .update({ ...a, metadata: { ...a.metadata, labels: { ...a.metadata.labels, color: "red" } } });
    settle(2000);
    expect(attempts()).toBe(1);
    remove("first");
    settle();
    expect([where("second"), attempts()]).toEqual(["a", 2]);
  });

  it("SCHED12 tries again after five minutes", () => {
    const { node, pod, scheduler, settle } = createTestScheduler();
    node("a", { cpu: "1" });
    pod("huge", { cpu: "2" });
    settle(290_000);
    expect(scheduler.decisions.get("default/huge")?.attempt).toBe(1);
    settle(50_000);
    expect(scheduler.decisions.get("default/huge")?.attempt).toBe(2);
  });

  it("SCHED12 wakes for each kind of change that its rejections wait for", () => {
    const { client, node, pod, settle, where } = createTestScheduler();
    node("cordoned", { unschedulable: true });
    pod("a");
    pod("b", {
      nodeSelector: { disk: "ssd" },
      tolerations: [{ key: "node.kubernetes.io/unschedulable", operator: "Exists" }],
    });
    settle();
    expect([where("a"), where("b")]).toEqual(["", ""]);
    const change = (labels: Record<string, string>, unschedulable: boolean): void => {
      const current = client.resource(nodes).get("", "cordoned");
      const metadata = { ...current.metadata, labels: { ...current.metadata.labels, ...labels } };
      client.resource(nodes).update({ ...current, metadata, spec: { ...current.spec, unschedulable } });
      settle();
    };
    change({ disk: "ssd" }, true);
    expect([where("a"), where("b")]).toEqual(["", "cordoned"]);
    change({}, false);
    expect([where("a"), where("b")]).toEqual(["cordoned", "cordoned"]);
  });

  it("SCHED106 tries a pod again for a change of its own that its rejections mind", () => {
    const { client, node, pod, scheduler, settle, where } = createTestScheduler();
    node("a", { taints: [{ key: "team", value: "a", effect: "NoSchedule" }] });
    pod("web");
    settle(2000);
    const attempts = () => scheduler.decisions.get("default/web")?.attempt;
    const change = (spec: object): void => {
      const web = client.resource(pods).get("default", "web");
      client.resource(pods).update({ ...web, spec: { ...web.spec, ...spec } });
      settle();
    };
    change({ containers: [{ ...client.resource(pods).get("default", "web").spec.containers[0], image: "redis" }] });
    expect(attempts()).toBe(1);
    const tolerations = client.resource(pods).get("default", "web").spec.tolerations ?? [];
    change({ tolerations: [...tolerations, { key: "team", operator: "Exists" }] });
    expect([attempts(), where("web")]).toEqual([2, "a"]);
  });

  it("SCHED14 holds a pod back until its last gate is gone", () => {
    const { client, eventsOf, node, pod, scheduler, settle, where } = createTestScheduler();
    node("a");
    pod("gated", { schedulingGates: [{ name: "example.com/wait" }] });
    settle(5000);
    expect([where("gated"), eventsOf("gated"), scheduler.pendingCount]).toEqual(["", [], 1]);
    const gated = client.resource(pods).get("default", "gated");
    client.resource(pods).update({ ...gated, spec: { ...gated.spec, schedulingGates: [] } });
    settle();
    expect(where("gated")).toBe("a");
  });

  it("SCHED15 forgets a waiting pod that is deleted", () => {
    const { node, pod, remove, scheduler, settle } = createTestScheduler();
    pod("web");
    settle();
    expect(scheduler.pendingCount).toBe(1);
    remove("web");
    settle();
    node("a");
    settle();
    expect(scheduler.pendingCount).toBe(0);
  });
});
