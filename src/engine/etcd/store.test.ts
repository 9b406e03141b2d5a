import { describe, expect, it } from "vitest";
import { MINUTE } from "../base/time.ts";
import { Simulation } from "../sim/simulation.ts";
import type { StoreEvent } from "./key-value.ts";
import { COMPACTION_INTERVAL, Store } from "./store.ts";

function newStore(options: { historyLimit?: number } = {}): { sim: Simulation; store: Store<string> } {
  const sim = new Simulation();
  return { sim, store: new Store<string>(sim, options) };
}

/** `put a=1@2`, `delete a@3` */
function told(events: readonly StoreEvent<string>[]): string[] {
  return events.map(({ type, key, current, revision }) =>
    type === "put" ? `put ${key}=${current?.value}@${revision}` : `delete ${key}@${revision}`,
  );
}

describe("revisions", () => {
  it("ETCD1 counts one revision for each write", () => {
    const { store } = newStore();
    expect(store.revision).toBe(1);
    expect(store.put("a", "1")).toBe(2);
    expect(store.delete("a")).toBe(true);
    expect(store.revision).toBe(3);
    const both = [
      { op: "put", key: "a", value: "2" },
      { op: "put", key: "b", value: "2" },
    ] as const;
    expect(store.txn({ compare: [], success: both })).toEqual({ succeeded: true, revision: 4 });
    expect(store.txn({ compare: [], success: [] })).toEqual({ succeeded: true, revision: 4 });
  });

  it("ETCD2 tells who a version is", () => {
    const { store } = newStore();
    store.put("a", "1");
    store.put("b", "1");
    store.put("a", "2");
    expect(store.get("a")).toEqual({ key: "a", value: "2", createRevision: 2, modRevision: 4, version: 2 });
    expect(store.get("c")).toBeUndefined();
    expect(store.size).toBe(2);
  });

  it("ETCD3 ignores a delete of nothing and starts deleted keys over", () => {
    const { store } = newStore();
    const seen: string[] = [];
    store.watch({ prefix: "", onEvents: (events) => void seen.push(...told(events)) });
    expect(store.delete("a")).toBe(false);
    expect(store.txn({ compare: [], success: [{ op: "delete", key: "a" }] }).revision).toBe(1);
    store.put("a", "1");
    store.put("a", "2");
    store.delete("a");
    store.put("a", "3");
    expect(store.get("a")).toEqual({ key: "a", value: "3", createRevision: 5, modRevision: 5, version: 1 });
    expect(seen).toEqual(["put a=1@2", "put a=2@3", "delete a@4", "put a=3@5"]);
  });

  it("ETCD14 shares values and freezes them in development", () => {
    const store = new Store<{ list: number[] }>(new Simulation());
    const value = { list: [1] };
    store.put("a", value);
    expect(store.get("a")?.value).toBe(value);
    expect(store.range("").items[0]?.value).toBe(value);
    expect(Object.isFrozen(value.list)).toBe(true);
  });
});

