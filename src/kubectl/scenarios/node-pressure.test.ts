/** Nodes that run short of process numbers, inodes or room for images, and what becomes of what is there. */
import { expect, it } from "vitest";
import { ssh as sshTo } from "../../engine/cluster/testing/ssh.ts";
import { KIND_STORAGE_IMAGE } from "../../engine/cluster/folder-storage/local-path-objects.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const PATH = "/var/lib/kubelet/config.yaml";
const OURS = "# from here on\n";
const laptop = new ClusterLaptop();
const { test } = laptop;

/** The node's kubelet starts anew with these lines; what is pressure is over soon after its cause. */
function configure(node: string, ...lines: string[]): void {
  const disk = test.cluster.nodes.get(node)?.kubelet.disk;
  const [usual = ""] = (disk?.readFile(PATH) ?? "").split(OURS);
  disk?.writeFile(PATH, `${usual}${OURS}${lines.join("\n")}\nevictionPressureTransitionPeriod: 30s\n`);
  sshTo(test, node, "sudo systemctl restart kubelet");
  laptop.wait(15);
}

const pod = (name: string, command: string, spec: { nodeName: string; [field: string]: unknown }): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: {
    containers: [{ name: "main", image: "busybox", command: ["sh", "-c", command] }],
    terminationGracePeriodSeconds: 0,
    ...spec,
  },
});
const priority = (name: string, value: number): object => ({
  apiVersion: "scheduling.k8s.io/v1",
  kind: "PriorityClass",
  metadata: { name },
  value,
});
const phases = (...names: string[]): string[] => names.map((name) => laptop.field(`pod ${name}`, ".status.phase"));
const condition = (node: string, type: string): string[] =>
  ["status", "reason", "message"].map((field) =>
    laptop.field(`node ${node}`, `.status.conditions[?(@.type=="${type}")].${field}`),
  );
const taints = (node: string): string => laptop.field(`node ${node}`, ".spec.taints[*].key");
/** Without the numbers that depend on how much the system itself has on the disk. */
const told = (name: string): string[] =>
  laptop
    .events(name)
    .filter((text) => /Evict|Pressure|Insufficient|SufficientPID|ImageGC|FreeDisk/.test(text))
    .map((text) => text.replace(/(?<=available: )64\d{5}(?=\.)|(?<=free )2[78]\d{9}/, "N"));
const images = (node: string): string[] =>
  laptop.field(`node ${node}`, ".status.images[*].names[1]").replaceAll("docker.io/library/", "").split(" ").toSorted();

it("process numbers run short: the lower priority goes first, and of equals who has more processes", () => {
  const nodeName = "worker-1";
  configure(nodeName, 'evictionHard:\n  pid.available: "65260"');
  const forks = (count: number): string => `for i in $(seq ${count}); do sleep 1000 & done; wait`;
  const dear = { nodeName, priorityClassName: "dear" };
  laptop.apply(priority("dear", 1000), pod("many", forks(30), dear));
  laptop.apply(pod("few", forks(2), { nodeName }), pod("some", forks(10), { nodeName }));
  expect(laptop.waitFor(() => told("some").length > 0, 60)).toBe(true);
  expect(told("some")).toEqual([
    "Warning Evicted The node was low on resource: pids. Threshold quantity: 65260, available: 65250. ",
  ]);
  laptop.wait(2);
  expect(phases("many", "few", "some")).toEqual(["Running", "Running", "Failed"]);
  expect(condition(nodeName, "PIDPressure")).toEqual([
    "True",
    "KubeletHasInsufficientPID",
    "kubelet has insufficient PID available",
  ]);
  expect(taints(nodeName)).toBe("node.kubernetes.io/pid-pressure");
  laptop.wait(60);
  expect(phases("many", "few")).toEqual(["Running", "Running"]);
  expect([taints(nodeName), ...condition(nodeName, "PIDPressure")]).toEqual([
    "",
    "False",
    "KubeletHasSufficientPID",
    "kubelet has sufficient PID available",
  ]);
  // What it said when it started is said again, and counted there.
  expect(told(nodeName)).toEqual([
    "Normal NodeHasNoDiskPressure Node worker-1 status is now: NodeHasNoDiskPressure",
    "Normal NodeHasSufficientPID Node worker-1 status is now: NodeHasSufficientPID",
    "Normal NodeHasInsufficientPID Node worker-1 status is now: NodeHasInsufficientPID",
    "Warning EvictionThresholdMet Attempting to reclaim pids",
  ]);
});

