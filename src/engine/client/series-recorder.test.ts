import { describe, expect, it } from "vitest";
import type { Event } from "../api/generated/types.ts";
import { events } from "../api/registry.ts";
import { referenceTo } from "./event-recorder.ts";
import { SeriesRecorder } from "./series-recorder.ts";
import { TestServer } from "./testing/test-server.ts";

const MINUTE = 60_000;

const create = () => {
  const test = new TestServer();
  const recorder = new SeriesRecorder(test.sim, test.client, { controller: "default-scheduler", host: "node-1" });
  const about = referenceTo(test.put("a", "1"));
  const say = (note: string, regarding = about): void =>
    recorder.event(regarding, { type: "Warning", reason: "FailedScheduling", action: "Scheduling", note });
  const list = () => test.client.resource<Event>(events).list("").items;
  /** `full x2 00:05`: the message, how often, and when last. */
  const seen = (): string[] =>
    list().map(({ message, series }) =>
      series === undefined ? `${message}` : `${message} x${series.count} ${series.lastObservedTime?.slice(14, 19)}`,
    );
  return { test, recorder, about, say, list, seen };
};

describe("event recorder of events.k8s.io", () => {
  it("CLI20 writes who did what to what, by the instant and without a count", () => {
    const { about, say, list } = create();
    say("full");
    const [event] = list();
    expect(event?.metadata.name).toMatch(/^a\.[0-9a-f]{16}$/);
    const { metadata: _, apiVersion: __, kind: ___, ...rest } = event as Event;
    expect(rest).toEqual({
      involvedObject: about,
      type: "Warning",
      reason: "FailedScheduling",
      action: "Scheduling",
      message: "full",
      eventTime: "2026-01-01T00:00:00.000000Z",
      reportingComponent: "default-scheduler",
      reportingInstance: "default-scheduler-node-1",
    });
  });

  it("CLI21 makes a series of what comes again, writes it at the second, then each half hour and when it is over", () => {
    const { test, say, seen } = create();
    say("full");
    test.pass(5 * MINUTE);
    say("still full");
    expect(seen()).toEqual(["full x2 05:00"]);
    for (let at = 10; at < 32; at += 5) {
      test.pass(5 * MINUTE);
      say("full");
    }
    // 30 minutes: told seven times, the last of them after the counts were written.
    expect(seen()).toEqual(["full x6 25:00"]);
    test.pass(30 * MINUTE);
    expect(seen()).toEqual(["full x7 30:00"]);
    say("full");
    expect(seen()).toEqual(["full x7 30:00", "full"]);
  });

  it("CLI21 begins anew when nothing was told for six minutes, or the object is another one by now", () => {
    const { test, about, say, seen } = create();
    say("full");
    say("full", { ...about, resourceVersion: "99" });
    expect(seen()).toEqual(["full", "full"]);
    test.pass(12 * MINUTE);
    say("full");
    expect(seen()).toEqual(["full", "full", "full"]);
  });

  it("CLI19 tries again while the server is away, until the component ends", () => {
    const { test, recorder, say, seen } = create();
    test.server.stop();
    say("full");
    test.pass(1000);
    say("full");
    test.pass(24_000);
    test.server.start();
    test.pass(10_000);
    expect(seen()).toEqual(["full x2 00:01"]);
    test.server.stop();
    say("full", { kind: "Node", name: "worker-1", uid: "worker-1" });
    recorder.stop();
    test.server.start();
    test.pass(20_000);
    expect(seen()).toHaveLength(1);
  });
});
