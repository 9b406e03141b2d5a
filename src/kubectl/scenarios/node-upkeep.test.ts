/** What is done on a node itself: pods from its folder, its shutdown, and what kubectl shows of it. */
import { expect, it } from "vitest";
import { ssh as sshTo } from "../../engine/cluster/testing/ssh.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const NODE = "worker-1";
const laptop = new ClusterLaptop();
const { test } = laptop;
laptop.wait(20);
const ssh = (command: string): string => sshTo(test, NODE, command);
const write = (path: string, text: string): void => test.cluster.nodes.get(NODE)?.kubelet.disk.writeFile(path, text);
const shown = (name: string): string[] => laptop.kubectl(`get pod ${name} --no-headers`).split(/\s+/).slice(0, 3);

it("kube-proxy tells of its start, as an event of its node with nothing more to say, each time that it starts", () => {
  const starts = (): string[] =>
    laptop
      .kubectl(`describe node ${NODE}`)
      .split("\n")
      .filter((line) => line.includes("Starting"))
      .map((line) =>
        line
          .trim()
          .split(/ {2,}/)
          .filter((word) => !/^\d+s$/.test(word))
          .join("|"),
      );
  const kubelet = "Normal|Starting|kubelet|Starting kubelet.";
  expect(starts()).toEqual(["Normal|Starting|kube-proxy", kubelet]);
  const [proxy] = laptop
    .field(
      `pods -n kube-system -l k8s-app=kube-proxy --field-selector spec.nodeName=${NODE}`,
      ".items[*].metadata.name",
    )
    .split(" ");
  laptop.kubectl(`delete pod -n kube-system ${proxy}`);
  laptop.wait(5);
  expect(starts()).toEqual(["Normal|Starting|kube-proxy", "Normal|Starting|kube-proxy", kubelet]);
});

it("a pod of the manifest folder has a mirror, follows its file, and comes back whatever kubectl does", () => {
  const path = "/etc/kubernetes/manifests/web.yaml";
  const manifest = (image: string): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: main, image: "${image}"}]}\n`;
  write(path, manifest("nginx:1.27"));
  laptop.wait(30);
  expect(shown("web-worker-1")).toEqual(["web-worker-1", "1/1", "Running"]);
  expect(
    ["kubernetes\\.io/config\\.source", "kubernetes\\.io/config\\.mirror"].map((key) =>
      laptop.field("pod web-worker-1", `.metadata.annotations.${key}`).replace(/[\da-f]{32}/, "HASH"),
    ),
  ).toEqual(["file", "HASH"]);
  expect(laptop.field("pod web-worker-1", ".metadata.ownerReferences[*].kind")).toBe("Node");
  const image = (): string => laptop.field("pod web-worker-1", ".spec.containers[0].image");
  write(path, manifest("nginx:1.28"));
  laptop.wait(30);
  expect([image(), ...shown("web-worker-1")]).toEqual(["nginx:1.28", "web-worker-1", "1/1", "Running"]);
  expect(laptop.kubectl("delete pod web-worker-1")).toBe('pod "web-worker-1" deleted from default namespace');
  laptop.wait(3);
  expect([shown("web-worker-1")[2], laptop.events("web-worker-1").filter((text) => text.includes("Started"))]).toEqual([
    "Running",
    ["Normal Started Container started", "Normal Started Container started"],
  ]);
  write(path, manifest("nginx:1.28").replace("name: main", "nam: main"));
  laptop.wait(30);
  expect(laptop.kubectl("get pod web-worker-1")).toMatch(/NotFound/);
  expect(ssh("sudo journalctl -u kubelet")).toMatch(
    /"Could not process manifest file" err="invalid pod: \[spec\.containers\[0\]\.name: Required value\]" path="\/etc\/kubernetes\/manifests\/web\.yaml"\n$/,
  );
  test.cluster.nodes.get(NODE)?.kubelet.disk.remove(path);
});

it("at a shutdown pods end by their priority, each group in its time, and the node says so", () => {
  const stubborn = "trap '' TERM; sleep infinity";
  const pod = (name: string, priorityClassName?: string, script = stubborn): object => ({
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name } },
    spec: {
      nodeName: NODE,
      ...(priorityClassName !== undefined && { priorityClassName }),
      containers: [{ name: "main", image: "busybox", command: ["sh", "-c", script] }],
    },
  });
  const priority = (name: string, value: number): object => ({
    ...{ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name }, value },
  });
  const path = "/var/lib/kubelet/config.yaml";
  const groups = [
    ["100000", "10"],
    ["1000", "20"],
    ["0", "5"],
  ].map(([least, seconds]) => `- {priority: ${least}, shutdownGracePeriodSeconds: ${seconds}}\n`);
  write(path, `${ssh(`cat ${path}`)}shutdownGracePeriodByPodPriority:\n${groups.join("")}`);
  ssh("sudo systemctl restart kubelet");
  laptop.apply(priority("mid", 5000), priority("top", 100_000), pod("plain"), pod("mid", "mid"), pod("top", "top"));
  laptop.apply(pod("heeds", "mid", "trap 'sleep 3; exit 0' TERM; sleep infinity & wait"));
  laptop.wait(20);
  // Times of the API have whole seconds.
  test.run(1000 - (test.sim.now % 1000));
  const began = test.sim.now;
  ssh("sudo reboot");
  const names = ["plain", "heeds", "mid", "top"];
  laptop.wait(1);
  expect(laptop.kubectl(`describe node ${NODE}`)).toMatch(/ Ready +False .* KubeletNotReady +node is shutting down\n/);
  laptop.apply(pod("late"));
  laptop.wait(45);
  // 5 seconds for those below 1000, 20 for those below 100000, 10 for the rest; nobody waits for who has ended.
  const ended = (name: string): number =>
    Date.parse(laptop.field(`pod ${name}`, ".status.containerStatuses[0].state.terminated.finishedAt")) - began;
  expect(names.map((name) => Math.round(ended(name) / 1000))).toEqual([5, 8, 25, 35]);
  const why = (name: string): string[] =>
    ["reason", "message"].map((field) => laptop.field(`pod ${name}`, `.status.${field}`));
  expect(names.map(why)).toEqual(
    names.map(() => ["Terminated", "Pod was terminated in response to imminent node shutdown."]),
  );
  expect(why("late")).toEqual(["NodeShutdown", "Pod was rejected: Pod was rejected as the node is shutting down."]);
  expect(laptop.events(NODE).filter((text) => /Shutdown/.test(text))).toEqual([
    "Normal NodeShutdown Shutdown manager detected shutdown event",
  ]);
  expect(laptop.waitFor(() => laptop.kubectl(`get node ${NODE} --no-headers`).includes(" Ready "))).toBe(true);
});
