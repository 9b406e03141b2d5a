import fc from "fast-check";
import { expect, it } from "vitest";
import { LruMap } from "./lru-map.ts";

type Step = { readonly act: "get" | "peek" | "set"; readonly key: number } | { readonly act: "clear" };

const key = fc.integer({ min: 0, max: 6 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: fc.record({ act: fc.constantFrom("get", "peek", "set"), key }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("clear") }) },
);

it("answers as a list does whose first entry makes room and whose used entries go to its end", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, capacity) => {
      const map = new LruMap<number, number>(capacity);
      let model: { key: number; value: number }[] = [];
      for (const [value, { act, ...rest }] of steps.entries()) {
        const key = "key" in rest ? rest.key : -1;
        const known = model.find((entry) => entry.key === key);
        const answer = act === "get" ? map.get(key) : map.peek(key);
        expect(answer).toBe(known?.value);
        if (act === "set") map.set(key, value);
        if (act === "clear") map.clear();

        const others = model.filter((entry) => entry !== known);
        if (act === "set") model = [...others.slice(Math.max(0, others.length - capacity + 1)), { key, value }];
        if (act === "get" && known !== undefined) model = [...others, known];
        if (act === "clear") model = [];
        expect(map.size).toBe(model.length);
      }
      expect(model.map(({ key }) => map.peek(key))).toEqual(model.map(({ value }) => value));
    }),
  );
});
