import { describe, expect, it } from "vitest";
import { slowStartBatch } from "./slow-start.ts";

describe("slowStartBatch", () => {
  it("goes through all when nothing fails", () => {
    let calls = 0;
    expect(slowStartBatch(10, () => void calls++)).toEqual({ successes: 10, error: undefined });
    expect(calls).toBe(10);
  });

  it("finishes the batch in which a call fails and begins no other", () => {
    let calls = 0;
    const error = new Error("quota");
    const result = slowStartBatch(100, () => {
      if (++calls === 5) throw error;
    });
    // Batches of 1, 2 and 4.
    expect(calls).toBe(7);
    expect(result).toEqual({ successes: 6, error });
  });
});
