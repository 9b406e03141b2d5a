/** What a kubelet's configuration file says counts from its next start on, or keeps it from starting. */
import { expect, it } from "vitest";
import { events, nodes, pods } from "../../api/registry.ts";
import type { Pod } from "../../api/generated/types.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { ssh as sshTo } from "../testing/ssh.ts";
import { createTestCluster } from "../testing/test-cluster.ts";

setDeepFreeze(true);

const test = createTestCluster();
const NODE = "worker-1";
const PATH = "/var/lib/kubelet/config.yaml";
const ssh = (command: string): string => sshTo(test, NODE, command);
const before = ssh(`cat ${PATH}`);

/** Starts the kubelet anew with these lines; answers with what journald has of it since. */
function configure(...lines: string[]): string {
  const replaced = lines.map((line) => line.split(":")[0]);
  const usual = before.split(/\n(?=\w)/).filter((field) => !replaced.includes(field.split(":")[0]));
  test.cluster.nodes.get(NODE)?.kubelet.disk.writeFile(PATH, `${usual.join("\n").trimEnd()}\n${lines.join("\n")}\n`);
  ssh("sudo systemctl restart kubelet");
  test.run(12_000);
  const log = ssh("sudo journalctl -u kubelet");
  return log.slice(log.lastIndexOf("Started kubelet.service"));
}

function create(name: string, spec: object): void {
  test.client
    .resource(pods)
    .create({ metadata: { name, namespace: "default" }, spec: { nodeName: NODE, ...spec } } as never);
}

const container = (image: string): object => ({ name: "main", image });
const status = (name: string): Pod["status"] => test.get(pods, name).status;
const told = (reason: string): string[] =>
  test
    .list(events)
    .filter((event) => event.reason === reason)
    .map(({ message }) => message ?? "");
const condition = (type: string): string | undefined =>
  test.get(nodes, NODE, "").status.conditions?.find((each) => each.type === type)?.status;

it("how many pods, what is kept for the system, and the taints of a node that registers", () => {
  configure(
    "maxPods: 4",
    "systemReserved:\n  cpu: 500m\n  memory: 1Gi",
    "kubeReserved:\n  cpu: 100m\n  ephemeral-storage: 10Gi",
    "evictionHard:\n  memory.available: 500Mi\n  nodefs.available: 10%",
    "registerWithTaints:\n- key: dedicated\n  value: gpu\n  effect: NoSchedule",
  );
  const { capacity, allocatable } = test.get(nodes, NODE, "").status;
  expect([capacity?.["pods"], capacity?.["cpu"], capacity?.["memory"]]).toEqual(["4", "4", "8Gi"]);
  expect(allocatable).toEqual({
    cpu: "3400m",
    "ephemeral-storage": String(90 * 1024 ** 3 - Math.floor(100 * 1024 ** 3 * Math.fround(0.1))),
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
    memory: `${8 * 1024 - 1024 - 500}Mi`,
    pods: "4",
  });
  // kube-proxy is one of the four.
  for (const name of ["a", "b", "c", "d"]) create(name, { containers: [container("registry.k8s.io/pause:3.10")] });
  test.run(5000);
  expect([status("d").phase, status("d").reason, status("d").message]).toEqual([
    "Failed",
    "OutOfpods",
    "Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: 4, capacity: 4",
  ]);
  test.client.resource(nodes).delete("", NODE);
  ssh("sudo systemctl restart kubelet");
  test.run(5000);
  expect(test.get(nodes, NODE, "").spec.taints).toContainEqual({
    key: "dedicated",
    value: "gpu",
    effect: "NoSchedule",
  });
  for (const name of ["a", "b", "c", "d"])
    test.client.resource(pods).delete("default", name, { gracePeriodSeconds: 0 });
});

