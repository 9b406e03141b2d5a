import { expect, it } from "vitest";
import type { Endpoints } from "../../api/generated/types.ts";
import { endpoints, endpointSlices, services } from "../../api/registry.ts";
import { TestControlPlane } from "../testing/test-control-plane.ts";

it("Endpoints of a service without selector are shown as slices, follow their changes and go with them", () => {
  const plane = new TestControlPlane();
  plane.create(services, { metadata: { name: "db" }, spec: { ports: [{ port: 5432 }] } });
  plane.create(endpoints, {
    metadata: { name: "db", labels: { tier: "data" }, annotations: { note: "by hand" } },
    subsets: [
      {
        addresses: [{ ip: "192.0.2.42", hostname: "a" }],
        notReadyAddresses: [{ ip: "192.0.2.43" }],
        ports: [{ name: "sql", port: 9376 }],
      },
    ],
  });
  plane.settle();
  const [slice] = plane.list(endpointSlices);
  expect(slice?.metadata).toMatchObject({
    name: expect.stringMatching(/^db-[a-z0-9]{5}$/),
    labels: {
      tier: "data",
      "kubernetes.io/service-name": "db",
      "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
    },
    annotations: { note: "by hand" },
    ownerReferences: [{ kind: "Endpoints", name: "db", controller: true, blockOwnerDeletion: true }],
  });
  expect([slice?.addressType, slice?.ports, slice?.endpoints]).toEqual([
    "IPv4",
    [{ name: "sql", port: 9376, protocol: "TCP" }],
    [
      { addresses: ["192.0.2.42"], conditions: { ready: true }, hostname: "a" },
      { addresses: ["192.0.2.43"], conditions: { ready: false } },
    ],
  ]);
  plane.edit<Endpoints>(endpoints, "db", (object) => ({
    ...object,
    subsets: [{ addresses: [{ ip: "192.0.2.50" }, { ip: "2001:db8::5" }], ports: [{ name: "sql", port: 9376 }] }],
  }));
  plane.settle();
  const shown = plane
    .list(endpointSlices)
    .map(({ addressType, endpoints: all = [] }) => [addressType, all[0]?.addresses]);
  expect(shown.toSorted()).toEqual([
    ["IPv4", ["192.0.2.50"]],
    ["IPv6", ["2001:db8::5"]],
  ]);
  plane.edit<Endpoints>(endpoints, "db", (object) => ({
    ...object,
    metadata: { ...object.metadata, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
  }));
  plane.settle();
  expect(plane.list(endpointSlices)).toEqual([]);
});
