import fc from "fast-check";
import { expect, it } from "vitest";
import { Simulation } from "../sim/simulation.ts";
import { Store } from "./store.ts";

/** Every revision as a full copy. */
class Naive {
  readonly states: Map<string, string>[] = [new Map(), new Map()];
  compacted = 0;

  get revision(): number {
    return this.states.length - 1;
  }

  write(change: (state: Map<string, string>) => void): void {
    const next = new Map(this.states.at(-1));
    change(next);
    this.states.push(next);
  }

  at(revision: number, prefix: string): string[] {
    const state = this.states[revision] as Map<string, string>;
    return [...state]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => `${key}=${value}`)
      .sort();
  }
}

const key = fc.constantFrom("a/1", "a/2", "a/3", "b/1", "b/2", "c");
const value = fc.constantFrom("x", "y", "z");
const operation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("put" as const), key, value }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("delete" as const), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("txn" as const), key, other: key, value }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("compact" as const), back: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("watch" as const), back: fc.nat(8) }) },
);

it("ETCD15 answers like a naive store", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const store = new Store<string>(new Simulation());
      const naive = new Naive();
      const watches: { after: number; seen: string[] }[] = [];
      const show = (prefix: string, revision?: number): string[] =>
        store
          .range(prefix, revision === undefined ? {} : { revision })
          .items.map((item) => `${item.key}=${item.value}`);
      for (const op of operations) {
        if (op.kind === "put") {
          store.put(op.key, op.value);
          naive.write((state) => void state.set(op.key, op.value));
        } else if (op.kind === "delete") {
          if (store.delete(op.key)) naive.write((state) => void state.delete(op.key));
        } else if (op.kind === "txn") {
          const compare = [{ key: op.key, modRevision: 0 }];
          const { succeeded } = store.txn({ compare, success: [{ op: "put", key: op.other, value: op.value }] });
          if (succeeded !== (naive.at(naive.revision, op.key).length === 0)) throw new Error(`${op.key}: ${succeeded}`);
          if (succeeded) naive.write((state) => void state.set(op.other, op.value));
        } else if (op.kind === "compact") {
          const revision = naive.revision - op.back;
          if (revision > naive.compacted) {
            store.compact(revision);
            naive.compacted = revision;
          }
        } else {
          const after = Math.max(naive.compacted, naive.revision - op.back, 1);
          const watch = { after, seen: [] as string[] };
          watches.push(watch);
          store.watch({
            prefix: "a/",
            after,
            onEvents: (events) => {
              for (const event of events) {
                watch.seen.push(event.current === undefined ? event.key : `${event.key}=${event.current.value}`);
              }
            },
          });
        }
        expect(store.revision).toBe(naive.revision);
        expect(show("")).toEqual(naive.at(naive.revision, ""));
        for (let revision = Math.max(naive.compacted, 1); revision <= naive.revision; revision++) {
          expect(show("a/", revision)).toEqual(naive.at(revision, "a/"));
        }
      }
      for (const { after, seen } of watches) {
        const replayed = new Map(naive.states[after]);
        for (const text of seen) {
          const [name = "", now] = text.split("=");
          if (now === undefined) replayed.delete(name);
          else replayed.set(name, now);
        }
        const shown = [...replayed].filter(([name]) => name.startsWith("a/")).map(([name, now]) => `${name}=${now}`);
        expect(shown.sort()).toEqual(naive.at(naive.revision, "a/"));
      }
    }),
    { seed: 20260101, numRuns: 150 },
  );
});
