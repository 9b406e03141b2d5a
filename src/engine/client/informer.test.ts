import { describe, expect, it } from "vitest";
import type { ConfigMap } from "../api/generated/types.ts";
import { configMaps } from "../api/registry.ts";
import { InformerFactory } from "./informer-factory.ts";
import { TestServer } from "./testing/test-server.ts";

const watched = (test: TestServer) => {
  const factory = new InformerFactory(test.sim, test.client);
  const informer = factory.informer(configMaps);
  const told: string[] = [];
  const show = ({ metadata, data }: ConfigMap) => `${metadata.name}=${data?.["value"]}`;
  const handler = {
    onAdd: (object: ConfigMap) => void told.push(`+${show(object)}`),
    onUpdate: (object: ConfigMap, old: ConfigMap) => void told.push(`${show(old)}>${show(object)}`),
    onDelete: (object: ConfigMap) => void told.push(`-${show(object)}`),
  };
  informer.addHandler(handler);
  const take = () => told.splice(0);
  return { factory, informer, take, handler };
};

describe("client", () => {
  it("CLI1 acts as its user", () => {
    const test = new TestServer();
    expect(test.client.resource(configMaps)).toBe(test.client.resource(configMaps));
    test.put("a", "1");
    const line = test.sim.journal.since(0).find(({ subject }) => subject === "configmaps/default/a");
    expect(line?.actor).toBe("tester");
  });
});

describe("informer", () => {
  it("CLI2 lists, then watches", () => {
    const test = new TestServer();
    test.put("a", "1");
    const { factory, informer } = watched(test);
    expect([informer.synced, informer.lister.size]).toEqual([false, 0]);
    factory.start();
    expect(informer.synced).toBe(false);
    test.pass(0);
    expect([informer.synced, informer.lister.get("default/a")?.data]).toEqual([true, { value: "1" }]);
    test.put("b", "2");
    test.pass(10);
    expect([...informer.lister.list()].map(({ metadata }) => metadata.name)).toEqual(["a", "b"]);
  });

  it("CLI3 tells each change once and in order", () => {
    const test = new TestServer();
    test.put("a", "1");
    const { factory, informer, take } = watched(test);
    factory.start();
    test.pass(0);
    test.put("a", "2");
    test.put("b", "1");
    test.put("a", "3");
    test.drop("a");
    test.pass(10);
    expect(take()).toEqual(["+a=1", "a=1>a=2", "+b=1", "a=2>a=3", "-a=3"]);
    const late: string[] = [];
    const remove = informer.addHandler({ onAdd: ({ metadata }) => void late.push(metadata.name) });
    expect(late).toEqual(["b"]);
    remove();
    test.put("c", "1");
    test.pass(10);
    expect(late).toEqual(["b"]);
  });

  it("CLI4 tells an object that was made again as another one", () => {
    const test = new TestServer();
    test.put("a", "1");
    const { factory, take } = watched(test);
    factory.start();
    test.pass(0);
    take();
    test.server.stop();
    test.pass(1);
    test.server.start();
    test.drop("a");
    test.put("a", "2");
    test.store.compact(test.store.revision);
    test.pass(60_000);
    expect(take()).toEqual(["-a=1", "+a=2"]);
  });

  it("CLI5 goes on from the last version, and lists again when that is compacted away", () => {
    const test = new TestServer();
    test.put("a", "1");
    test.put("b", "1");
    const { factory, take } = watched(test);
    factory.start();
    test.pass(0);
    take();
    test.server.stop();
    test.server.start();
    test.put("a", "2");
    test.put("a", "3");
    test.pass(60_000);
    expect(take()).toEqual(["a=1>a=2", "a=2>a=3"]);
    test.server.stop();
    test.pass(1);
    test.server.start();
    test.put("a", "4");
    test.put("a", "5");
    test.drop("b");
    test.store.compact(test.store.revision);
    test.pass(60_000);
    expect(take().sort()).toEqual(["-b=1", "a=3>a=5"]);
  });

  it("CLI6 waits longer and longer for a server that is away", () => {
    const test = new TestServer();
    test.server.stop();
    const { factory, informer } = watched(test);
    factory.start();
    test.pass(0);
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      const at = test.sim.nextEventTime as number;
      waits.push(at - test.sim.now);
      test.sim.step();
    }
    const floors = [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000];
    waits.forEach((wait, i) => {
      expect(wait).toBeGreaterThanOrEqual(floors[i] as number);
      expect(wait).toBeLessThanOrEqual(2 * (floors[i] as number));
    });
    expect(test.sim.idle).toBe(true);
    test.server.start();
    test.pass(60_000);
    expect(informer.synced).toBe(true);
  });

  it("CLI7 indexes by what objects have now", () => {
    const test = new TestServer();
    const { factory, informer } = watched(test);
    informer.addIndex("value", ({ data }) => Object.values(data ?? {}));
    factory.start();
    test.pass(0);
    for (const name of ["a", "b", "c"]) test.put(name, "x");
    test.put("a", "x", "shop");
    test.pass(10);
    const names = (index: string, value: string) =>
      informer.lister.byIndex(index, value).map(({ metadata }) => metadata.name);
    const before = informer.lister.byIndex("value", "x");
    expect(names("namespace", "default")).toEqual(["a", "b", "c"]);
    test.put("b", "y");
    test.drop("a");
    test.pass(10);
    expect(names("value", "x")).toEqual(["c", "a"]);
    expect(names("value", "y")).toEqual(["b"]);
    expect(names("value", "z")).toEqual([]);
    expect(before.map(({ metadata }) => metadata.name)).toEqual(["a", "b", "c", "a"]);
  });

  it("CLI8 is shared, and starts afresh after a stop", () => {
    const test = new TestServer();
    test.put("a", "1");
    const { factory, informer, take } = watched(test);
    expect(factory.informer(configMaps)).toBe(informer);
    expect(factory.informer(configMaps, { fieldSelector: "metadata.name=a" })).not.toBe(informer);
    factory.start();
    test.pass(0);
    take();
    factory.stop();
    expect([informer.synced, informer.lister.size, take()]).toEqual([false, 0, []]);
    test.put("b", "1");
    test.pass(100);
    expect(take()).toEqual([]);
    factory.start();
    test.pass(0);
    expect(take()).toEqual(["+a=1", "+b=1"]);
  });
});
