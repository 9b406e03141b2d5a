/** What a Service may say, asked from pods, nodes and the laptop of a whole cluster in three zones. */
import { describe, expect, it } from "vitest";
import type { Container, PodSpec, Service } from "../../api/generated/types.ts";
import { deployments, endpointSlices, events, pods, services } from "../../api/registry.ts";
import { ssh } from "../testing/ssh.ts";
import { createTestCluster } from "../testing/test-cluster.ts";

const test = createTestCluster({ preset: "cloud" });
const { client } = test;

/** Answers with its pod's name, and at /clientip with its client's address and port. */
const netexec: Container = {
  name: "web",
  image: "registry.k8s.io/e2e-test-images/agnhost:2.53",
  args: ["netexec", "--http-port=8080"],
  ports: [{ name: "http", containerPort: 8080 }],
};

function pod(name: string, spec: Partial<PodSpec> = {}, labels: Record<string, string> = {}): void {
  client.resource(pods).create({
    metadata: { name, namespace: "default", labels },
    spec: { containers: [{ name: "shell", image: "nginx:1.27", command: ["sleep", "infinity"] }], ...spec },
  });
}

function service(name: string, spec: Partial<Service["spec"]> = {}): Service {
  return client.resource(services).create({
    metadata: { name, namespace: "default" },
    spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: "http" }], ...spec },
  });
}

const ready = (name: string): boolean =>
  test.get(pods, name).status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
const ask = (from: string, url: string): string => test.exec(from, `curl -s -m 3 '${url}'`);
/** Which pods answer, of twenty times. */
const answering = (from: string, url: string): string[] =>
  [...new Set(Array.from({ length: 20 }, () => ask(from, `${url}/hostname`)))].sort();
const settled = (): void => test.run(3000);

for (const node of ["worker-1", "worker-2", "worker-3"]) {
  pod(`web-${node.at(-1)}`, { nodeName: node, containers: [netexec] }, { app: "web" });
}
pod("client", { nodeName: "worker-1" });
test.runUntil(() => ["web-1", "web-2", "web-3", "client"].every(ready), 120_000);
const addressOf = (name: string): string => test.get(pods, name).status.podIP ?? "";

describe("a service's traffic", () => {
  it("goes to the client's zone or node first where the service prefers that, and stays there where it has to", () => {
    service("any");
    service("zone", { trafficDistribution: "PreferSameZone" });
    service("close", { trafficDistribution: "PreferClose" });
    service("node", { trafficDistribution: "PreferSameNode" });
    service("local", { internalTrafficPolicy: "Local" });
    settled();
    expect(answering("client", "http://any")).toEqual(["web-1", "web-2", "web-3"]);
    // worker-3 is in worker-1's zone.
    for (const name of ["zone", "close"]) expect(answering("client", `http://${name}`)).toEqual(["web-1", "web-3"]);
    for (const name of ["node", "local"]) expect(answering("client", `http://${name}`)).toEqual(["web-1"]);
    // Who prefers goes elsewhere when there is nobody, who must stay is told nothing.
    client.resource(pods).patch("default", "web-1", { metadata: { labels: { app: "aside" } } });
    settled();
    for (const name of ["zone", "node"]) expect(answering("client", `http://${name}`)).toEqual(["web-3"]);
    expect(ask("client", "http://local/hostname")).toBe("[28]");
    client.resource(pods).patch("default", "web-1", { metadata: { labels: { app: "web" } } });
    settled();
  });

  it("is given to zones by their share of CPU where the service says Auto, as long as there are endpoints for all", () => {
    // Of 12 cores zone b has 8 and zone a 4: three endpoints are two and one.
    client.resource(services).create({
      metadata: {
        name: "auto",
        namespace: "default",
        annotations: { "service.kubernetes.io/topology-mode": "Auto" },
      },
      spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: "http" }] },
    });
    settled();
    const hints = () =>
      test
        .list(endpointSlices)
        .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === "auto")
        .flatMap(({ endpoints = [] }) => endpoints)
        .map(({ targetRef, hints: found }) => [targetRef?.name, found?.forZones?.map(({ name }) => name).join()])
        .sort();
    const [a, b] = ["europe-west3-a", "europe-west3-b"];
    expect(hints()).toEqual([
      ["web-1", b],
      ["web-2", a],
      ["web-3", b],
    ]);
    expect(answering("client", "http://auto")).toEqual(["web-1", "web-3"]);
    client.resource(pods).patch("default", "web-2", { metadata: { labels: { app: "aside" } } });
    client.resource(pods).patch("default", "web-3", { metadata: { labels: { app: "aside" } } });
    settled();
    expect(hints()).toEqual([["web-1", undefined]]);
    for (const name of ["web-2", "web-3"])
      client.resource(pods).patch("default", name, { metadata: { labels: { app: "web" } } });
    settled();
    expect(hints()).toHaveLength(3);
    const told = test
      .list(events)
      .filter(({ involvedObject }) => involvedObject.name === "auto")
      .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
    expect([...new Set(told)]).toEqual([
      "Normal TopologyAwareHintsEnabled Topology Aware Hints has been enabled, addressType: IPv4",
      "Warning TopologyAwareHintsDisabled Insufficient number of endpoints (1 endpoints, 2 zones), addressType: IPv4",
    ]);
  });

  it("sticks to an endpoint with ClientIP affinity, until its time is over", () => {
    service("sticky", {
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } },
    });
    settled();
    const first = answering("client", "http://sticky");
    expect(first).toHaveLength(1);
    const later = new Set<string>();
    for (let round = 0; round < 12; round++) {
      test.run(6000);
      later.add(ask("client", "http://sticky/hostname"));
    }
    expect(later.size).toBeGreaterThan(1);
  });

  it("shows the client where it stays on the node, and hides it behind the node elsewhere", () => {
    const cluster = service("hides", { type: "NodePort" });
    const local = service("shows", { type: "LoadBalancer", externalTrafficPolicy: "Local" });
    settled();
    const port = ({ metadata }: Service): number => test.get(services, metadata.name).spec.ports?.[0]?.nodePort ?? 0;
    pod("outside", { hostNetwork: true, nodeName: "control-plane" });
    test.runUntil(() => ready("outside"), 60_000);
    // The cloud takes its time.
    test.run(45_000);
    const seen = (address: string, name: Service): string =>
      ask("outside", `http://${address}:${port(name)}/clientip`).split(":")[0] ?? "";
    expect([seen("172.18.0.3", local), seen("172.18.0.4", local)]).toEqual(["172.18.0.2", "172.18.0.2"]);
    expect(["172.18.0.2", "172.18.0.3"]).toContain(seen("172.18.0.3", cluster));
    // The load balancer asks nodes for endpoints of their own.
    const { healthCheckNodePort = 0 } = test.get(services, "shows").spec;
    expect(healthCheckNodePort).toBeGreaterThan(30_000);
    const health = (address: string): string =>
      test.exec("outside", `curl -s -o /dev/null -w '%{http_code}' http://${address}:${healthCheckNodePort}/healthz`);
    expect([health("172.18.0.3"), health("172.18.0.2")]).toEqual(["200", "503"]);
    expect(test.get(services, "shows").status?.loadBalancer?.ingress?.[0]?.ip).toMatch(/^\d/);
  });
});