describe("reading", () => {
  it("ETCD4 ranges in key order, in pages", () => {
    const { store } = newStore();
    for (const key of ["p/c", "p/a", "q", "p/b", "o"]) store.put(key, key);
    const keys = (from?: string, limit?: number) => {
      const { items, more } = store.range("p/", { ...(from && { from }), ...(limit && { limit }) });
      return [items.map((item) => item.key).join(), more];
    };
    expect(keys()).toEqual(["p/a,p/b,p/c", false]);
    expect(keys("", 2)).toEqual(["p/a,p/b", true]);
    expect(keys("", 3)).toEqual(["p/a,p/b,p/c", false]);
    expect(keys("p/b\0")).toEqual(["p/c", false]);
    expect([store.count("p/"), store.count("p/", "p/b"), store.count("x")]).toEqual([3, 2, 0]);
  });

  it("ETCD4 stays in order over many chunks, whatever the order of insertion", () => {
    const { store } = newStore();
    const keys = Array.from({ length: 5000 }, (_, i) => `k${String((i * 7919) % 5000).padStart(4, "0")}`);
    for (const key of keys) store.put(key, key);
    for (const key of keys.filter((_, i) => i % 3 === 0)) store.delete(key);
    const left = keys.filter((_, i) => i % 3 !== 0).sort();
    expect(store.range("").items.map((item) => item.key)).toEqual(left);
    expect(store.count("k1")).toBe(left.filter((key) => key.startsWith("k1")).length);
  });

  it("ETCD5 shows any kept revision as it was", () => {
    const { store } = newStore();
    store.put("a", "1");
    store.put("b", "1");
    store.put("a", "2");
    store.delete("b");
    store.put("c", "1");
    const at = (revision: number) =>
      store
        .range("", { revision })
        .items.map(({ key, value }) => key + value)
        .join();
    expect([1, 2, 3, 4, 5, 6].map(at)).toEqual(["", "a1", "a1,b1", "a2,b1", "a2", "a2,c1"]);
    expect(store.get("b", 4)?.value).toBe("1");
    expect(store.get("b", 5)).toBeUndefined();
  });

  it("ETCD6 refuses what is gone and what is not yet", () => {
    const { store } = newStore();
    store.put("a", "1");
    store.put("a", "2");
    store.compact(3);
    expect(() => store.get("a", 2)).toThrow("etcdserver: mvcc: required revision has been compacted");
    expect(() => store.range("", { revision: 4 })).toThrow("etcdserver: mvcc: required revision is a future revision");
    expect(store.get("a", 3)?.value).toBe("2");
  });
});

describe("transactions", () => {
  it("ETCD7 compares mod revisions and does one branch at one revision", () => {
    const { store } = newStore();
    store.put("a", "1");
    const create = { compare: [{ key: "b", modRevision: 0 }], success: [{ op: "put", key: "b", value: "1" }] } as const;
    expect(store.txn(create)).toEqual({ succeeded: true, revision: 3 });
    expect(store.txn(create)).toEqual({ succeeded: false, revision: 3 });
    const swap = {
      compare: [
        { key: "a", modRevision: 2 },
        { key: "b", modRevision: 3 },
      ],
      success: [
        { op: "put", key: "a", value: "2" },
        { op: "delete", key: "b" },
      ],
      failure: [{ op: "put", key: "lost", value: "1" }],
    } as const;
    expect(store.txn(swap)).toEqual({ succeeded: true, revision: 4 });
    expect([store.get("a")?.modRevision, store.get("b")]).toEqual([4, undefined]);
    expect(store.txn(swap)).toEqual({ succeeded: false, revision: 5 });
    expect(store.get("lost")?.value).toBe("1");
    const twice = [
      { op: "put", key: "x", value: "1" },
      { op: "delete", key: "x" },
    ] as const;
    expect(() => store.txn({ compare: [], success: twice })).toThrow("duplicate key given in txn request");
  });
});

describe("watching", () => {
  it("ETCD8 tells each commit under the prefix, until it is stopped", () => {
    const { store } = newStore();
    const seen: StoreEvent<string>[] = [];
    const stop = store.watch({ prefix: "p/", onEvents: (events) => void seen.push(...events) });
    store.put("p/a", "1");
    store.put("q/a", "1");
    store.txn({
      compare: [],
      success: [
        { op: "put", key: "p/a", value: "2" },
        { op: "put", key: "q/b", value: "2" },
      ],
    });
    store.delete("p/a");
    stop();
    store.put("p/b", "1");
    expect(told(seen)).toEqual(["put p/a=1@2", "put p/a=2@4", "delete p/a@5"]);
    expect(seen.map((event) => event.previous?.value)).toEqual([undefined, "1", "2"]);
  });

  it("ETCD9 replays history first, and compaction takes nothing away from who has it", () => {
    const { store } = newStore();
    store.put("a", "1");
    store.put("a", "2");
    store.delete("a");
    const seen: StoreEvent<string>[] = [];
    store.watch({ prefix: "", after: 2, onEvents: (events) => void seen.push(...events) });
    store.put("b", "1");
    store.compact(5);
    store.put("b", "2");
    expect(told(seen)).toEqual(["put a=2@3", "delete a@4", "put b=1@5", "put b=2@6"]);
    expect(seen.map((event) => event.previous?.value)).toEqual(["1", "2", undefined, "1"]);
  });

  it("ETCD10 fails from before the compact revision", () => {
    const { store } = newStore();
    for (const value of ["1", "2", "3"]) store.put("a", value);
    store.compact(3);
    const onEvents = (): void => undefined;
    expect(() => store.watch({ prefix: "", after: 2, onEvents })).toThrow("compacted");
    expect(() => store.watch({ prefix: "", after: 9, onEvents })).toThrow("future revision");
    expect(told(store.since(3))).toEqual(["put a=3@4"]);
  });
});

