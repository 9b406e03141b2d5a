import { describe, expect, it } from "vitest";
import { deployments, endpoints, endpointSlices, nodes, pods, services } from "../../api/registry.ts";
import { TestControlPlane, webDeployment } from "../testing/test-control-plane.ts";

const service = (spec: object = {}) => ({
  metadata: { name: "web", labels: { team: "a" } },
  spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: 8080 }], ...spec },
});
const addresses = (plane: TestControlPlane) =>
  plane.list(endpointSlices).flatMap(({ endpoints: list }) => (list ?? []).map((endpoint) => endpoint));

describe("endpoints of a service", () => {
  it("list the ready pods in a slice and in the Endpoints object", () => {
    const plane = new TestControlPlane();
    plane.create(services, service());
    plane.create(deployments, webDeployment());
    plane.settle();
    const [slice] = plane.list(endpointSlices);
    const owner = plane.get(services, "web");
    expect(slice?.metadata.labels).toEqual({
      team: "a",
      "kubernetes.io/service-name": "web",
      "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    });
    expect(slice?.metadata.ownerReferences?.[0]?.uid).toBe(owner.metadata.uid);
    expect(slice?.metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
    expect(slice?.addressType).toBe("IPv4");
    expect(slice?.ports).toEqual([{ name: "http", port: 8080, protocol: "TCP" }]);
    const pod = plane.pods()[0];
    expect(slice?.endpoints?.find(({ targetRef }) => targetRef?.name === pod?.metadata.name)).toEqual({
      addresses: [pod?.status.podIP],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: pod?.spec.nodeName,
      targetRef: { kind: "Pod", namespace: "default", name: pod?.metadata.name, uid: pod?.metadata.uid },
    });
    const [subset] = plane.get(endpoints, "web").subsets ?? [];
    expect(subset?.addresses?.map(({ ip }) => ip).sort()).toEqual(
      plane
        .pods()
        .map(({ status }) => status.podIP)
        .sort(),
    );
    expect(subset?.ports).toEqual([{ name: "http", port: 8080, protocol: "TCP" }]);
  });

  it("say what set off their latest change: that the service was made, then that a pod turned ready", () => {
    const plane = new TestControlPlane();
    plane.create(services, service());
    plane.settle();
    const times = (): (string | undefined)[] =>
      [plane.get(endpoints, "web"), plane.list(endpointSlices)[0]].map(
        (object) => object?.metadata.annotations?.["endpoints.kubernetes.io/last-change-trigger-time"],
      );
    const made = plane.get(services, "web").metadata.creationTimestamp;
    expect(times()).toEqual([made, made]);
    plane.pass(60_000);
    plane.create(deployments, webDeployment({ replicas: 1 }));
    plane.settle();
    const ready = plane.pods()[0]?.status.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime;
    expect(times()).toEqual([ready, ready]);
    expect(String(ready) > made).toBe(true);
    // That a pod went has no time of its own.
    plane.editDeployment("web", { replicas: 0 });
    plane.settle();
    expect([times(), plane.get(endpoints, "web").subsets ?? []]).toEqual([[undefined, undefined], []]);
  });

  it("carry hints for the zone and node that trafficDistribution prefers", () => {
    const plane = new TestControlPlane();
    for (const { metadata } of plane.list(nodes))
      plane.client.resource(nodes).patch("", metadata.name, {
        metadata: { labels: { "topology.kubernetes.io/zone": `zone-${metadata.name}` } },
      });
    plane.create(deployments, webDeployment({ replicas: 1 }));
    plane.create(services, service({ trafficDistribution: "PreferSameNode" }));
    plane.settle();
    const node = plane.pods()[0]?.spec.nodeName as string;
    const forZones = [{ name: `zone-${node}` }];
    expect(addresses(plane)[0]?.hints).toEqual({ forZones, forNodes: [{ name: node }] });
    plane.client.resource(services).patch("default", "web", { spec: { trafficDistribution: "PreferClose" } });
    plane.settle();
    expect(addresses(plane)[0]?.hints).toEqual({ forZones });
    plane.client.resource(services).patch("default", "web", { spec: { trafficDistribution: null } });
    plane.settle();
    expect(addresses(plane)[0]?.hints).toBeUndefined();
  });

  it("drop a pod that stops being ready, and show a terminating one as not ready", () => {
    const plane = new TestControlPlane({ kubelet: { stopMs: 5_000 } });
    plane.create(services, service());
    plane.create(deployments, webDeployment({ replicas: 1 }));
    plane.settle();
    const name = plane.pods()[0]?.metadata.name as string;
    plane.kubelet.setReady(`default/${name}`, false);
    plane.settle();
    expect(addresses(plane)[0]?.conditions).toEqual({ ready: false, serving: false, terminating: false });
    expect(plane.get(endpoints, "web").subsets?.[0]?.notReadyAddresses).toHaveLength(1);
    plane.kubelet.setReady(`default/${name}`, true);
    plane.settle();
    plane.client.resource(pods).delete("default", name);
    plane.pass(1_000);
    const going = addresses(plane).find(({ targetRef }) => targetRef?.name === name);
    expect(going?.conditions).toEqual({ ready: false, serving: true, terminating: true });
    plane.settle();
    expect(addresses(plane).map(({ targetRef }) => targetRef?.name)).not.toContain(name);
  });

  it("are an empty slice while nothing matches", () => {
    const plane = new TestControlPlane();
    plane.create(services, service());
    plane.settle();
    const [slice, ...rest] = plane.list(endpointSlices);
    expect(rest).toEqual([]);
    expect(slice?.endpoints ?? []).toEqual([]);
    expect(slice?.ports ?? []).toEqual([]);
    plane.create(deployments, webDeployment());
    plane.settle();
    expect(plane.list(endpointSlices)).toHaveLength(1);
    expect(addresses(plane)).toHaveLength(3);
  });

  it("are spread over slices of a hundred", () => {
    const plane = new TestControlPlane();
    plane.create(services, service());
    plane.create(deployments, webDeployment({ replicas: 250 }));
    plane.settle();
    expect(addresses(plane)).toHaveLength(250);
    expect(plane.list(endpointSlices).every(({ endpoints: list }) => (list ?? []).length <= 100)).toBe(true);
    plane.editDeployment("web", { replicas: 1 });
    plane.settle();
    expect(addresses(plane)).toHaveLength(1);
    expect(plane.list(endpointSlices)).toHaveLength(1);
  });

  it("of a service without selector are left to who keeps them, and mirrored", () => {
    const plane = new TestControlPlane();
    plane.create(services, { metadata: { name: "web" }, spec: { ports: [{ port: 80 }] } });
    plane.create(endpoints, {
      metadata: { name: "web" },
      subsets: [{ addresses: [{ ip: "192.0.2.1" }], ports: [{ port: 80 }] }],
    });
    plane.settle();
    expect(plane.get(endpoints, "web").subsets?.[0]?.addresses?.[0]?.ip).toBe("192.0.2.1");
    const managers = plane
      .list(endpointSlices)
      .map(({ metadata }) => metadata.labels?.["endpointslice.kubernetes.io/managed-by"]);
    expect(managers).toEqual(["endpointslicemirroring-controller.k8s.io"]);
  });

  it("go with the service", () => {
    const plane = new TestControlPlane();
    plane.create(services, service());
    plane.create(deployments, webDeployment());
    plane.settle();
    plane.client.resource(services).delete("default", "web");
    plane.settle();
    expect(plane.list(endpointSlices)).toEqual([]);
    expect(plane.list(endpoints)).toEqual([]);
  });

  it("publish pods that are not ready when the service asks for that", () => {
    const plane = new TestControlPlane({ kubelet: { startMs: () => 100 } });
    plane.create(services, service({ clusterIP: "None", publishNotReadyAddresses: true }));
    plane.create(deployments, webDeployment({ replicas: 1 }));
    plane.settle();
    plane.kubelet.setReady(`default/${plane.pods()[0]?.metadata.name}`, false);
    plane.settle();
    expect(addresses(plane)[0]?.conditions).toEqual({ ready: true, serving: false, terminating: false });
    expect(plane.get(endpoints, "web").subsets?.[0]?.addresses).toHaveLength(1);
    expect(plane.list(endpointSlices)[0]?.metadata.labels?.["service.kubernetes.io/headless"]).toBe("");
  });
});