describe("a service's endpoints", () => {
  it("have ports by number and by name, each of its own", () => {
    const two: Container = {
      ...netexec,
      ports: [
        { name: "web", containerPort: 8080 },
        { name: "health", containerPort: 9090 },
      ],
    };
    const other: Container = { name: "other", image: "hashicorp/http-echo:1.0", args: ["-text=fine", "-listen=:9090"] };
    pod("double", { containers: [two, other] }, { app: "double" });
    service("double", {
      selector: { app: "double" },
      ports: [
        { name: "a", port: 80, targetPort: "web" },
        { name: "b", port: 81, targetPort: "health" },
        { name: "c", port: 82, targetPort: "absent" },
      ],
    });
    test.runUntil(() => ready("double"), 60_000);
    settled();
    expect([ask("client", "http://double/hostname"), ask("client", "http://double:81")]).toEqual(["double", "fine\n"]);
    expect(ask("client", "http://double:82")).toBe("[7]");
    expect(test.exec("client", "dig +short _b._tcp.double.default.svc.cluster.local SRV")).toMatch(
      /^0 100 81 double\.default\.svc\.cluster\.local\.\n$/,
    );
  });

  it("may be written by hand, be another name, or be published before they are ready", () => {
    client.resource(services).create({
      metadata: { name: "hand", namespace: "default" },
      spec: { ports: [{ port: 80 }] },
    });
    client.resource(endpointSlices).create({
      metadata: { name: "hand-1", namespace: "default", labels: { "kubernetes.io/service-name": "hand" } },
      addressType: "IPv4",
      endpoints: [{ addresses: [addressOf("web-2")] }],
      ports: [{ port: 8080, protocol: "TCP" }],
    });
    client.resource(services).create({
      metadata: { name: "alias", namespace: "default" },
      spec: { type: "ExternalName", externalName: "any.default.svc.cluster.local" },
    });
    const readinessProbe = { httpGet: { path: "/absent", port: 8080 }, periodSeconds: 1 };
    pod("unready", { containers: [{ ...netexec, readinessProbe }] }, { app: "unready" });
    service("refuses", { selector: { app: "unready" } });
    service("publishes", { selector: { app: "unready" }, publishNotReadyAddresses: true });
    test.runUntil(() => test.get(pods, "unready").status.phase === "Running", 60_000);
    settled();
    expect(ask("client", "http://hand/hostname")).toBe("web-2");
    expect(ask("client", "http://alias/hostname")).toMatch(/^web-\d$/);
    expect([ask("client", "http://refuses/hostname"), ask("client", "http://publishes/hostname")]).toEqual([
      "[7]",
      "unready",
    ]);
  });

  it("serve while they terminate when there are no others", () => {
    const lifecycle = { preStop: { exec: { command: ["sleep", "20"] } } };
    const template = {
      metadata: { labels: { app: "leaving" } },
      spec: {
        containers: [
          { ...netexec, image: "nginx:1.27", args: [], ports: [{ name: "http", containerPort: 80 }], lifecycle },
        ],
      },
    };
    client.resource(deployments).create({
      metadata: { name: "leaving", namespace: "default" },
      spec: { replicas: 1, selector: { matchLabels: { app: "leaving" } }, template },
    });
    service("leaving", { selector: { app: "leaving" } });
    test.runUntil(() => test.get(deployments, "leaving").status.availableReplicas === 1, 60_000);
    settled();
    client.resource(deployments).patch("default", "leaving", { spec: { replicas: 0 } });
    settled();
    const conditions = test
      .list(endpointSlices)
      .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === "leaving")
      .flatMap(({ endpoints = [] }) => endpoints.map((endpoint) => endpoint.conditions));
    expect(conditions).toEqual([{ ready: false, serving: true, terminating: true }]);
    expect(ask("client", "http://leaving/")).toContain("Welcome to nginx!");
    test.run(25_000);
    expect(ask("client", "http://leaving/")).toBe("[7]");
  });

  it("are in the environment of pods that start later", () => {
    pod("late");
    test.runUntil(() => ready("late"), 60_000);
    const { clusterIP } = test.get(services, "double").spec;
    expect(test.exec("late", "env | grep ^DOUBLE_ | sort")).toBe(
      [
        `DOUBLE_PORT=tcp://${clusterIP}:80`,
        ...[80, 81, 82].flatMap((port) => [
          `DOUBLE_PORT_${port}_TCP=tcp://${clusterIP}:${port}`,
          `DOUBLE_PORT_${port}_TCP_ADDR=${clusterIP}`,
          `DOUBLE_PORT_${port}_TCP_PORT=${port}`,
          `DOUBLE_PORT_${port}_TCP_PROTO=tcp`,
        ]),
        `DOUBLE_SERVICE_HOST=${clusterIP}`,
        "DOUBLE_SERVICE_PORT=80",
        "DOUBLE_SERVICE_PORT_A=80",
        "DOUBLE_SERVICE_PORT_B=81",
        "DOUBLE_SERVICE_PORT_C=82",
      ]
        .sort()
        .map((line) => `${line}\n`)
        .join(""),
    );
    expect(test.exec("client", "env | grep -c ^DOUBLE_")).toBe("0\n[1]");
  });
});

