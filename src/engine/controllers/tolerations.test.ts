import { expect, it } from "vitest";
import type { Pod, Taint } from "../api/generated/types.ts";
import { evictionDelay } from "./taint-eviction.ts";
import { minTolerationTime } from "./tolerations.ts";

const taint = (key: string): Taint => ({ key, value: "v", effect: "NoExecute" });
const tolerant = (...tolerations: object[]): Pod => ({ spec: { tolerations } }) as unknown as Pod;

it("the shortest toleration counts, none at all is for ever, and less than nothing is nothing", () => {
  expect(minTolerationTime([{ tolerationSeconds: 7 }, { tolerationSeconds: 3 }, {}])).toBe(3000);
  expect(minTolerationTime([{}])).toBeUndefined();
  expect(minTolerationTime([{ tolerationSeconds: -5 }])).toBe(0);
});

it("a pod goes at once unless it bears every taint", () => {
  const one = { key: "a", operator: "Equal", value: "v", effect: "NoExecute", tolerationSeconds: 60 };
  expect(evictionDelay(tolerant(), [])).toBeUndefined();
  expect(evictionDelay(tolerant(), [taint("a")])).toBe(0);
  expect(evictionDelay(tolerant(one), [taint("a")])).toBe(60_000);
  expect(evictionDelay(tolerant(one), [taint("a"), taint("b")])).toBe(0);
  expect(evictionDelay(tolerant({ operator: "Exists" }), [taint("a"), taint("b")])).toBeUndefined();
  expect(evictionDelay(tolerant({ key: "a", operator: "Equal", value: "w" }), [taint("a")])).toBe(0);
});
