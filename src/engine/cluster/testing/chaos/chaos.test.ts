import { expect, it } from "vitest";
import { runChaos } from "./chaos.ts";

it("twelve minutes of trouble break nothing that must hold, and the cluster comes to rest", () => {
  const report = runChaos({ seed: 3, minutes: 12 });
  expect(report.actions).toBeGreaterThan(20);
  expect(report.checks).toBeGreaterThan(12);
});
