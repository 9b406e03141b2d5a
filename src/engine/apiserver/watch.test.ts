import { describe, expect, it } from "vitest";
import { configMaps, events, leases, nodes, pods, serviceAccounts } from "../api/registry.ts";
import { HOUR } from "../base/time.ts";
import { bind, boundPod, podDraft, request, TestServer } from "./testing/test-server.ts";

const podKind = pods as never;

describe("list", () => {
  it("API17 is sorted, versioned and narrowed by selectors", () => {
    const test = new TestServer();
    for (const name of ["c", "a", "b"]) test.create(pods, podDraft(name, { labels: { app: name } }));
    test.create(pods, podDraft("z"), {}, "kube-system");
    bind(test, "a", "worker-1");
    const answer = test.send<{ kind: string; metadata: object }>(podKind, { verb: "list" });
    expect(answer.object).toMatchObject({
      kind: "PodList",
      apiVersion: "v1",
      metadata: { resourceVersion: String(test.store.revision) },
    });
    expect(test.names(podKind)).toEqual(["a", "b", "c"]);
    expect(test.names(podKind, {}, "")).toEqual(["a", "b", "c", "z"]);
    expect(test.names(podKind, { labelSelector: "app in (a,c)" })).toEqual(["a", "c"]);
    expect(test.names(podKind, { fieldSelector: "spec.nodeName=worker-1" })).toEqual(["a"]);
    expect(test.names(podKind, { fieldSelector: "metadata.name!=b", labelSelector: "app!=a" })).toEqual(["c"]);
    expect(test.names(podKind, { fieldSelector: "metadata.name=b" })).toEqual(["b"]);
    expect(() => test.names(podKind, { fieldSelector: "spec.colour=red" })).toThrow(
      "field label not supported: spec.colour",
    );
    expect(() => test.names(podKind, { labelSelector: "a in" })).toThrow("unable to parse requirement");
  });

  it("API18 comes in pages of one state", () => {
    const test = new TestServer();
    for (const name of ["a", "b", "c", "d", "e"]) test.create(configMaps, { metadata: { name } });
    const page = (options: object) =>
      test.send<{
        items: { metadata: { name: string } }[];
        metadata: { continue?: string; remainingItemCount?: number };
      }>(configMaps as never, { verb: "list", options }).object;
    const first = page({ limit: 2 });
    expect(first.items.map((item) => item.metadata.name)).toEqual(["a", "b"]);
    expect(first.metadata.remainingItemCount).toBe(3);
    test.delete(configMaps as never, "c");
    test.create(configMaps, { metadata: { name: "cc" } });
    const next = first.metadata.continue as string;
    const second = page({ limit: 2, continue: next });
    expect(second.items.map((item) => item.metadata.name)).toEqual(["c", "d"]);
    const third = page({ limit: 2, continue: second.metadata.continue as string });
    expect(third.items.map((item) => item.metadata.name)).toEqual(["e"]);
    expect(third.metadata.continue).toBeUndefined();
    test.store.compact(test.store.revision);
    expect(() => page({ limit: 2, continue: next })).toThrow(
      "The provided continue parameter is too old to display a consistent list result.",
    );
    expect(() => page({ continue: "nonsense" })).toThrow("continue key is not valid");
  });
});

