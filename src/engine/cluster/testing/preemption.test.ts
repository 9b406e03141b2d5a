import { expect, it } from "vitest";
import type { Pod } from "../../api/generated/types.ts";
import { deployments, events, pods, priorityClasses } from "../../api/registry.ts";
import { explainPending } from "../../diagnose/pending.ts";
import { createTestCluster } from "./test-cluster.ts";

function deployment(name: string, about: { replicas: number; cpu: string; priorityClassName?: string }): object {
  const { replicas, cpu, ...more } = about;
  const labels = { app: name };
  const containers = [{ name: "main", image: "nginx", resources: { requests: { cpu } } }];
  return {
    metadata: { name, namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers, ...more } },
    },
  };
}

it("a deployment of high priority pushes out pods of low priority, and the placement says whom", () => {
  const test = createTestCluster({ seed: 1 });
  const client = test.client.resource(deployments);
  const podsOf = (app: string) => test.list(pods).filter(({ metadata }) => metadata.labels?.["app"] === app);
  const isRunning = (app: string, count: number) => () =>
    podsOf(app).filter(({ status }) => status.phase === "Running").length === count;
  test.client.resource(priorityClasses).create({ metadata: { name: "critical" }, value: 100_000 });
  // Three workers of four CPUs, each filled by three pods of the batch.
  client.create(deployment("batch", { replicas: 9, cpu: "1200m" }) as never);
  expect(test.runUntil(isRunning("batch", 9))).toBe(true);

  client.create(deployment("shop", { replicas: 2, cpu: "1", priorityClassName: "critical" }) as never);
  const isNominated = ({ status }: Pod): boolean => status.nominatedNodeName !== undefined;
  // Event by event: the batch stops at once when it is told to, which is after the pod is nominated.
  const told = new Set<string>();
  let waiting: Pod | undefined;
  for (let steps = 0; steps < 5_000 && (waiting === undefined || told.size < 2); steps++) {
    test.sim.step();
    waiting ??= podsOf("shop").find(isNominated);
    for (const { metadata } of podsOf("batch")) {
      if (metadata.deletionTimestamp !== undefined) told.add(`default/${metadata.name}`);
    }
  }
  if (waiting === undefined) throw new Error("nobody waits");
  expect(told.size).toBe(2);
  const decision = test.cluster.scheduler.decisions.get(`default/${waiting.metadata.name}`);
  expect([...told]).toEqual(expect.arrayContaining([...(decision?.roomMade?.victims ?? [])]));
  expect(explainPending(waiting, decision)).toEqual([
    {
      key: "pending.room-made",
      values: { node: waiting.status.nominatedNodeName, victims: decision?.roomMade?.victims.join(", ") },
    },
  ]);

  expect(test.runUntil(isRunning("shop", 2))).toBe(true);
  for (const { metadata, spec, status } of podsOf("shop")) {
    const { node, roomMade } = test.cluster.placement("default", metadata.name) ?? {};
    expect(node).toBe(spec.nodeName);
    expect(roomMade).toEqual({ node: spec.nodeName, victims: [expect.stringMatching(/^default\/batch-/)] });
    expect(status.nominatedNodeName).toBeUndefined();
    const messages = test
      .list(events)
      .filter(({ message }) => message === `Preempted by pod ${metadata.uid} on node ${node}`);
    expect(
      messages.map(({ reason, type, involvedObject }) => [reason, type, `default/${involvedObject.name}`]),
    ).toEqual(roomMade?.victims.map((victim) => ["Preempted", "Normal", victim]));
  }
  // The batch waits for better times.
  const left = podsOf("batch").filter(({ spec }) => spec.nodeName === undefined);
  expect(left).toHaveLength(2);
  const why = left[0]?.status.conditions?.find(({ type }) => type === "PodScheduled")?.message;
  expect(why).toMatch(
    /3 Insufficient cpu\. no new claims to deallocate, preemption: 0\/4 nodes are available: .*3 No preemption victims found/,
  );
});
