import { describe, expect, it } from "vitest";
import type { Pod } from "../../api/generated/types.ts";
import { podDisruptionBudgets, pods, priorityClasses } from "../../api/registry.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { createTestScheduler } from "../testing/test-scheduler.ts";
import type { PodDraft } from "../testing/test-scheduler.ts";

/** One node of two CPUs, and classes `high` (1000), `middle` (500) and `modest` (1000, never preempts). */
function world() {
  const test = createTestScheduler();
  const { client, node, pod, settle } = test;
  const classes = client.resource(priorityClasses);
  classes.create({ metadata: { name: "high" }, value: 1000 });
  classes.create({ metadata: { name: "middle" }, value: 500 });
  classes.create({ metadata: { name: "modest" }, value: 1000, preemptionPolicy: "Never" });
  node("worker");
  return {
    ...test,
    pod(name: string, cpu: string, draft: PodDraft = {}): Pod {
      const created = pod(name, { cpu, ...draft });
      settle();
      return created;
    },
    get: (name: string): Pod => client.resource(pods).get("default", name),
    going(): string[] {
      const all = client.resource(pods).list("default").items;
      return all
        .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
        .map(({ metadata }) => metadata.name);
    },
  };
}

const high = { priorityClassName: "high" };
const middle = { priorityClassName: "middle" };