it("what no kubelet has, or can't be, ends it; what changes nothing here is named in its log", () => {
  const failure = (...lines: string[]): string => /"command failed" err="(.*)"\n/.exec(configure(...lines))?.[1] ?? "";
  expect(failure("maxPod: 4")).toMatch(/failed to decode: strict decoding error: unknown field \\"maxPod\\"$/);
  expect(failure("maxPods: -4")).toBe(
    "failed to validate kubelet configuration, error: [invalid configuration: maxPods (--max-pods) -4 must not be a negative number]",
  );
  expect(failure("shutdownGracePeriod: 10s", "shutdownGracePeriodCriticalPods: 20s")).toMatch(
    /shutdownGracePeriodCriticalPods \{20s\} must be <= shutdownGracePeriod \{10s\}\]$/,
  );
  expect(failure("evictionHard:\n  memory.free: 1Gi")).toBe(
    "failed to create kubelet: unsupported eviction signal memory.free",
  );
  expect(failure("evictionSoft:\n  memory.available: 1Gi")).toBe(
    "failed to create kubelet: grace period must be specified for the soft eviction threshold memory.available",
  );
  expect(failure("evictionHard:\n  pid.available: 110%")).toBe(
    "failed to create kubelet: eviction percentage threshold pid.available must be <= 100%: 110%",
  );
  expect(failure("imageGCLowThresholdPercent: 90")).toBe(
    "failed to validate kubelet configuration, error: [invalid configuration: imageGCLowThresholdPercent (--image-gc-low-threshold) 90 must be less than imageGCHighThresholdPercent (--image-gc-high-threshold) 85]",
  );
  expect(failure("imageMaximumGCAge: 1m")).toBe(
    "failed to validate kubelet configuration, error: [invalid configuration: imageMaximumGCAge 1m0s must be greater than imageMinimumGCAge 2m0s]",
  );
  expect(failure("evictionSoft:\n  pid.available: 10%")).toBe(
    "failed to create kubelet: grace period must be specified for the soft eviction threshold pid.available",
  );
  expect(failure('maxPods: "4"')).toMatch(
    /failed to decode: json: cannot unmarshal string into Go struct field KubeletConfiguration\.maxPods of type int32$/,
  );
  expect(failure('featureGates:\n  AllAlpha: "true"')).toMatch(
    /failed to decode: json: cannot unmarshal string into Go struct field KubeletConfiguration\.featureGates of type bool$/,
  );
  expect(failure("evictionPressureTransitionPeriod: soon")).toMatch(
    /failed to decode: time: invalid duration \\"soon\\"$/,
  );
  expect(failure("systemReserved:\n  cpu: much")).toMatch(
    /^failed to run Kubelet: failed to parse quantity \\"much\\" for \\"cpu\\" resource: /,
  );
  expect(failure("serializeImagePulls: true", "maxParallelImagePulls: 3")).toBe(
    "failed to validate kubelet configuration, error: [invalid configuration: maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) is set to false]",
  );
  expect(
    configure(
      "topologyManagerPolicy: single-numa-node",
      "cpuManagerPolicy: none",
      "syncFrequency: 0s",
      "readOnlyPort: 10255",
      "evictionHard:\n  containerfs.available: 10%\n  nodefs.inodesFree: 0%",
      'kubeReserved:\n  pid: "1000"',
    )
      .split("\n")
      .flatMap((line) => /^.* W.*\] (.*)$/.exec(line)?.[1] ?? []),
  ).toEqual([
    '"Field has no effect here" field="topologyManagerPolicy"',
    '"Field has no effect here" field="readOnlyPort"',
    '"Field has no effect here" field="evictionHard[containerfs.available]"',
    '"Field has no effect here" field="kubeReserved[pid]"',
  ]);
});

