import { describe, expect, it } from "vitest";
import type { Endpoint, EndpointSlice } from "../../api/generated/types.ts";
import { portsKey } from "./endpoints.ts";
import { planSlices } from "./plan.ts";

const ports = [{ name: "http", port: 80, protocol: "TCP" }];
const endpoint = (uid: string, ready = true): Endpoint => ({
  addresses: ["10.0.0.1"],
  conditions: { ready },
  targetRef: { kind: "Pod", uid },
});
const slice = (name: string, uids: string) =>
  ({ metadata: { name }, ports, endpoints: [...uids].map((uid) => endpoint(uid)) }) as unknown as EndpointSlice;
const wanted = (uids: string) =>
  new Map([
    [
      portsKey(ports),
      { key: portsKey(ports), ports, endpoints: new Map([...uids].map((uid) => [uid, endpoint(uid)])) },
    ],
  ]);
const uids = (endpoints: readonly Endpoint[]) => endpoints.map(({ targetRef }) => targetRef?.uid).join("");
const plan = (slices: EndpointSlice[], want: string) => {
  const { create, update, remove } = planSlices(slices, wanted(want), 3);
  return {
    create: create.map(({ endpoints }) => uids(endpoints)),
    update: update.map((step) => `${step.slice.metadata.name}:${uids(step.endpoints)}`),
    remove: remove.map(({ metadata }) => metadata.name),
  };
};

describe("slices", () => {
  it("that are as they should be are left alone", () => {
    expect(plan([slice("s1", "abc"), slice("s2", "d")], "abcd")).toEqual({ create: [], update: [], remove: [] });
  });

  it("that are written anyway are filled first, then one with room, then a new one", () => {
    const slices = [slice("s1", "abc"), slice("s2", "de")];
    expect(plan(slices, "acdef")).toEqual({ create: [], update: ["s1:acf"], remove: [] });
    expect(plan(slices, "acdefg")).toEqual({ create: [], update: ["s1:acf", "s2:deg"], remove: [] });
    expect(plan(slices, "abcdefghi")).toEqual({ create: ["fgh"], update: ["s2:dei"], remove: [] });
  });

  it("that are empty go, but one stays as a sign", () => {
    expect(plan([slice("s1", "abc"), slice("s2", "d")], "abc")).toEqual({ create: [], update: [], remove: ["s2"] });
    const { create, remove } = planSlices([slice("s1", "a")], new Map(), 100);
    expect([create, remove.length]).toEqual([[{ ports: [], endpoints: [] }], 1]);
  });

  it("change when an endpoint's conditions change", () => {
    const groups = wanted("a");
    groups.get(portsKey(ports))?.endpoints.set("a", endpoint("a", false));
    expect(planSlices([slice("s1", "a")], groups, 100).update[0]?.endpoints[0]?.conditions).toEqual({ ready: false });
  });
});