describe("preemption", () => {
  it("SCHED24 pushes out pods of lower priority and puts the pod in their place once they are gone", () => {
    const { eventsOf, get, going, pod, remove, scheduler, settle, where } = world();
    pod("low", "2");
    const { metadata } = pod("important", "1", high);
    const why = "0/1 nodes are available: 1 Insufficient cpu.";
    expect(going()).toEqual(["low"]);
    expect(eventsOf("low").at(-1)).toBe(`Preempted: Preempted by pod ${metadata.uid} on node worker`);
    expect(get("low").status.conditions?.find(({ type }) => type === "DisruptionTarget")).toEqual({
      type: "DisruptionTarget",
      status: "True",
      lastTransitionTime: expect.any(String),
      observedGeneration: 1,
      reason: "PreemptionByScheduler",
      message: "default-scheduler: preempting to accommodate a higher priority pod",
    });
    expect(eventsOf("important")).toEqual([`FailedScheduling: ${why}`]);
    expect(get("important").status.nominatedNodeName).toBe("worker");
    expect(scheduler.decisions.get("default/important")).toMatchObject({
      node: undefined,
      roomMade: { node: "worker", victims: ["default/low"] },
    });
    remove("low");
    settle(2_000);
    expect(where("important")).toBe("worker");
    expect(scheduler.decisions.get("default/important")).toMatchObject({
      node: "worker",
      roomMade: { node: "worker", victims: ["default/low"] },
    });
  });

  it("SCHED107 goes on scheduling while it makes room, and tells of the pod before its victims", () => {
    const { client, node, pod, server, settle, where } = world();
    pod("low", "2");
    const told: string[] = [];
    const request = server.request.bind(server);
    server.request = ((sent: Parameters<typeof request>[0]) => {
      const { reason, regarding, target } = (sent.body ?? {}) as Record<string, { name?: string } & string>;
      if (reason !== undefined) told.push(`${reason} ${regarding?.name}`);
      if (sent.subresource === "binding") told.push(`binding ${sent.name} ${target?.name}`);
      return request(sent);
    }) as typeof server.request;
    node("free", { cpu: "1", labels: { free: "yes" } });
    const spec = (cpu: string) => ({ containers: [{ name: "m", image: "nginx", resources: { requests: { cpu } } }] });
    const create = (name: string, rest: object): void => {
      client.resource(pods).create({ metadata: { name, namespace: "default" }, spec: rest } as never);
    };
    create("important", { ...spec("2"), ...high });
    create("other", { ...spec("1"), nodeSelector: { free: "yes" } });
    settle();
    expect(told).toEqual(["FailedScheduling important", "binding other free", "Scheduled other", "Preempted low"]);
    expect(where("other")).toBe("free");
  });

  it("SCHED107 ends the nomination when a victim can't be pushed out", () => {
    const { get, going, pod, server, settle } = world();
    pod("low", "2");
    const request = server.request.bind(server);
    let refusals = 1;
    server.request = ((sent: Parameters<typeof request>[0]) => {
      if (sent.verb === "delete" && refusals-- > 0) throw new StatusError(500, "InternalError", "not now");
      return request(sent);
    }) as typeof server.request;
    pod("important", "2", high);
    // The second attempt, which comes at once, does it.
    expect(going()).toEqual(["low"]);
    expect(get("important").status.nominatedNodeName).toBe("worker");
    settle();
    expect(refusals).toBe(-1);
  });

  it("SCHED24 pushes out nobody of the same priority, nor for a pod that never preempts", () => {
    const { eventsOf, going, pod } = world();
    pod("first", "2", high);
    pod("second", "1", high);
    pod("polite", "1", { priorityClassName: "modest" });
    expect(going()).toEqual([]);
    const head =
      "FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: ";
    expect(eventsOf("second")).toEqual([
      `${head}0/1 nodes are available: 1 No preemption victims found for incoming pod.`,
    ]);
    expect(eventsOf("polite")).toEqual([`${head}not eligible due to preemptionPolicy=Never.`]);
  });

  it("SCHED25 spares whom it can, the more important first", () => {
    const { going, pod } = world();
    pod("a", "500m", middle);
    pod("b", "500m");
    pod("c", "500m", middle);
    pod("d", "500m");
    pod("important", "700m", high);
    expect(going()).toEqual(["b", "d"]);
  });

  it("SCHED25 spares pods with a disruption budget if others will do, not at any price", () => {
    const { client, going, pod, remove, settle } = world();
    client.resource(podDisruptionBudgets).create({
      metadata: { name: "guard", namespace: "default" },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "guarded" } } },
    });
    pod("guarded", "1", { labels: { app: "guarded" } });
    pod("other", "1", middle);
    pod("important", "1", high);
    expect(going()).toEqual(["other"]);
    remove("other");
    settle();
    pod("another", "1", high);
    expect(going()).toEqual(["guarded"]);
  });

  it("SCHED26 keeps the room for the pod that made it, against all but higher priorities", () => {
    const { eventsOf, get, going, pod, remove, settle, where } = world();
    pod("low", "2");
    pod("important", "1500m", middle);
    remove("low");
    // The news of the free room reaches all of them at one instant.
    pod("small", "1");
    expect([where("important"), where("small")]).toEqual(["worker", ""]);
    expect(eventsOf("small").at(-1)).toMatch(
      /1 Insufficient cpu\. no new claims to deallocate, preemption: .* 1 No preemption victims found/,
    );

    pod("urgent", "1500m", high);
    expect(going()).toEqual(["important"]);
    remove("important");
    settle(2_000);
    expect([where("urgent"), get("urgent").status.nominatedNodeName]).toEqual(["worker", undefined]);
  });

  it("SCHED26 counts the pod that waits when others of no higher priority are tried", () => {
    const { eventsOf, going, pod, remove, settle, where } = world();
    pod("low", "1");
    pod("fixed", "1", high);
    pod("important", "1", middle);
    expect(going()).toEqual(["low"]);
    pod("late", "500m", middle);
    expect(where("late")).toBe("");
    expect(eventsOf("late")[0]).toMatch(
      /^FailedScheduling: 0\/1 nodes are available: 1 Insufficient cpu\. no new claims to deallocate, preemption: /,
    );
    // Whom it waits for goes on; when it gives up, the others get the room.
    remove("important");
    remove("low");
    settle(2_000);
    expect(where("late")).toBe("worker");
  });

  it("SCHED26 a pod waits for its victims and pushes out no more meanwhile", () => {
    const { eventsOf, get, going, node, pod, settle } = world();
    pod("low", "2");
    pod("important", "1", high);
    // Reason enough to try again, to no avail.
    node("tainted", { taints: [{ key: "dedicated", effect: "NoSchedule" }] });
    settle(2_000);
    expect(going()).toEqual(["low"]);
    const why = "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s).";
    expect(eventsOf("important").at(-1)).toBe(
      `FailedScheduling: ${why} no new claims to deallocate, preemption: not eligible due to a terminating pod on the nominated node.`,
    );
    expect(get("important").status.nominatedNodeName).toBe("worker");
  });

  it("SCHED26 a higher priority takes the room over, and the other pod looks elsewhere", () => {
    const { get, node, pod, settle, where } = world();
    pod("low", "2");
    pod("important", "1500m", middle);
    expect(get("important").status.nominatedNodeName).toBe("worker");
    pod("urgent", "1500m", high);
    expect(get("urgent").status.nominatedNodeName).toBe("worker");
    expect(get("important").status.nominatedNodeName).toBeUndefined();
    node("spare");
    settle(12_000);
    expect(where("urgent") === "spare" || where("important") === "spare").toBe(true);
  });
});
