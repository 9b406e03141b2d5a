import { describe, expect, it } from "vitest";
import { Clock } from "./clock.ts";
import { Journal } from "./journal.ts";
import { Simulation, VIRTUAL_EPOCH } from "./simulation.ts";

function traced(): { sim: Simulation; seen: string[]; mark(text: string): () => void } {
  const sim = new Simulation();
  const seen: string[] = [];
  return { sim, seen, mark: (text) => () => void seen.push(`${text}@${sim.now - sim.start}`) };
}

describe("events", () => {
  it("SIM1 run by time, then by order of scheduling", () => {
    const { sim, seen, mark } = traced();
    sim.after(20, mark("c"));
    sim.after(10, () => {
      mark("a")();
      sim.after(0, mark("a2"));
    });
    sim.after(10, mark("b"));
    sim.runUntil(sim.now + 100);
    expect(seen).toEqual(["a@10", "b@10", "a2@10", "c@20"]);
  });

  it("SIM1 keep their order through hundreds of them", () => {
    const { sim } = traced();
    const seen: number[] = [];
    for (let i = 0; i < 500; i++) sim.after((i * 37) % 50, () => void seen.push(((i * 37) % 50) * 1000 + i));
    sim.runUntil(sim.now + 100);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen).toHaveLength(500);
  });

  it("SIM2 move time to themselves and never back", () => {
    const { sim } = traced();
    expect(sim.now).toBe(VIRTUAL_EPOCH);
    sim.after(1500, () => expect(sim.now).toBe(VIRTUAL_EPOCH + 1500));
    expect(sim.step()).toBe(true);
    expect(sim.now).toBe(VIRTUAL_EPOCH + 1500);
    expect(sim.step()).toBe(false);
    sim.runUntil(VIRTUAL_EPOCH);
    expect(sim.now).toBe(VIRTUAL_EPOCH + 1500);
    expect(() => sim.after(-1, () => undefined)).toThrow("a timer in the past");
  });

  it("SIM3 can be cancelled, once and for all", () => {
    const { sim, seen, mark } = traced();
    const timers = Array.from({ length: 200 }, (_, i) => sim.after(i, mark(String(i))));
    for (const timer of timers.slice(1)) sim.cancel(timer);
    sim.cancel(timers[1]);
    sim.cancel(undefined);
    expect(sim.nextEventTime).toBe(sim.start);
    sim.runUntil(sim.now + 500);
    sim.cancel(timers[0]);
    expect(seen).toEqual(["0@0"]);
    expect(sim.idle).toBe(true);
  });

  it("SIM4 run up to a time, with what is added on the way", () => {
    const { sim, seen, mark } = traced();
    sim.after(5, () => sim.after(5, mark("added")));
    sim.after(11, mark("late"));
    sim.runUntil(sim.start + 10);
    expect(seen).toEqual(["added@10"]);
    expect(sim.now - sim.start).toBe(10);
  });

  it("SIM9 may throw without harm", () => {
    const { sim, seen, mark } = traced();
    const line = sim.record("input", { actor: "me", subject: "x" });
    sim.because(line, () =>
      sim.after(1, () => {
        throw new Error("boom");
      }),
    );
    sim.after(2, mark("next"));
    expect(() => sim.step()).toThrow("boom");
    expect(sim.journal.cause).toBe(0);
    sim.runUntil(sim.now + 10);
    expect(seen).toEqual(["next@2"]);
  });
});

describe("idleness", () => {
  it("SIM5 looks at foreground timers only", () => {
    const { sim } = traced();
    expect(sim.idle).toBe(true);
    sim.after(10, () => undefined, { background: true });
    expect(sim.idle).toBe(true);
    const timer = sim.after(10, () => undefined);
    expect(sim.idle).toBe(false);
    sim.cancel(timer);
    expect(sim.idle).toBe(true);
  });

  it("SIM6 ends a run, or its limit does", () => {
    const { sim, seen, mark } = traced();
    const beat = (): void => {
      mark("beat")();
      sim.after(10, beat, { background: true });
    };
    beat();
    sim.after(25, mark("work"));
    expect(sim.runUntilIdle(1000)).toBe("idle");
    expect(seen).toEqual(["beat@0", "beat@10", "beat@20", "work@25"]);
    sim.after(500, mark("far"));
    expect(sim.runUntilIdle(100)).toBe("limit");
    expect(sim.now - sim.start).toBe(125);
  });

  it("SIM7 gives way to a condition", () => {
    const { sim, seen, mark } = traced();
    for (let i = 1; i <= 5; i++) sim.after(i, mark(String(i)));
    expect(sim.runWhile(() => seen.length < 3, 1000)).toBe("true");
    expect(sim.now - sim.start).toBe(3);
    expect(sim.runWhile(() => true, 1000)).toBe("idle");
    expect(seen).toHaveLength(5);
  });
});