it("inodes run short: who has most files goes, but for who asked for storage", () => {
  const nodeName = "worker-2";
  configure(nodeName, 'evictionHard:\n  nodefs.inodesFree: "6440000"');
  const touch = (count: number): string => `mkdir /f; cd /f; touch $(seq ${count}); sleep infinity`;
  const containers = [
    {
      ...{ name: "main", image: "busybox", command: ["sh", "-c", touch(3000)] },
      resources: { requests: { "ephemeral-storage": "1Gi" } },
    },
  ];
  laptop.apply(pod("careful", "", { nodeName, containers }));
  laptop.apply(pod("modest", touch(20), { nodeName }), pod("hoarder", touch(2000), { nodeName }));
  expect(laptop.waitFor(() => told("hoarder").length > 0, 60)).toBe(true);
  expect(told("hoarder")).toEqual([
    "Warning Evicted The node was low on resource: inodes. Threshold quantity: 6440k, available: N. ",
  ]);
  laptop.wait(2);
  expect(phases("careful", "modest", "hoarder")).toEqual(["Running", "Running", "Failed"]);
  expect([taints(nodeName), ...condition(nodeName, "DiskPressure")]).toEqual([
    "node.kubernetes.io/disk-pressure",
    "True",
    "KubeletHasDiskPressure",
    "kubelet has disk pressure",
  ]);
  laptop.apply(pod("late", "", { nodeName }));
  laptop.wait(2);
  expect(["reason", "message"].map((field) => laptop.field("pod late", `.status.${field}`))).toEqual([
    "Evicted",
    "Pod was rejected: The node had condition: [DiskPressure]. ",
  ]);
});

it("images that nobody uses go when the disk is too full, or by their age; it is told when that isn't enough", () => {
  const nodeName = "worker-3";
  configure(nodeName, "imageGCHighThresholdPercent: 50", "imageGCLowThresholdPercent: 40");
  const once = (image: string): object => ({
    restartPolicy: "Never",
    containers: [{ name: "main", image, command: ["true"] }],
  });
  laptop.apply(
    pod("kept", "", { nodeName, ...once("alpine:3.20") }),
    pod("gone", "", { nodeName, ...once("redis:7") }),
  );
  laptop.apply(pod("filler", "fallocate -l 60G /big; sleep infinity", { nodeName }));
  laptop.wait(60);
  laptop.kubectl("delete pod gone");
  const own = ["busybox:latest", "registry.k8s.io/kube-proxy:v1.36.0"];
  const storage = KIND_STORAGE_IMAGE;
  expect(images(nodeName)).toEqual(["alpine:3.20", own[0], storage, "redis:7", own[1]]);
  laptop.wait(250);
  expect(images(nodeName)).toEqual(["alpine:3.20", ...own]);
  laptop.wait(300);
  const failed = (found: number): string =>
    `Failed to garbage collect required amount of images. Attempted to free N bytes, but only found ${found} bytes eligible to free.`;
  expect(told(nodeName)).toEqual([
    "Normal NodeHasNoDiskPressure Node worker-3 status is now: NodeHasNoDiskPressure",
    "Normal NodeHasSufficientPID Node worker-3 status is now: NodeHasSufficientPID",
    `Warning FreeDiskSpaceFailed ${failed(68800000)}`,
    `Warning FreeDiskSpaceFailed ${failed(0)}`,
    `Warning ImageGCFailed ${failed(0)}`,
  ]);
  laptop.kubectl("delete pods kept filler");
  configure(nodeName, "imageMaximumGCAge: 3m");
  laptop.wait(270);
  expect(images(nodeName)).toEqual(["alpine:3.20", ...own]);
  laptop.wait(30);
  expect(images(nodeName)).toEqual([own[1]]);
});
