import { describe, expect, it } from "vitest";
import { Simulation } from "../sim/simulation.ts";
import { WorkQueue } from "./work-queue.ts";

const create = () => {
  const sim = new Simulation();
  let ready = 0;
  const queue = new WorkQueue(sim, () => void ready++);
  return { sim, queue, ready: () => ready };
};

describe("work queue", () => {
  it("CLI10 hands out a key once", () => {
    const { queue, ready } = create();
    for (const key of ["a", "b", "a"]) queue.add(key);
    expect([queue.length, ready()]).toEqual([2, 2]);
    expect([queue.get()?.key, queue.get()?.key, queue.get()]).toEqual(["a", "b", undefined]);
  });

  it("CLI11 does not hand out a key that is being worked on", () => {
    const { queue } = create();
    queue.add("a");
    queue.get();
    queue.add("a");
    queue.add("a");
    expect([queue.has("a"), queue.get()]).toEqual([true, undefined]);
    queue.done("a");
    expect([queue.length, queue.get()?.key]).toEqual([1, "a"]);
    queue.done("a");
    expect(queue.length).toBe(0);
  });

  it("CLI12 adds after a delay, the earlier of two", () => {
    const { queue, sim } = create();
    queue.addAfter("a", 100);
    queue.addAfter("a", 10);
    queue.addAfter("a", 50);
    sim.runUntil(sim.now + 9);
    expect(queue.length).toBe(0);
    sim.runUntil(sim.now + 1);
    expect(queue.get()?.key).toBe("a");
    queue.done("a");
    sim.runUntil(sim.now + 1000);
    expect(queue.length).toBe(0);
  });

  it("CLI13 backs off each key by itself", () => {
    const { queue } = create();
    const delays = Array.from({ length: 19 }, () => queue.addRateLimited("a"));
    expect(delays.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(delays.slice(-2)).toEqual([655_360, 1_000_000]);
    expect([queue.retries("a"), queue.addRateLimited("b")]).toEqual([19, 5]);
    queue.forget("a");
    expect(queue.addRateLimited("a")).toBe(5);
  });

  it("CLI14 carries the first cause", () => {
    const { queue, sim } = create();
    queue.add("a", 7);
    queue.add("a", 8);
    expect(queue.get()).toEqual({ key: "a", cause: 7 });
    queue.done("a");
    sim.because(9, () => queue.addAfter("a", 5));
    sim.runUntil(sim.now + 5);
    expect(queue.get()?.cause).toBe(9);
  });
});
