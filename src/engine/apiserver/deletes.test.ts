import { describe, expect, it } from "vitest";
import type { Namespace } from "../api/generated/types.ts";
import { configMaps, deployments, namespaces, pods } from "../api/registry.ts";
import { formatTime } from "../base/time.ts";
import { boundPod, podDraft, TestServer } from "./testing/test-server.ts";

const configMap = configMaps as never;

describe("delete", () => {
  it("API10 removes at once what nothing holds", () => {
    const test = new TestServer();
    const made = test.create(configMaps, { metadata: { name: "c" }, data: { a: "1" } });
    const watch = test.watch(configMap, { resourceVersion: made.metadata.resourceVersion });
    expect(test.delete(configMap, "c")).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      details: { name: "c", kind: "configmaps", uid: made.metadata.uid },
    });
    test.settle();
    expect(watch.seen).toEqual([`DELETED c@${test.store.revision}`]);
    expect(watch.events[0]?.object).toMatchObject({ data: { a: "1" } });
    expect(() => test.delete(configMap, "c")).toThrow('configmaps "c" not found');
  });

  it("API11 lets a running pod end in peace", () => {
    const test = new TestServer();
    boundPod(test, "web");
    const going = test.delete(pods as never, "web") as { metadata: object };
    expect(going.metadata).toMatchObject({
      deletionTimestamp: formatTime(test.sim.now + 30_000),
      deletionGracePeriodSeconds: 30,
      generation: 2,
    });
    const { revision } = test.store;
    test.delete(pods as never, "web");
    test.delete(pods as never, "web", { gracePeriodSeconds: 60 });
    expect(test.store.revision).toBe(revision);
    test.settle(5000);
    test.delete(pods as never, "web", { gracePeriodSeconds: 10 });
    expect(test.get(pods, "web").metadata).toMatchObject({
      deletionTimestamp: "2026-01-01T00:00:10Z",
      deletionGracePeriodSeconds: 10,
    });
    test.delete(pods as never, "web", { gracePeriodSeconds: 0 });
    expect(test.names(pods as never)).toEqual([]);
  });

  it("API11 doesn't wait for a pod that runs nowhere or is over", () => {
    const test = new TestServer();
    test.create(pods, podDraft("nowhere"));
    test.delete(pods as never, "nowhere");
    const over = boundPod(test, "over");
    test.update(pods, { ...over, status: { ...over.status, phase: "Succeeded" } }, "status");
    test.delete(pods as never, "over");
    expect(test.names(pods as never)).toEqual([]);
  });

  it("API12 waits for finalizers", () => {
    const test = new TestServer();
    test.create(configMaps, { metadata: { name: "c", finalizers: ["example.com/hold"] } });
    test.delete(configMap, "c");
    const held = test.get(configMaps, "c");
    expect(held.metadata).toMatchObject({ deletionTimestamp: formatTime(test.sim.now), deletionGracePeriodSeconds: 0 });
    const more = { ...held, metadata: { ...held.metadata, finalizers: ["example.com/hold", "example.com/more"] } };
    expect(() => test.update(configMaps, more)).toThrow(
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/more"}',
    );
    const watch = test.watch(configMap, { resourceVersion: held.metadata.resourceVersion });
    test.update(configMaps, { ...held, metadata: { ...held.metadata, finalizers: [] } });
    test.settle();
    expect(watch.seen).toEqual([`DELETED c@${test.store.revision}`]);
    expect(() => test.get(configMaps, "c")).toThrow("not found");
  });

  it("API13 marks what the garbage collector is to do", () => {
    const test = new TestServer();
    const make = (name: string) => test.create(configMaps, { metadata: { name } });
    for (const name of ["foreground", "orphan", "background"]) make(name);
    test.delete(configMap, "foreground", { propagationPolicy: "Foreground" });
    test.delete(configMap, "orphan", { propagationPolicy: "Orphan" });
    test.delete(configMap, "background", { propagationPolicy: "Background" });
    expect(test.names(configMap)).toEqual(["foreground", "orphan"]);
    expect(test.get(configMaps, "foreground").metadata.finalizers).toEqual(["foregroundDeletion"]);
    expect(test.get(configMaps, "orphan").metadata.finalizers).toEqual(["orphan"]);
  });

  it("API14 checks preconditions", () => {
    const test = new TestServer();
    const { metadata } = test.create(configMaps, { metadata: { name: "c" } });
    const { uid, resourceVersion } = metadata;
    expect(() => test.delete(configMap, "c", { preconditions: { uid: "x" } })).toThrow(
      `Operation cannot be fulfilled on configmaps "c": Precondition failed: UID in precondition: x, UID in object meta: ${uid}`,
    );
    expect(() => test.delete(configMap, "c", { preconditions: { resourceVersion: "1" } })).toThrow(
      `ResourceVersion in precondition: 1, ResourceVersion in object meta: ${resourceVersion}`,
    );
    test.delete(configMap, "c", { preconditions: { uid, resourceVersion } });
  });

  it("API15 deletes a whole selection", () => {
    const test = new TestServer();
    for (const [name, app] of Object.entries({ a: "web", b: "db", c: "web" })) {
      test.create(configMaps, { metadata: { name, labels: { app } } });
    }
    const options = { labelSelector: "app=web" };
    const gone = test.send<{ items: unknown[] }>(configMap, { verb: "deletecollection", options }).object;
    expect(gone.items).toHaveLength(2);
    expect(test.names(configMap)).toEqual(["b"]);
  });

  it("API16 takes namespaces away in two steps", () => {
    const test = new TestServer();
    const made = test.create(namespaces, { metadata: { name: "shop" } });
    expect([made.spec?.finalizers, made.status?.phase]).toEqual([["kubernetes"], "Active"]);
    test.delete(namespaces as never, "shop");
    const going = test.get(namespaces, "shop");
    expect(going.status?.phase).toBe("Terminating");
    expect(() => test.create(configMaps, { metadata: { name: "c" } }, {}, "shop")).toThrow(
      'configmaps "c" is forbidden: unable to create new content in namespace shop because it is being terminated',
    );
    const body: Namespace = { ...going, spec: { finalizers: [] } };
    test.send(namespaces as never, { verb: "update", name: "shop", subresource: "finalize", body });
    expect(() => test.get(namespaces, "shop")).toThrow('namespaces "shop" not found');
    expect(() => test.delete(namespaces as never, "default")).toThrow(
      'namespaces "default" is forbidden: this namespace may not be deleted',
    );
  });

  it("API12 keeps an object whose owner is gone: that is the garbage collector's work", () => {
    const test = new TestServer();
    const owner = test.create(configMaps, { metadata: { name: "owner" } });
    const { uid } = owner.metadata;
    const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid }];
    test.create(configMaps, { metadata: { name: "owned", ownerReferences } });
    test.delete(configMap, "owner");
    expect(test.names(configMap)).toEqual(["owned"]);
    expect(test.names(deployments as never)).toEqual([]);
  });
});
