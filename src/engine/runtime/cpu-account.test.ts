import { describe, expect, it } from "vitest";
import { CpuAccount } from "./cpu-account.ts";

/** Calls that may be made at one instant. */
function burst(account: CpuAccount, now: number, cores = Infinity): number {
  let calls = 0;
  while (account.take(now, cores) === 0) calls++;
  return calls;
}

/** Spins from `from` until `until`: the calls made, and the milliseconds of a core that they took. */
function spin(account: CpuAccount, span: { from: number; until: number }, cores = Infinity) {
  let now = span.from;
  let calls = 0;
  let cpuMs = 0;
  while (now < span.until) {
    const wait = account.take(now, cores);
    if (wait === 0) {
      calls++;
      cpuMs += account.price;
    } else {
      cpuMs += wait * Math.min(1, cores);
      now += wait;
    }
  }
  return { calls, cpuMs: Math.round(cpuMs) };
}

describe("a CPU account", () => {
  it("lets a burst through at once, then a hundred calls a millisecond", () => {
    const account = new CpuAccount(0);
    expect(burst(account, 0)).toBe(10_000);
    expect(account.take(0, Infinity)).toBe(1);
    expect(burst(account, 1)).toBe(100);
  });

  it("makes who spins on make ever fewer calls, and count as one core", () => {
    const account = new CpuAccount(0);
    const first = spin(account, { from: 0, until: 1000 });
    const second = spin(account, { from: 1000, until: 60_000 });
    const third = spin(account, { from: 60_000, until: 70_000 });
    expect(first.calls).toBeGreaterThan(50_000);
    expect([second.calls, third.calls].map((calls) => Math.round(calls / 1000))).toEqual([85, 4]);
    expect([first, second, third].map(({ cpuMs }) => Math.round(cpuMs / 100))).toEqual([11, 592, 102]);
  });

  it("forgives after a rest", () => {
    const account = new CpuAccount(0);
    spin(account, { from: 0, until: 10_000 });
    expect(burst(account, 20_000)).toBe(10_000);
  });

  it("gives a tenth of the calls to a tenth of a core", () => {
    const slow = new CpuAccount(0);
    burst(slow, 0, 0.1);
    const { calls, cpuMs } = spin(slow, { from: 0, until: 1000 }, 0.1);
    expect([calls, cpuMs]).toEqual([9_900, 100]);
  });
});
