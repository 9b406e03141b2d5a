import { describe, expect, it } from "vitest";
import { pods, resources } from "../../../api/registry.ts";
import { completeBody } from "../../required-fields.ts";
import { podDraft, TestServer } from "../../testing/test-server.ts";
import { parseProtobuf } from "./decode.ts";
import { toProtobuf } from "./encode.ts";

const PROTOBUF = "application/vnd.kubernetes.protobuf";
const ACCEPT = { Accept: `${PROTOBUF},application/json` };
const PODS = "/api/v1/namespaces/default/pods";

/** The objects of a watch's frames: length, type, then the object after its own lengths. */
function frames(text: string): { type: string; object: unknown }[] {
  const found = [];
  for (let at = 0; at < text.length;) {
    const byte = (index: number): number => text.charCodeAt(at + index);
    const length = (byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3);
    const event = text.slice(at + 4, at + 4 + length);
    const type = event.slice(2, 2 + event.charCodeAt(1));
    found.push({ type, object: parseProtobuf(event.slice(event.indexOf("k8s\0"))) });
    at += 4 + length;
  }
  return found;
}

describe("protobuf answers", () => {
  it("API403 every kind that is read is written, and reads back as it was", () => {
    const written = resources.map((resource) => {
      const { apiVersion, kind, example } = resource;
      const object = { ...completeBody(resource, example as object), apiVersion, kind };
      return { resource, object, bytes: toProtobuf(object) };
    });
    const missing = written.filter(({ bytes }) => bytes === undefined).map(({ object }) => object.kind);
    const readBack = written.filter(({ bytes }) => bytes !== undefined);
    for (const { resource, object, bytes = "" } of readBack) {
      expect(completeBody(resource, parseProtobuf(bytes) as object)).toEqual(JSON.parse(JSON.stringify(object)));
    }
    expect(missing.sort()).toEqual([
      "CustomResourceDefinition",
      "DeviceClass",
      "ResourceClaim",
      "ResourceClaimTemplate",
      "ResourceSlice",
    ]);
  });

  it("API403 writes signs, zeros that say something, times, bytes, text beyond ASCII and lists in maps", () => {
    const roundTrip = (object: Record<string, unknown>) => parseProtobuf(toProtobuf(object) ?? "");
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "ü", creationTimestamp: "2026-01-01T00:00:00Z", labels: { b: "2", a: "1" } },
      spec: {
        priority: -5,
        containers: [
          { name: "a", resources: { limits: { cpu: "500m" } }, securityContext: { runAsUser: 0 }, args: ["", "x"] },
        ],
        volumes: [{ name: "v", emptyDir: {} }],
      },
      status: { observedGeneration: 3 },
    };
    expect(roundTrip(pod)).toEqual(pod);
    const secret = { apiVersion: "v1", kind: "Secret", data: { k: "AP+A" } };
    expect(roundTrip(secret)).toEqual(secret);
    const lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      spec: { renewTime: "2026-01-01T00:00:00.250000Z" },
    };
    expect(roundTrip(lease)).toEqual(lease);
    const user = { username: "u", extra: { k: ["a", "b"] } };
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview", status: { userInfo: user } };
    expect(roundTrip(review)).toEqual(review);
    expect(toProtobuf({ apiVersion: "v1", kind: "Pod", spec: { schedulingGroup: { podGroupName: "g" } } })).toBe(
      undefined,
    );
  });

  it("API403 answers objects, lists, failures and watches so, and JSON to who asks for it first", () => {
    const test = new TestServer();
    test.create(pods, podDraft("web"));
    const one = test.http("GET", `${PODS}/web`, { headers: ACCEPT });
    expect([one.headers["Content-Type"], parseProtobuf(one.text)]).toMatchObject([
      PROTOBUF,
      { kind: "Pod", metadata: { name: "web" }, spec: { containers: [{ image: "nginx" }] } },
    ]);
    const list = test.http("GET", PODS, { headers: ACCEPT });
    expect(list.text.startsWith("k8s\0\n\r\n\x02v1\x12\x07PodList")).toBe(true);
    const lost = test.http("GET", `${PODS}/lost`, { headers: ACCEPT });
    expect([lost.status, parseProtobuf(lost.text)]).toMatchObject([404, { reason: "NotFound", code: 404 }]);
    const watch = test.http("GET", `${PODS}?watch=1`, { headers: ACCEPT });
    test.delete(pods as never, "web");
    test.settle();
    expect(watch.headers["Content-Type"]).toBe(`${PROTOBUF};stream=watch`);
    expect(frames(watch.text)).toMatchObject([
      { type: "ADDED", object: { kind: "Pod", metadata: { name: "web" } } },
      { type: "DELETED", object: { metadata: { name: "web" } } },
    ]);
    const reversed = { Accept: `application/json,${PROTOBUF}` };
    expect(test.http("GET", PODS, { headers: reversed }).json.kind).toBe("PodList");
    const table = { Accept: `${PROTOBUF};as=Table;v=v1;g=meta.k8s.io,application/json` };
    expect(test.http("GET", PODS, { headers: table }).json.kind).toBe("PodList");
    const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    expect(test.http("GET", crds, { headers: ACCEPT }).headers["Content-Type"]).toBe("application/json");
    expect(test.http("GET", PODS, { headers: { Accept: "text/html" } }).json.message).toBe(
      "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf",
    );
  });
});
