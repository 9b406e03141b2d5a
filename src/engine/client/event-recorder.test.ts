import { describe, expect, it } from "vitest";
import type { Event } from "../api/generated/types.ts";
import { configMaps, events, namespaces } from "../api/registry.ts";
import { Recorder } from "./event-recorder.ts";
import { TestServer } from "./testing/test-server.ts";

const create = () => {
  const test = new TestServer();
  const recorder = new Recorder(test.sim, test.client, { component: "kubelet", host: "worker-1" });
  const about = test.put("a", "1");
  const say = (message: string, reason = "Started") => recorder.event(about, "Normal", { reason, message });
  const list = () => test.client.resource<Event>(events).list("").items;
  return { test, recorder, about, say, list };
};

describe("event recorder", () => {
  it("CLI15 writes who said what about what, and when", () => {
    const { test, recorder, about, say, list } = create();
    say("hello");
    const [event] = list();
    expect(event?.metadata.name).toMatch(/^a\.[0-9a-f]{16}$/);
    expect(event).toMatchObject({
      metadata: { namespace: "default" },
      involvedObject: { kind: "ConfigMap", apiVersion: "v1", namespace: "default", name: "a", uid: about.metadata.uid },
      type: "Normal",
      reason: "Started",
      message: "hello",
      count: 1,
      source: { component: "kubelet", host: "worker-1" },
      reportingComponent: "kubelet",
      reportingInstance: "worker-1",
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-01T00:00:00Z",
    });
    const home = test.client.resource(namespaces).get("", "shop");
    recorder.event(home, "Warning", { reason: "X", message: "y", fieldPath: "spec" });
    const about2 = list().find(({ involvedObject }) => involvedObject.kind === "Namespace");
    expect([about2?.metadata.namespace, about2?.involvedObject.fieldPath]).toEqual(["default", "spec"]);
  });

  it("CLI16 counts a repetition up", () => {
    const { test, say, list } = create();
    say("hello");
    test.pass(5_000);
    say("hello");
    say("other");
    expect(
      list().map(({ message, count, firstTimestamp, lastTimestamp }) => [
        message,
        count,
        firstTimestamp,
        lastTimestamp,
      ]),
    ).toEqual([
      ["hello", 2, "2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z"],
      ["other", 1, "2026-01-01T00:00:05Z", "2026-01-01T00:00:05Z"],
    ]);
  });

  it("CLI17 combines many similar events", () => {
    const { test, say, list } = create();
    for (let i = 1; i <= 12; i++) say(`message ${i}`);
    expect(
      list()
        .map(({ message, count }) => `${message} x${count}`)
        .slice(8),
    ).toEqual(["message 9 x1", "(combined from similar events): message 12 x3"]);
    test.pass(601_000);
    say("message 13");
    expect(list().at(-1)?.message).toBe("message 13");
  });

  it("CLI18 stops a source that talks too much about one object", () => {
    const { test, say, list } = create();
    for (let i = 1; i <= 40; i++) say("hello", `Reason${i}`);
    expect(list()).toHaveLength(25);
    test.pass(300_000);
    say("hello", "Later");
    say("hello", "TooSoon");
    expect(
      list()
        .map(({ reason }) => reason)
        .slice(25),
    ).toEqual(["Later"]);
  });

  it("CLI19 tries again while the server is away, and lets refused events go", () => {
    const { test, say, list, recorder } = create();
    test.server.stop();
    say("hello");
    test.pass(25_000);
    test.server.start();
    expect(list()).toHaveLength(0);
    test.pass(10_000);
    expect(list().map(({ firstTimestamp }) => firstTimestamp)).toEqual(["2026-01-01T00:00:00Z"]);
    const lost = test.client.resource(configMaps).get("default", "a");
    const nowhere = { ...lost, metadata: { ...lost.metadata, namespace: "no-such-namespace" } };
    recorder.event(nowhere, "Normal", { reason: "X", message: "y" });
    expect(list()).toHaveLength(1);
  });
});
