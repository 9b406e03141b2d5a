import { describe, expect, it } from "vitest";
import { ContainerLog, DEFAULT_LOG_LIMITS } from "./container-log.ts";

const MIB = 1024 ** 2;

describe("a container's log", () => {
  it("begins a new file at the look after it has 10 MiB, keeps five, all but the newest of the old ones compressed", () => {
    const clock = { now: 3000 };
    const log = new ContainerLog(clock, () => DEFAULT_LOG_LIMITS);
    const fill = (mark: string): void => {
      for (let n = 0; n < 10; n++) log.line(clock.now, "stdout", mark.repeat(MIB));
    };
    fill("a");
    expect([log.since(0).length, log.rotated.length]).toEqual([10, 0]);
    clock.now = 10_000;
    const size = 10 * MIB + 10 * 40;
    expect([log.since(0), log.rotated, log.bytes]).toEqual([[], [{ at: 10_000, from: 0, to: 10, bytes: size }], size]);
    for (const mark of ["b", "c", "d", "e", "f"]) {
      fill(mark);
      clock.now += 10_000;
    }
    log.line(clock.now, "stderr", "here");
    expect(log.since(0)).toEqual([{ time: 60_000, stream: "stderr", text: "here" }]);
    expect(log.rotated.map(({ at, from }) => [at, from])).toEqual([
      [30_000, 20],
      [40_000, 30],
      [50_000, 40],
      [60_000, 50],
    ]);
    expect(log.rotated.map((file) => log.isCompressed(file))).toEqual([true, true, true, false]);
    expect(log.linesOf({ from: 50, to: 60 })[9]?.text[0]).toBe("f");
    expect(log.bytes).toBe(3 * Math.ceil(size / 10) + size + 44);
  });

  it("stays as it is once the container has ended", () => {
    const clock = { now: 0 };
    const log = new ContainerLog(clock, () => ({ maxBytes: 10, maxFiles: 2 }));
    log.write(clock.now, "stdout", "a line\nand half");
    log.end(1000);
    clock.now = 60_000;
    expect([log.since(0).map(({ text }) => text), log.rotated]).toEqual([["a line", "and half"], []]);
  });
});
