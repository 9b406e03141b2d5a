import fc from "fast-check";
import { expect, it } from "vitest";
import { SortedMap } from "./sorted-map.ts";

const items = (map: SortedMap<{ key: string }>, prefix = "", from = ""): string[] => {
  const keys: string[] = [];
  map.scan(prefix, from, ({ key }) => keys.push(key) > 0);
  return keys;
};

it("stays like a sorted array, over the bounds of its chunks", () => {
  const key = fc.integer({ min: 0, max: 3000 }).map((n) => `k${n}`);
  const steps = fc.array(fc.record({ key, add: fc.boolean() }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.boolean(), steps, (rising, changes) => {
      const map = new SortedMap<{ key: string }>();
      const naive = new Set<string>();
      for (let i = 0; i < 1300; i++) {
        const seeded = `k${rising ? 1000 + i : 2299 - i}`;
        map.set({ key: seeded });
        naive.add(seeded);
      }
      for (const change of changes) {
        if (change.add) {
          map.set({ key: change.key });
          naive.add(change.key);
        } else if (map.delete(change.key) !== naive.delete(change.key)) throw new Error(change.key);
      }
      const sorted = [...naive].sort();
      expect(items(map)).toEqual(sorted);
      expect(map.size).toBe(sorted.length);
      expect(items(map, "k1", "k15")).toEqual(sorted.filter((name) => name.startsWith("k1") && name >= "k15"));
      expect(map.count("k1", "k15")).toBe(sorted.filter((name) => name.startsWith("k1") && name >= "k15").length);
      expect(map.get("k1500")?.key).toBe(naive.has("k1500") ? "k1500" : undefined);
    }),
    { seed: 7, numRuns: 40 },
  );
});

it("keeps the last item of a key and stops when told", () => {
  const map = new SortedMap<{ key: string; value: number }>();
  map.set({ key: "a", value: 1 });
  map.set({ key: "a", value: 2 });
  map.set({ key: "b", value: 3 });
  expect([map.size, map.get("a")?.value, map.get("c")]).toEqual([2, 2, undefined]);
  const seen: string[] = [];
  map.scan("", "", ({ key }) => {
    seen.push(key);
    return false;
  });
  expect(seen).toEqual(["a"]);
});