describe("causes", () => {
  it("SIM8 travel with timers and through `because`", () => {
    const { sim } = traced();
    const first = sim.record("input", { actor: "me", subject: "a" });
    let second = 0;
    sim.because(first, () => sim.after(5, () => (second = sim.record("write", { actor: "x", subject: "b" }))));
    expect(() =>
      sim.because(first, () => {
        throw new Error("boom");
      }),
    ).toThrow("boom");
    expect(sim.journal.cause).toBe(0);
    sim.step();
    expect(sim.journal.get(second)).toEqual({
      id: 2,
      time: sim.start + 5,
      kind: "write",
      actor: "x",
      subject: "b",
      detail: "",
      cause: first,
      by: undefined,
    });
  });

  it("SIM11 are lines of a bounded journal", () => {
    const journal = new Journal(3);
    const heard: number[] = [];
    const leave = journal.subscribe((entry) => void heard.push(entry.id));
    for (let i = 1; i <= 4; i++) journal.record(i, "write", { actor: "a", subject: String(i) });
    leave();
    journal.record(5, "write", { actor: "a", subject: "5" });
    expect(heard).toEqual([1, 2, 3, 4]);
    expect(journal.get(2)).toBeUndefined();
    expect(journal.get(3)?.subject).toBe("3");
    expect(journal.since(0).map((entry) => entry.id)).toEqual([3, 4, 5]);
    expect(journal.since(4).map((entry) => entry.id)).toEqual([5]);
    expect(journal.lastId).toBe(5);
  });
});

describe("chance", () => {
  it("SIM10 depends on seed and purpose alone", () => {
    const draw = (sim: Simulation): number[] => [1, 2, 3].map(() => sim.random("names").int(1000));
    const alone = draw(new Simulation({ seed: 7 }));
    const disturbed = new Simulation({ seed: 7 });
    for (let i = 0; i < 10; i++) disturbed.random("addresses").float();
    expect(draw(disturbed)).toEqual(alone);
    expect(draw(new Simulation({ seed: 8 }))).not.toEqual(alone);
    const float = disturbed.random("floats").float();
    expect(float >= 0 && float < 1).toBe(true);
  });
});

describe("the clock", () => {
  it("SIM12 keeps the pace that it is told", () => {
    const { sim, seen, mark } = traced();
    const clock = new Clock(sim);
    sim.after(100, mark("a"));
    sim.after(200, mark("b"));
    clock.setSpeed(10);
    clock.advance(10);
    expect(seen).toEqual(["a@100"]);
    clock.pause();
    clock.advance(1000);
    expect(sim.now - sim.start).toBe(100);
    expect(clock.step()).toBe(true);
    expect(seen).toEqual(["a@100", "b@200"]);
    clock.resume();
    clock.advance(1);
    expect(sim.now - sim.start).toBe(210);
    clock.setSpeed(1e6);
    expect(clock.speed).toBe(1000);
    clock.setSpeed(0);
    expect(clock.speed).toBe(0.1);
  });

  it("SIM14 deals in whole milliseconds", () => {
    const { sim, seen, mark } = traced();
    const clock = new Clock(sim);
    sim.after(0.2, mark("a"));
    clock.setSpeed(0.1);
    for (let i = 0; i < 9; i++) clock.advance(1);
    expect([sim.now - sim.start, seen]).toEqual([0, []]);
    clock.advance(2);
    expect([sim.now - sim.start, seen]).toEqual([1, ["a@1"]]);
  });

  it("SIM13 makes up for what a busy host had no time for", () => {
    const { sim, seen, mark } = traced();
    const clock = new Clock(sim);
    for (let i = 1; i <= 10; i++) sim.after(i * 10, mark(String(i)));
    clock.advance(100, () => seen.length < 4);
    expect(seen).toHaveLength(4);
    expect(sim.now - sim.start).toBe(40);
    clock.advance(0);
    expect(seen).toHaveLength(10);
    expect(sim.now - sim.start).toBe(100);
    sim.after(5, mark("x"));
    clock.advance(60_000, () => false);
    clock.advance(0);
    expect(sim.now - sim.start).toBe(1100);
  });
});