describe("watch", () => {
  it("API19 tells of changes a millisecond later, in order, with their causes", () => {
    const test = new TestServer();
    const causes: string[] = [];
    test.server.watch(request(podKind, { verb: "watch", options: { resourceVersion: String(test.store.revision) } }), {
      onEvents: () => {
        const line = test.sim.journal.get(test.sim.journal.cause);
        causes.push(`${line?.subject} ${line?.detail}`);
      },
      onEnd: () => undefined,
    });
    const watch = test.watch(podKind, { resourceVersion: String(test.store.revision) });
    const made = test.create(pods, podDraft("a"));
    test.create(pods, podDraft("b"));
    bind(test, "a", "worker-1");
    expect(watch.seen).toEqual([]);
    const before = test.sim.eventCount;
    test.settle(1);
    expect(test.sim.eventCount - before).toBe(2);
    const first = Number(made.metadata.resourceVersion);
    expect(watch.seen).toEqual([`ADDED a@${first}`, `ADDED b@${first + 1}`, `MODIFIED a@${first + 2}`]);
    expect(watch.events[0]?.object).toBe(made);
    expect(causes).toEqual(["pods/default/a create", "pods/default/b create", "pods/default/a bind"]);
  });

  it("API19 doesn't tell early what came a moment later", () => {
    const test = new TestServer();
    const watch = test.watch(podKind, { resourceVersion: String(test.store.revision) });
    // Made at the very instant at which the first one arrives, but before it does.
    test.sim.after(1, () => test.create(pods, podDraft("b")));
    test.create(pods, podDraft("a"));
    test.settle(1);
    expect(watch.seen).toHaveLength(1);
    test.settle(1);
    expect(watch.seen).toHaveLength(2);
  });

  it("API20 begins where it is told to", () => {
    const test = new TestServer();
    const made = test.create(configMaps, { metadata: { name: "a" } });
    test.create(configMaps, { metadata: { name: "b" } });
    const version = Number(made.metadata.resourceVersion);
    const after = test.watch(configMaps as never, { resourceVersion: String(version) });
    const all = test.watch(configMaps as never, { resourceVersion: "0" });
    test.delete(configMaps as never, "a");
    test.settle();
    expect(after.seen).toEqual([`ADDED b@${version + 1}`, `DELETED a@${version + 2}`]);
    expect(all.seen).toEqual([`ADDED a@${version}`, `ADDED b@${version + 1}`, `DELETED a@${version + 2}`]);
    all.stop();
    test.create(configMaps, { metadata: { name: "c" } });
    test.settle();
    expect([after.seen.length, all.seen.length]).toEqual([3, 3]);
  });

  it("API21 shows each watcher its own part", () => {
    const test = new TestServer();
    const from = { resourceVersion: String(test.store.revision) };
    const mine = test.watch(podKind, { ...from, fieldSelector: "spec.nodeName=worker-1" }, "");
    const other = test.watch(podKind, { ...from, fieldSelector: "spec.nodeName=worker-2" }, "");
    const labelled = test.watch(podKind, { ...from, labelSelector: "app=web" });
    const elsewhere = test.watch(podKind, from, "kube-system");
    const named = test.watch(podKind, { ...from, fieldSelector: "metadata.name=b" });
    test.create(pods, podDraft("a", { labels: { app: "web" } }));
    bind(test, "a", "worker-1");
    const { metadata, ...rest } = test.get(pods, "a");
    test.update(pods, { ...rest, metadata: { ...metadata, labels: {} } });
    test.create(pods, podDraft("b"));
    test.settle();
    const kinds = (watch: { seen: string[] }) => watch.seen.map((text) => text.replace(/@.*/, ""));
    expect(kinds(mine)).toEqual(["ADDED a", "MODIFIED a"]);
    expect(kinds(other)).toEqual([]);
    expect(kinds(labelled)).toEqual(["ADDED a", "MODIFIED a", "DELETED a"]);
    expect(labelled.events[2]?.object.metadata.labels).toEqual({ app: "web" });
    expect(kinds(elsewhere)).toEqual([]);
    expect(kinds(named)).toEqual(["ADDED b"]);
  });

  it("API22 ends with its server, or when its start is gone", () => {
    const test = new TestServer();
    const made = test.create(configMaps, { metadata: { name: "a" } });
    const live = test.watch(configMaps as never, { resourceVersion: made.metadata.resourceVersion });
    test.store.compact(test.store.revision);
    const late = test.watch(configMaps as never, { resourceVersion: "2" });
    test.settle();
    expect(late.seen).toEqual(["expired"]);
    test.create(configMaps, { metadata: { name: "lost on the way".replaceAll(" ", "-") } });
    test.server.stop();
    test.settle();
    expect(live.seen).toEqual(["closed"]);
    expect(() => test.names(configMaps as never)).toThrow(
      expect.objectContaining({ code: 503, reason: "ServiceUnavailable" }),
    );
    expect(test.http("GET", "/version").failure).toBe("ECONNREFUSED");
    test.server.start();
    expect(test.names(configMaps as never)).toEqual(["a", "lost-on-the-way"]);
  });

  it("API22 ends when its time is up", () => {
    const test = new TestServer();
    const watch = test.watch(podKind, { resourceVersion: String(test.store.revision), timeoutSeconds: 5 });
    test.create(serviceAccounts, { metadata: { name: "default" } });
    test.settle(5000);
    test.create(pods, podDraft("late"));
    test.settle();
    expect(watch.seen).toEqual(["closed"]);
  });

  it("API45 sees events go after an hour", () => {
    const test = new TestServer();
    const event = (name: string) => ({
      metadata: { name },
      involvedObject: { kind: "Pod", name: "web", namespace: "default" },
      reason: "Started",
      type: "Normal",
    });
    const kept = test.create(events, event("kept"));
    test.create(events, event("lost"));
    expect(test.sim.idle).toBe(true);
    test.settle(HOUR / 2);
    test.update(events, { ...kept, count: 2 });
    test.settle(HOUR / 2);
    expect(test.names(events as never)).toEqual(["kept"]);
    test.settle(HOUR / 2);
    expect(test.names(events as never)).toEqual([]);
  });

  it("API23 lets heartbeats sleep", () => {
    const test = new TestServer();
    const spec = { holderIdentity: "worker-1", renewTime: "2026-01-01T00:00:00.000000Z" };
    const lease = test.create(leases, { metadata: { name: "worker-1" }, spec });
    const condition = { type: "Ready", status: "True", reason: "KubeletReady", message: "" };
    const beat = (lastHeartbeatTime: string, status = "True") => ({
      conditions: [{ ...condition, status, lastHeartbeatTime }],
    });
    const node = test.create(nodes, { metadata: { name: "worker-1" }, status: beat("2026-01-01T00:00:00Z") });
    const from = { resourceVersion: String(test.store.revision) };
    const watches = [test.watch(leases as never, from), test.watch(nodes as never, from, "")];
    test.update(leases, { ...lease, spec: { ...spec, renewTime: "2026-01-01T00:00:10.000000Z" } });
    test.update(nodes, { ...node, status: { ...node.status, ...beat("2026-01-01T00:05:00Z") } }, "status");
    expect(test.sim.idle).toBe(true);
    const now = test.get(nodes, "worker-1");
    test.update(nodes, { ...now, status: { ...now.status, ...beat("2026-01-01T00:05:00Z", "False") } }, "status");
    expect(test.sim.idle).toBe(false);
    test.settle();
    expect(watches.map(({ seen }) => seen.length)).toEqual([1, 2]);
    boundPod(test, "web");
  });
});
