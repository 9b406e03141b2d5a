import { expect, it } from "vitest";
import { events, leases, pods } from "../../api/registry.ts";
import { TestCluster } from "../testing/test-cluster.ts";

function holder(cluster: TestCluster, component: string): string {
  return cluster.get(leases, component, "kube-system").spec.holderIdentity ?? "";
}

function nodeOf(identity: string): string {
  return identity.slice(0, identity.lastIndexOf("_"));
}

it("of three control planes one leads; when its machine goes, another does within the lease's 15 s and a retry", () => {
  const cluster = new TestCluster({ preset: "ha" });
  expect(cluster.boot()).toBe(true);
  const [manager, scheduler] = ["kube-controller-manager", "kube-scheduler"].map((name) => holder(cluster, name));
  expect(manager).toMatch(/^control-plane(-\d)?_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  const told = cluster.list(events, "kube-system").filter(({ reason }) => reason === "LeaderElection");
  expect(told.map(({ involvedObject, message, source }) => [involvedObject.name, source?.component, message])).toEqual([
    ["kube-controller-manager", "kube-controller-manager", `${manager} became leader`],
    ["kube-scheduler", "default-scheduler", `${scheduler} became leader`],
  ]);
  const lost = nodeOf(manager ?? "");
  cluster.cluster.nodes.get(lost)?.powerOff();
  cluster.run(12_000);
  expect(holder(cluster, "kube-controller-manager")).toBe(manager);
  cluster.run(10_000);
  const next = cluster.get(leases, "kube-controller-manager", "kube-system").spec;
  expect([nodeOf(next.holderIdentity ?? "") === lost, next.leaseTransitions]).toEqual([false, 1]);
});

it("a scheduler that is asked to end hands over; one that is killed has its lease run out", () => {
  const cluster = new TestCluster();
  expect(cluster.boot()).toBe(true);
  const place = (name: string): number => {
    const began = cluster.sim.now;
    const containers = [{ name: "main", image: "nginx" }];
    cluster.client.resource(pods).create({ metadata: { name, namespace: "default" }, spec: { containers } });
    expect(cluster.runUntil(() => (cluster.get(pods, name).spec.nodeName ?? "") !== "", 60_000)).toBe(true);
    return cluster.sim.now - began;
  };
  const log = (): string => cluster.cluster.podLog("kube-system", "kube-scheduler-control-plane");
  const lock = 'lock="kube-system/kube-scheduler"';
  expect(log()).toBe(
    `I0101 00:00:01.045000       1 server.go:177] "Starting Kubernetes Scheduler" version="v1.36.0"
I0101 00:00:01.045000       1 server.go:179] "Golang settings" GOGC="" GOMAXPROCS="" GOTRACEBACK=""
I0101 00:00:01.045000       1 secure_serving.go:211] Serving securely on 127.0.0.1:10259
I0101 00:00:01.045000       1 leaderelection.go:258] "Attempting to acquire leader lease..." ${lock}
E0101 00:00:01.045000       1 leaderelection.go:441] "Error retrieving lease lock" err="Get \\"https://172.18.0.2:6443/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler\\": dial tcp 172.18.0.2:6443: connect: connection refused" ${lock}
I0101 00:00:04.695000       1 leaderelection.go:272] "Successfully acquired lease" ${lock}
`,
  );
  cluster.cluster.setComponent("kube-scheduler", false);
  cluster.run(5000);
  expect(cluster.get(leases, "kube-scheduler", "kube-system").spec.holderIdentity).toBe("");
  cluster.cluster.setComponent("kube-scheduler", true);
  expect(place("a")).toBeLessThan(12_000);
  // The lease lasts as long as the flags say; flags that don't fit together end the process.
  const configure = (from: string, to: string): void => {
    const disk = cluster.cluster.nodes.get("control-plane")?.kubelet.disk;
    const path = "/etc/kubernetes/manifests/kube-scheduler.yaml";
    disk?.writeFile(path, (disk.readFile(path) ?? "").replace(from, to));
    cluster.run(40_000);
  };
  const flags = "\n    - --leader-elect-lease-duration=60s\n    - --leader-elect-renew-deadline=";
  configure("- kube-scheduler", `- kube-scheduler${flags}60s`);
  expect(cluster.cluster.podLog("kube-system", "kube-scheduler-control-plane")).toContain(
    '"command failed" err="leaseDuration must be greater than renewDeadline"',
  );
  configure(`${flags}60s`, `${flags}40s`);
  expect(cluster.get(leases, "kube-scheduler", "kube-system").spec.leaseDurationSeconds).toBe(60);
  configure(`${flags}40s`, "");
  cluster.cluster.killContainer("kube-system", "kube-scheduler-control-plane", "kube-scheduler");
  expect(place("b")).toBeGreaterThan(13_000);
});

it("minikube's one node elects nobody", () => {
  const cluster = new TestCluster({ preset: "minikube" });
  expect(cluster.boot()).toBe(true);
  expect(cluster.list(leases, "kube-system")).toEqual([]);
});
