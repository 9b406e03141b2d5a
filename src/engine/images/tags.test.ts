import { expect, it } from "vitest";
import { tags } from "./tags.ts";

it("a range of versions is spelt out, with every suffix", () => {
  expect(Object.keys(tags(1, "1.9..11 2.0.0..1 latest", ["", "-alpine"]))).toEqual([
    "1.9",
    "1.9-alpine",
    "1.10",
    "1.10-alpine",
    "1.11",
    "1.11-alpine",
    "2.0.0",
    "2.0.0-alpine",
    "2.0.1",
    "2.0.1-alpine",
    "latest",
    "alpine",
  ]);
  expect(tags(1.5, "v1")).toEqual({ v1: { size: 1_500_000 } });
});
