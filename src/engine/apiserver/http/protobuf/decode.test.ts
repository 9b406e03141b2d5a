import { describe, expect, it } from "vitest";
import { bodyKinds, resources } from "../../../api/registry.ts";
import { parseProtobuf } from "./decode.ts";
import { fieldNumbers } from "./generated/field-numbers.ts";

const bytes = (hex: string): string =>
  String.fromCharCode(...hex.split(/\s+/).map((byte) => Number.parseInt(byte, 16)));

/** A field of bytes: `field(1, "web")`. Short ones only. */
const field = (number: number, value: string): string => String.fromCharCode(number * 8 + 2, value.length) + value;
const varint = (number: number, value: number): string => String.fromCharCode(number * 8, value);
const envelope = (apiVersion: string, kind: string, raw: string): string =>
  `k8s\0${field(1, field(1, apiVersion) + field(2, kind))}${field(2, raw)}`;

/** What kubectl 1.32 sends for `kubectl create deployment web --image=nginx`. */
const CREATE_DEPLOYMENT = bytes(
  `6b 38 73 00 0a 15 0a 07 61 70 70 73 2f 76 31 12 0a 44 65 70 6c 6f 79 6d 65 6e 74 12 ab 01 0a 1f
  0a 03 77 65 62 12 00 1a 00 22 00 2a 00 32 00 38 00 42 00 5a 0a 0a 03 61 70 70 12 03 77 65 62 12
  7a 08 01 12 0c 0a 0a 0a 03 61 70 70 12 03 77 65 62 1a 60 0a 1c 0a 00 12 00 1a 00 22 00 2a 00 32
  00 38 00 42 00 5a 0a 0a 03 61 70 70 12 03 77 65 62 12 40 12 22 0a 05 6e 67 69 6e 78 12 05 6e 67
  69 6e 78 2a 00 42 00 6a 00 72 00 80 01 00 88 01 00 90 01 00 a2 01 00 1a 00 32 00 42 00 4a 00 52
  00 58 00 60 00 68 00 82 01 00 8a 01 00 9a 01 00 c2 01 00 22 02 0a 00 28 00 38 00 1a 0c 08 00 10
  00 18 00 20 00 28 00 38 00 1a 00 22 00`,
);

/** Refused with 415: clients send them as JSON. */
const NO_NUMBERS = [
  "CustomResourceDefinition",
  "DeviceClass",
  "ResourceResourceClaim",
  "ResourceClaimTemplate",
  "ResourceSlice",
];

describe("protobuf bodies", () => {
  it("reads a Deployment as kubectl sends it: empty values were never set", () => {
    expect(parseProtobuf(CREATE_DEPLOYMENT)).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", labels: { app: "web" } },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "nginx", image: "nginx", resources: {} }] },
        },
        strategy: {},
      },
      status: {},
    });
  });

  it("keeps a zero that was set: an immediate deletion", () => {
    const body = envelope("apps/v1", "DeleteOptions", varint(1, 0) + field(4, "Background"));
    expect(parseProtobuf(body)).toEqual({
      apiVersion: "v1",
      kind: "DeleteOptions",
      gracePeriodSeconds: 0,
      propagationPolicy: "Background",
    });
  });

  it("writes bytes as base64 and text as UTF-8", () => {
    const entry = field(1, "key") + field(2, "\xc3\xbc");
    expect(parseProtobuf(envelope("v1", "Secret", field(2, entry)))).toMatchObject({ data: { key: "w7w=" } });
    expect(parseProtobuf(envelope("v1", "ConfigMap", field(2, entry)))).toMatchObject({ data: { key: "ü" } });
  });

  it("puts inlined messages into their parent", () => {
    const volume = field(1, "data") + field(2, field(2, ""));
    const body = envelope("v1", "Pod", field(2, field(1, volume)));
    expect(parseProtobuf(body)).toMatchObject({ spec: { volumes: [{ name: "data", emptyDir: {} }] } });
  });

  it("reads numbers or names of ports, and negative numbers", () => {
    const port = varint(3, 80) + field(4, varint(1, 1) + field(3, "http"));
    expect(parseProtobuf(envelope("v1", "Service", field(2, field(1, port))))).toMatchObject({
      spec: { ports: [{ port: 80, targetPort: "http" }] },
    });
    const minusOne = `${String.fromCharCode(8)}${"\xff".repeat(9)}\x01`;
    expect(parseProtobuf(envelope("v1", "DeleteOptions", minusOne))).toMatchObject({ gracePeriodSeconds: -1 });
  });

  it("leaves kinds that it does not know to others", () => {
    expect(parseProtobuf(envelope("example.com/v1", "Boat", ""))).toBeUndefined();
  });

  it("refuses what is cut off, not protobuf, or has a field that would be lost", () => {
    expect(() => parseProtobuf(CREATE_DEPLOYMENT.slice(0, 60))).toThrow("unexpected EOF");
    expect(() => parseProtobuf("{}")).toThrow("does not appear to be a protobuf message");
    expect(() => parseProtobuf(envelope("v1", "ConfigMap", field(15, "x")))).toThrow("protobuf field 15");
    expect(parseProtobuf(envelope("v1", "ConfigMap", field(15, "")))).toEqual({ apiVersion: "v1", kind: "ConfigMap" });
  });

  it("has numbers for every kind that the server takes, but for those that a kubectl of 1.32 doesn't know", () => {
    const needed = [...resources, ...bodyKinds].filter(({ kind }) => kind !== "Status").map((kind) => kind.structure);
    expect(needed.filter((name) => !Object.hasOwn(fieldNumbers, name)).sort()).toEqual([...NO_NUMBERS].sort());
    for (const structure of NO_NUMBERS) {
      const resource = resources.find((each) => each.structure === structure);
      expect(parseProtobuf(envelope(resource?.apiVersion ?? "", resource?.kind ?? "", ""))).toBeUndefined();
    }
  });
});
