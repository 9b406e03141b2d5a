import { expect, it } from "vitest";
import { CPU_WINDOW_MS, CpuMeter } from "./cpu-meter.ts";

it("shows the last whole window, and nothing when that was quiet", () => {
  const meter = new CpuMeter();
  meter.spend(3_000, 1_000);
  meter.spend(4_500, 14_999);
  expect(meter.rate(14_999)).toBe(0);
  expect(meter.rate(CPU_WINDOW_MS)).toBe(500);
  expect(meter.rate(2 * CPU_WINDOW_MS - 1)).toBe(500);
  expect(meter.rate(2 * CPU_WINDOW_MS)).toBe(0);
  meter.spend(1_500, 2 * CPU_WINDOW_MS);
  expect(meter.rate(4 * CPU_WINDOW_MS)).toBe(0);
});
