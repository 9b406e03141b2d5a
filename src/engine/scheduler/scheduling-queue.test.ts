import { describe, expect, it } from "vitest";
import { setDeepFreeze } from "../base/freeze.ts";
import { Simulation } from "../sim/simulation.ts";
import { SchedulingQueue } from "./scheduling-queue.ts";
import type { QueuedPod } from "./scheduling-queue.ts";
import { podOf } from "./testing/plugin-case.ts";

setDeepFreeze(true);

function createQueue() {
  const sim = new Simulation();
  let gated = true;
  const queue = new SchedulingQueue({
    sim,
    wake: () => {},
    gated: ({ pod }) => gated && pod.spec.schedulingGates !== undefined,
  });
  const pop = () => queue.pop() as QueuedPod;
  return { sim, queue, pop, open: () => void (gated = false) };
}
const FIT = new Set(["NodeResourcesFit"]);
const ERROR = new Set<string>();

describe("the queue", () => {
  it("SCHED11 gives the higher priority first, then the older pod", () => {
    const { queue, pop, sim } = createQueue();
    const [a, b, c, d] = [{}, { priority: 5 }, {}, { priority: 5 }].map((spec) => podOf({ spec }));
    for (const pod of [a, b, c, d]) if (pod !== undefined) queue.add(pod);
    sim.runUntil(sim.now + 1);
    expect([pop(), pop(), pop(), pop()].map(({ info }) => info)).toEqual([b, d, a, c]);
    expect(queue.pop()).toBeUndefined();
    expect(queue.size).toBe(4);
  });

  it("SCHED13 backs off after errors, 1 s doubling to 10 s", () => {
    const { queue, sim } = createQueue();
    queue.add(podOf({}));
    const waits: number[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      const queued = queue.pop();
      if (queued === undefined) break;
      queue.putBack(queued, ERROR);
      expect(queue.pop()).toBeUndefined();
      const begin = sim.now;
      sim.step();
      waits.push(sim.now - begin);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  it("SCHED13 lets a pod that did not fit skip its back-off when nothing else is active", () => {
    const { queue, pop } = createQueue();
    const [first, second] = [podOf({}), podOf({})];
    queue.add(first);
    queue.putBack(pop(), FIT);
    expect(queue.pop()).toBeUndefined();
    queue.move(FIT, () => true);
    queue.add(second);
    expect([pop().info, pop().info]).toEqual([second, first]);
  });

  it("SCHED12 moves only what an event helps", () => {
    const { queue, pop } = createQueue();
    const [first, second] = [podOf({}), podOf({})];
    queue.add(first);
    queue.add(second);
    queue.putBack(pop(), FIT);
    queue.putBack(pop(), new Set(["NodeAffinity"]));
    queue.move(["NodeAffinity"], () => true);
    expect(pop().info).toBe(second);
    expect(queue.pop()).toBeUndefined();
  });

  it("SCHED14 keeps gated pods until they are added without their gates", () => {
    const { open, pop, queue } = createQueue();
    const pod = podOf({ spec: { schedulingGates: [{ name: "g" }] } });
    queue.add(pod);
    expect([queue.pop(), queue.size]).toEqual([undefined, 1]);
    open();
    queue.add(pod);
    expect(pop().info).toBe(pod);
  });

  it("SCHED15 forgets a deleted pod wherever it waits", () => {
    const { queue, pop, sim } = createQueue();
    for (const reasons of [FIT, ERROR]) {
      const pod = podOf({});
      queue.add(pod);
      queue.putBack(pop(), reasons);
      queue.delete(pod.uid);
    }
    const waiting = podOf({});
    queue.add(waiting);
    queue.delete(waiting.uid);
    sim.runUntilIdle(60_000);
    queue.move(FIT, () => true);
    expect([queue.pop(), queue.size]).toEqual([undefined, 0]);
  });
});