describe("compaction", () => {
  it("ETCD11 forgets only what nobody can read", () => {
    const { store } = newStore();
    store.put("a", "1");
    store.put("b", "1");
    store.delete("b");
    store.put("a", "2");
    store.compact(4);
    expect(store.compactRevision).toBe(4);
    expect(store.range("", { revision: 4 }).items.map(({ key, value }) => key + value)).toEqual(["a1"]);
    expect(store.range("").items.map(({ key, value }) => key + value)).toEqual(["a2"]);
    store.put("b", "2");
    expect(store.get("b")?.version).toBe(1);
    expect(() => store.compact(4)).toThrow("compacted");
    expect(() => store.compact(99)).toThrow("future revision");
  });

  it("ETCD12 compacts itself in the background, and rests when nothing is written", () => {
    const { sim, store } = newStore();
    store.put("a", "1");
    store.put("a", "2");
    expect(sim.idle).toBe(true);
    sim.runUntil(sim.now + COMPACTION_INTERVAL + MINUTE);
    store.put("a", "3");
    sim.runUntil(sim.now + COMPACTION_INTERVAL);
    expect(store.compactRevision).toBe(3);
    sim.runUntil(sim.now + 10 * COMPACTION_INTERVAL);
    expect(store.compactRevision).toBe(4);
    expect(sim.nextEventTime).toBeUndefined();
    store.put("a", "4");
    expect(sim.nextEventTime).toBe(sim.now + COMPACTION_INTERVAL);
  });

  it("ETCD13 bounds its history", () => {
    const { store } = newStore({ historyLimit: 10 });
    for (let i = 0; i < 21; i++) store.put("a", String(i));
    expect(store.compactRevision).toBe(12);
    expect(store.since(12)).toHaveLength(10);
    expect(store.get("a", 12)?.value).toBe("10");
  });
});

describe("snapshots", () => {
  const stamp = (value: string, revision: number): string => `${value.replace(/@.*/, "")}@${revision}`;

  it("ETCD16 brings back what was, and touches nothing else", () => {
    const { store } = newStore();
    store.put("kept", "1");
    store.put("gone", "1");
    store.put("changed", "1");
    const before = store.snapshot();
    expect(before).toEqual({ revision: 4, items: store.range("").items });
    store.delete("gone");
    store.put("changed", "2");
    store.put("new", "1");
    const seen: StoreEvent<string>[] = [];
    store.watch({ prefix: "", onEvents: (events) => void seen.push(...events) });
    expect(store.restore(before, stamp)).toBe(8);
    expect(told(seen)).toEqual(["delete new@8", "put changed=1@8@8", "put gone=1@8@8"]);
    expect(store.get("kept")).toMatchObject({ value: "1", modRevision: 2 });
    seen.length = 0;
    expect(store.restore(store.snapshot(), stamp)).toBe(8);
    expect(seen).toEqual([]);
  });

  it("ETCD17 lets nobody go on with a watch across it", () => {
    const { store } = newStore();
    store.put("a", "1");
    const before = store.snapshot();
    store.put("a", "2");
    store.restore(before, stamp);
    expect(store.compactRevision).toBe(4);
    expect(() => store.watch({ prefix: "", after: 3, onEvents: () => undefined })).toThrow("compacted");
  });
});
