import { describe, expect, it } from "vitest";
import { ageOf, humanDuration } from "./duration.ts";
import { scaledFromPercent } from "./int-or-string.ts";

const [S, M, H, D] = [1000, 60_000, 3_600_000, 86_400_000];

describe("durations", () => {
  it.each([
    [-2 * S, "<invalid>"],
    [-S, "0s"],
    [0, "0s"],
    [119 * S, "119s"],
    [2 * M, "2m"],
    [3 * M + 2 * S, "3m2s"],
    [10 * M + 5 * S, "10m"],
    [179 * M, "179m"],
    [3 * H, "3h"],
    [7 * H + 59 * M, "7h59m"],
    [47 * H, "47h"],
    [4 * D + 23 * H, "4d23h"],
    [8 * D, "8d"],
    [729 * D, "729d"],
    [735 * D, "2y5d"],
    [9 * 365 * D, "9y"],
  ])("%d ms is %s", (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });

  it("knows no age without a time", () => {
    expect(ageOf(undefined, 0)).toBe("<unknown>");
    expect(ageOf("1970-01-01T00:00:00Z", 90 * S)).toBe("90s");
  });
});

describe("numbers or percentages", () => {
  it("rounds as asked", () => {
    expect(scaledFromPercent("25%", 3, "up")).toBe(1);
    expect(scaledFromPercent("25%", 3, "down")).toBe(0);
    expect(scaledFromPercent(2, 3, "up")).toBe(2);
    expect(() => scaledFromPercent("2", 3, "up")).toThrow("string is not a percentage");
  });
});