describe("a host port", () => {
  it("leads from the node to its pod, on one address or all, and is given once a node", () => {
    const at = (hostPort: number, hostIP?: string): Partial<PodSpec> => ({
      nodeSelector: { "kubernetes.io/hostname": "worker-2" },
      containers: [{ ...netexec, ports: [{ containerPort: 8080, hostPort, ...(hostIP !== undefined && { hostIP }) }] }],
    });
    pod("port", at(8000));
    pod("own", at(8001, "127.0.0.1"));
    test.runUntil(() => ready("port") && ready("own"), 60_000);
    pod("again", at(8000));
    settled();
    expect(ask("client", "http://172.18.0.4:8000/hostname")).toBe("port");
    expect([ask("client", "http://172.18.0.3:8000/"), ask("client", "http://172.18.0.4:8001/")]).toEqual([
      "[7]",
      "[7]",
    ]);
    const why = test.list(events).filter(({ involvedObject }) => involvedObject.name === "again");
    expect([test.get(pods, "again").status.phase, why[0]?.message]).toEqual([
      "Pending",
      expect.stringContaining("1 node(s) didn't have free ports for the requested pod ports"),
    ]);
  });

  it("is refused by the kubelet to a pod that comes past the scheduler, by its node's name or as a static pod", () => {
    const ports = [{ containerPort: 8080, hostPort: 8000, protocol: "TCP" }];
    pod("named", { nodeName: "worker-2", containers: [{ ...netexec, ports }] });
    const file = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "static" },
      spec: { containers: [{ ...netexec, ports }] },
    };
    ssh(test, "worker-2", `echo '${JSON.stringify(file)}' | sudo tee /etc/kubernetes/manifests/static.yaml`);
    test.run(30_000);
    const message = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
    for (const name of ["named", "static-worker-2"]) {
      const { phase, reason, message: said } = test.get(pods, name).status;
      expect([phase, reason, said]).toEqual(["Failed", "NodePorts", `Pod was rejected: ${message}`]);
      const told = test.list(events).filter(({ involvedObject }) => involvedObject.name === name);
      expect(told.map(({ type, reason: why, message: text }) => [type, why, text])).toContainEqual([
        "Warning",
        "NodePorts",
        message,
      ]);
    }
    expect(ask("client", "http://172.18.0.4:8000/hostname")).toBe("port");
  });
});
