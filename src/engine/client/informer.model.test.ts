import { expect, it } from "vitest";
import fc from "fast-check";
import type { ConfigMap } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { configMaps } from "../api/registry.ts";
import { InformerFactory } from "./informer-factory.ts";
import { TestServer } from "./testing/test-server.ts";

const name = fc.constantFrom("a", "b", "c", "d");
const namespace = fc.constantFrom("default", "shop");
const step = fc.oneof(
  fc.record({ do: fc.constant("put" as const), name, namespace, value: fc.constantFrom("1", "2", "3") }),
  fc.record({ do: fc.constant("drop" as const), name, namespace }),
  fc.record({ do: fc.constant("pass" as const), ms: fc.nat(50) }),
  fc.record({ do: fc.constantFrom("compact" as const, "restart server" as const, "restart component" as const) }),
  fc.record({ do: fc.constant("outage" as const), ms: fc.nat(5000) }),
);

it("CLI9 an informer ends up as a fresh list, and so do its handlers", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const test = new TestServer();
      const factory = new InformerFactory(test.sim, test.client);
      const informer = factory.informer(configMaps);
      informer.addIndex("value", ({ data }) => Object.values(data ?? {}));
      const copy = new Map<string, ConfigMap>();
      informer.addHandler({
        onAdd: (object) => {
          expect(copy.has(keyOf(object))).toBe(false);
          copy.set(keyOf(object), object);
        },
        onUpdate: (object, old) => {
          expect(copy.get(keyOf(object))).toBe(old);
          copy.set(keyOf(object), object);
        },
        onDelete: (object) => expect(copy.delete(keyOf(object))).toBe(true),
      });
      factory.start();
      for (const action of steps)
        perform(test, action, () => {
          factory.stop();
          copy.clear();
          factory.start();
        });
      test.pass(120_000);
      const fresh = test.client.resource(configMaps).list("").items;
      const sorted = (objects: Iterable<ConfigMap>) => [...objects].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      expect(sorted(informer.lister.list())).toEqual(sorted(fresh));
      expect(sorted(copy.values())).toEqual(sorted(fresh));
      for (const value of ["1", "2", "3"]) {
        const having = fresh.filter(({ data }) => data?.["value"] === value);
        expect(sorted(informer.lister.byIndex("value", value))).toEqual(sorted(having));
      }
    }),
    { numRuns: 150, seed: 1 },
  );
});

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function perform(test: TestServer, action: Step, restart: () => void): void {
  switch (action.do) {
    case "put":
      test.put(action.name, action.value, action.namespace);
      break;
    case "drop": {
      const present = test.client.resource(configMaps).list(action.namespace).items;
      if (present.some(({ metadata }) => metadata.name === action.name)) test.drop(action.name, action.namespace);
      break;
    }
    case "pass":
      test.pass(action.ms);
      break;
    case "compact":
      if (test.store.revision > test.store.compactRevision) test.store.compact(test.store.revision);
      break;
    case "restart server":
      test.server.stop();
      test.server.start();
      break;
    case "restart component":
      restart();
      break;
    case "outage":
      test.server.stop();
      test.pass(action.ms);
      test.server.start();
      break;
  }
}
