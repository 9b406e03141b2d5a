import { expect, it } from "vitest";
import { lazyTags, tags } from "./tags.ts";

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

it("tags are made when somebody looks at them, once", () => {
  let made = 0;
  const lazy = lazyTags(() => (made++, { a: { size: 1 }, b: { size: 2 } }));
  const copied = { name: "x", tags: lazy };
  expect(made).toBe(0);
  expect([copied.tags["a"], "b" in lazy, "c" in lazy, Object.entries(lazy)]).toEqual([
    { size: 1 },
    true,
    false,
    [
      ["a", { size: 1 }],
      ["b", { size: 2 }],
    ],
  ]);
  expect(made).toBe(1);
});
