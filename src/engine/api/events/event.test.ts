import { describe, expect, it } from "vitest";
import { TestServer } from "../../apiserver/testing/test-server.ts";
import { events } from "../registry.ts";

const CORE = "/api/v1/namespaces/default/events";
const NEW = "/apis/events.k8s.io/v1/namespaces/default/events";
const REGARDING = { kind: "Pod", namespace: "default", name: "web" };
const EVENT = {
  metadata: { name: "web.1" },
  eventTime: "2026-01-01T00:00:00.000000Z",
  reportingController: "example.com/controller",
  reportingInstance: "controller-1",
  action: "Pulling",
  reason: "Pulled",
  note: "it is here",
  type: "Normal",
  regarding: REGARDING,
};

describe("events.k8s.io/v1", () => {
  it("shows the events of core/v1 under other names, and takes them", () => {
    const test = new TestServer();
    const created = test.http("POST", NEW, { body: EVENT });
    expect([created.status, created.json.note]).toEqual([201, "it is here"]);
    const { metadata: _, ...core } = test.http("GET", `${CORE}/web.1`).json;
    expect(core).toEqual({
      apiVersion: "v1",
      kind: "Event",
      eventTime: EVENT.eventTime,
      reportingComponent: "example.com/controller",
      reportingInstance: "controller-1",
      action: "Pulling",
      reason: "Pulled",
      message: "it is here",
      type: "Normal",
      involvedObject: REGARDING,
      // Go's struct has them as values: a time that nobody has set is written as null, a source as an empty one.
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
    });
    const old = {
      metadata: { name: "web.2" },
      involvedObject: REGARDING,
      source: { component: "kubelet" },
      message: "old",
      count: 3,
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-01T00:01:00Z",
    };
    test.create(events, old);
    const { metadata: __, ...shown } = test.http("GET", `${NEW}/web.2`).json;
    expect(shown).toMatchObject({
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      regarding: REGARDING,
      note: "old",
      deprecatedSource: { component: "kubelet" },
      deprecatedCount: 3,
      deprecatedFirstTimestamp: "2026-01-01T00:00:00Z",
      deprecatedLastTimestamp: "2026-01-01T00:01:00Z",
    });
    const named = (field: string): string[] =>
      test
        .http("GET", `${NEW}?fieldSelector=${encodeURIComponent(field)}`)
        .json.items.map((item: { metadata: { name: string } }) => item.metadata.name);
    expect(named("regarding.name=web,reportingController=example.com/controller")).toEqual(["web.1"]);
    expect(named("source=kubelet")).toEqual(["web.2"]);
    expect(test.http("GET", `${NEW}?fieldSelector=involvedObject.name%3Dweb`).status).toBe(400);
  });

  it("asks for more than core/v1", () => {
    const test = new TestServer();
    const refuse = (change: object): string[] => {
      const answer = test.http("POST", NEW, { body: { ...EVENT, ...change } }).json;
      return answer.details.causes.map(({ field, message }: Record<string, string>) => `${field}: ${message}`);
    };
    expect(refuse({ eventTime: null, type: "Fine" })).toEqual([
      "eventTime: Required value",
      'type: Invalid value: "": has invalid value: Fine',
    ]);
    expect(refuse({ action: "", deprecatedCount: 2, series: { count: 1, lastObservedTime: null } })).toEqual([
      "action: Required value",
      'series.count: Invalid value: "": should be at least 2',
      "series.lastObservedTime: Required value",
      'count: Invalid value: "": needs to be unset',
    ]);
    const { action: __, ...core } = EVENT;
    const answer = test.http("POST", CORE, {
      body: { metadata: core.metadata, involvedObject: REGARDING, eventTime: EVENT.eventTime, reason: "x" },
    });
    expect(answer.json.message).toBe(
      "Event \"web.1\" is invalid: [reportingComponent: Required value, reportingComponent: Invalid value: \"\": name part must be non-empty, reportingComponent: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'), reportingInstance: Required value, action: Required value]",
    );
  });

  it("goes on with its series alone", () => {
    const test = new TestServer();
    const stored = test.http("POST", NEW, { body: EVENT }).json;
    const series = { count: 2, lastObservedTime: "2026-01-01T00:01:00.000000Z" };
    expect(test.http("PUT", `${NEW}/web.1`, { body: { ...stored, series } }).json.series).toEqual(series);
    const changed = { ...stored, metadata: { name: "web.1" }, series, note: "other" };
    expect(test.http("PUT", `${NEW}/web.1`, { body: changed }).json.message).toBe(
      'Event "web.1" is invalid: message: Invalid value: "other": field is immutable',
    );
  });
});
