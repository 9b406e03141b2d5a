import { describe, expect, it } from "vitest";
import { TestServer } from "../testing/test-server.ts";
import { writeEvent, writeJson } from "./wire-json.ts";

const pod = {
  metadata: { labels: { b: "<1>", a: "&" }, namespace: "default", name: "web" },
  status: { phase: "Running" },
  spec: { containers: [{ image: "nginx", ports: [{ protocol: "TCP", containerPort: 80 }], name: "web" }], volumes: [] },
  apiVersion: "v1",
  kind: "Pod",
};

describe("JSON on the wire", () => {
  it("API560: built-in kinds have the order of Go's structs, maps that of their keys, and markup is escaped", () => {
    const text =
      '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","namespace":"default","labels":{"a":"\\u0026","b":"\\u003c1\\u003e"}},' +
      '"spec":{"volumes":[],"containers":[{"name":"web","image":"nginx","ports":[{"containerPort":80,"protocol":"TCP"}]}]},' +
      '"status":{"phase":"Running"}}';
    expect(writeJson(pod)).toBe(`${text}\n`);
    expect(writeEvent({ type: "ADDED", object: pod })).toBe(`{"type":"ADDED","object":${text}}\n`);
    const { kind: _, apiVersion: __, ...item } = pod;
    const list = { items: [item], metadata: { resourceVersion: "7" }, kind: "PodList", apiVersion: "v1" };
    const inList = text.replace('"kind":"Pod","apiVersion":"v1",', "");
    expect(writeJson(list)).toBe(
      `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[${inList}]}\n`,
    );
  });

  it("API520: a time that nobody has set is null where Go's struct has one that is no pointer", () => {
    const shown = (kind: string, apiVersion: string, part: object): unknown =>
      JSON.parse(writeJson({ kind, apiVersion, metadata: { name: "x" }, ...part }));
    const condition = { type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" };
    expect(
      writeJson({ kind: "Pod", apiVersion: "v1", metadata: { name: "x" }, status: { conditions: [condition] } }),
    ).toBe(
      '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x"},"status":{"conditions":[{"type":"Ready","status":"True","lastProbeTime":null,"lastTransitionTime":"2026-01-01T00:00:00Z"}]}}\n',
    );
    expect(shown("Event", "v1", { lastTimestamp: condition.lastTransitionTime })).toMatchObject({
      ...{ firstTimestamp: null, lastTimestamp: condition.lastTransitionTime, eventTime: null },
    });
    expect(shown("Job", "batch/v1", { status: { conditions: [{ type: "Failed", status: "True" }] } })).toMatchObject({
      status: { conditions: [{ type: "Failed", status: "True", lastProbeTime: null, lastTransitionTime: null }] },
    });
    // A pointer is left out.
    expect(shown("Lease", "coordination.k8s.io/v1", { spec: {} })).toEqual({
      ...{ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "x" }, spec: {} },
    });
  });

  it("API560: references say their kind where their messages do", () => {
    const owner = { uid: "1", name: "x", kind: "Pod", apiVersion: "v1" };
    const event = {
      kind: "Event",
      apiVersion: "v1",
      metadata: { name: "e", ownerReferences: [owner] },
      involvedObject: { apiVersion: "v1", uid: "1", kind: "Pod", name: "web", namespace: "default" },
    };
    expect(writeJson(event)).toBe(
      '{"kind":"Event","apiVersion":"v1","metadata":{"name":"e","ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"x","uid":"1"}]},' +
        '"involvedObject":{"kind":"Pod","namespace":"default","name":"web","uid":"1","apiVersion":"v1"},"source":{},"firstTimestamp":null,"lastTimestamp":null,"eventTime":null}\n',
    );
  });

  it("API561: custom resources and their lists have the order of the alphabet", () => {
    const backup = {
      kind: "Backup",
      apiVersion: "example.com/v1",
      metadata: { name: "b", labels: {} },
      spec: { z: [{ d: 1, c: 2 }], a: null },
    };
    const text =
      '{"apiVersion":"example.com/v1","kind":"Backup","metadata":{"labels":{},"name":"b"},"spec":{"a":null,"z":[{"c":2,"d":1}]}}';
    expect(writeJson(backup)).toBe(`${text}\n`);
    const list = { kind: "BackupList", apiVersion: "example.com/v1", metadata: {}, items: [backup] };
    expect(writeJson(list)).toBe(
      `{"apiVersion":"example.com/v1","items":[${text}],"kind":"BackupList","metadata":{}}\n`,
    );
  });

  it("API562: is on lines of its own for people, and for who asks", () => {
    const test = new TestServer();
    const from = (agent: string, path: string): string =>
      test.http("GET", path, { headers: { "User-Agent": agent } }).text.slice(0, 30);
    const plain = '{"kind":"Namespace","apiVersio';
    const pretty = '{\n  "kind": "Namespace",\n  "apiVersion"'.slice(0, 30);
    const path = "/api/v1/namespaces/default";
    for (const agent of ["curl/8.7.1", "Wget", "Mozilla/5.0 (X11)"]) expect(from(agent, path)).toBe(pretty);
    expect(from("kubectl/v1.36.0", path)).toBe(plain);
    expect(from("kubectl/v1.36.0", `${path}?pretty=true`)).toBe(pretty);
    expect(from("curl/8.7.1", `${path}?pretty=0`)).toBe(plain);
    const missing = test.http("GET", "/api/v1/namespaces/none", { headers: { "User-Agent": "curl/8" } }).text;
    expect(missing).toBe(`${JSON.stringify(JSON.parse(missing), null, 2)}`);
    expect(test.http("GET", "/version").text).toMatch(/^\{\n  "major": "1",\n[^]*"linux\/amd64"\n\}$/);
    expect(from("curl/8", "/api/v1").startsWith('{\n  "kind": "APIResourceList"')).toBe(true);
  });

  it("leaves what has an order of its own as it is, and loses nothing that no struct knows", () => {
    const table = {
      kind: "Table",
      apiVersion: "meta.k8s.io/v1",
      metadata: {},
      rows: [{ cells: [1] }],
      columnDefinitions: [],
    };
    expect(writeJson(table)).toBe(`${JSON.stringify(table)}\n`);
    const page = { kind: "APIVersions", versions: ["v1"] };
    expect(writeJson(page, { pretty: true })).toBe('{\n  "kind": "APIVersions",\n  "versions": [\n    "v1"\n  ]\n}');
    const odd = { kind: "ConfigMap", apiVersion: "v1", odd: 1, metadata: { name: "x" } };
    expect(writeJson(odd)).toBe('{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x"},"odd":1}\n');
  });
});
