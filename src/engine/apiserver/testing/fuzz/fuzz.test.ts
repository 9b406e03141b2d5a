import { expect, it } from "vitest";
import { fuzz } from "./fuzz.ts";

const REQUESTS = 1500;

it("API180 random requests break nothing: no crash, nothing invalid stored, watches tell what lists tell", () => {
  const report = fuzz({ seed: 7, requests: REQUESTS });
  const answered = Object.values(report.statuses).reduce((sum, count) => sum + count, 0);
  expect(answered).toBe(REQUESTS);
  // They do get somewhere.
  expect(report.statuses["201"]).toBeGreaterThan(REQUESTS / 50);
  expect(report.statuses["422"]).toBeGreaterThan(REQUESTS / 50);
  expect(report.objects).toBeGreaterThan(20);
});

it("API180 the same seed ends in the same state, another one elsewhere", () => {
  const first = fuzz({ seed: 8, requests: 400 });
  expect(fuzz({ seed: 8, requests: 400 })).toEqual(first);
  expect(fuzz({ seed: 9, requests: 400 }).hash).not.toBe(first.hash);
});