it("images come one at a time, or several at once", () => {
  const under = (): string[] => [...(test.cluster.nodes.get(NODE)?.runtime.pulls ?? [])].map(({ image }) => image);
  const images = ["redis:7", "httpd:2.4"];
  const start = (): void => {
    images.forEach((image, at) => create(`pull-${at}`, { containers: [container(image)] }));
    test.run(900);
  };
  const stop = (): void => {
    images.forEach((_, at) => test.client.resource(pods).delete("default", `pull-${at}`, { gracePeriodSeconds: 0 }));
    test.run(1000);
  };
  configure();
  start();
  expect(under()).toEqual(["docker.io/library/redis:7"]);
  stop();
  for (const line of ["serializeImagePulls: false", "maxParallelImagePulls: 2"]) {
    configure(line);
    start();
    expect(under()).toEqual(["docker.io/library/redis:7", "docker.io/library/httpd:2.4"]);
    stop();
  }
});

it("sysctls that are not safe need the kubelet's leave, and a pod has those that it asks for", () => {
  const sysctls = [{ name: "net.core.somaxconn", value: "1024" }];
  create("forbidden", { containers: [container("busybox")], securityContext: { sysctls } });
  test.run(2000);
  expect([status("forbidden").phase, status("forbidden").reason, status("forbidden").message]).toEqual([
    "Failed",
    "SysctlForbidden",
    'Pod was rejected: forbidden sysctl: "net.core.somaxconn" not allowlisted',
  ]);
  configure("allowedUnsafeSysctls:\n- kernel.msg*\n- net.core.somaxconn", "clusterDNS:\n- 10.96.0.99");
  const command = ["sleep", "3600"];
  create("allowed", { containers: [{ ...container("busybox"), command }], securityContext: { sysctls } });
  expect(test.runUntil(() => status("allowed").phase === "Running", 60_000)).toBe(true);
  expect(
    test.exec("allowed", "cat /proc/sys/net/core/somaxconn; sysctl -n net.core.somaxconn; head -n 2 /etc/resolv.conf"),
  ).toBe("1024\n1024\nsearch default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.99\n");
});

it("a pod has at most as many processes as podPidsLimit says, in all of its containers", () => {
  configure("podPidsLimit: 8");
  const line = "sleep 3600 & sleep 3600 & sleep 3600 & sleep 3600 & echo all";
  const command = ["sleep", "3600"];
  create("few", {
    containers: [
      { ...container("debian"), command },
      { name: "side", image: "debian", command },
    ],
  });
  expect(test.runUntil(() => status("few").phase === "Running", 60_000)).toBe(true);
  expect(test.exec("few", "cat /sys/fs/cgroup/pids.max")).toBe("8\n");
  expect(test.exec("few", line)).toBe("all\n");
  expect(test.exec("few", line)).toBe("sh: 1: Cannot fork\n[2]");
  expect(test.exec("few", `bash -c '${line}'`)).toBe("bash: line 1: fork: Resource temporarily unavailable\n[254]");
  test.client.resource(pods).delete("default", "few", { gracePeriodSeconds: 0 });
});

it("soft thresholds show at once and cost a pod its place only when they last; hard ones cost it at once", () => {
  // The pod that is there when pressure comes: none is admitted afterwards.
  create("victim", { containers: [container("nginx")], priority: undefined });
  expect(test.runUntil(() => status("victim").phase === "Running", 60_000)).toBe(true);
  configure(
    "evictionSoft:\n  memory.available: 99%",
    "evictionSoftGracePeriod:\n  memory.available: 1m",
    "evictionMaxPodGracePeriod: 5",
    "evictionPressureTransitionPeriod: 30s",
  );
  test.client.resource(pods).delete("default", "allowed", { gracePeriodSeconds: 0 });
  expect(condition("MemoryPressure")).toBe("True");
  test.run(20_000);
  expect(told("Evicted")).toEqual([]);
  expect(test.runUntil(() => told("Evicted").length > 0, 60_000)).toBe(true);
  expect(told("Evicted")[0]).toMatch(
    /^The node was low on resource: memory\. Threshold quantity: \d+.*, available: \d+.*\. /,
  );
  configure("evictionPressureTransitionPeriod: 30s");
  expect(test.runUntil(() => condition("MemoryPressure") === "False", 60_000)).toBe(true);
});
