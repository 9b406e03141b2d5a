/** A node whose runtime finds no pod network, or not all that the network's configuration names. */
import { expect, it } from "vitest";
import { ssh as sshTo } from "../../engine/cluster/testing/ssh.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const NODE = "worker-1";
const CONFIG = "/etc/cni/net.d/10-bridge.conflist";
const laptop = new ClusterLaptop();
laptop.wait(20);
const ssh = (command: string): string => sshTo(laptop.test, NODE, command);
const disk = laptop.test.cluster.nodes.get(NODE)!.kubelet.disk;
const config = disk.readFile(CONFIG);
const status = (what: string): string => laptop.kubectl(`get ${what} --no-headers`).split(/\s+/)[1] ?? "";
const on = (name: string, spec: object = {}): object => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name } },
  spec: {
    ...{ nodeName: NODE, terminationGracePeriodSeconds: 0, ...spec },
    containers: [{ name: "main", image: "registry.k8s.io/pause:3.10" }],
  },
});
const ready = (): string => laptop.field(`node ${NODE}`, '.status.conditions[?(@.type=="Ready")].message');
const NOT_READY =
  "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized";

it("the configuration on the node names the bridge and the node's own range", () => {
  expect(ssh(`grep -E '"(type|subnet)"' ${CONFIG} | tr -d ' ",'`)).toBe(
    `type:bridge\ntype:host-local\nsubnet:${laptop.field(`node ${NODE}`, ".spec.podCIDR")}\ntype:portmap\n`,
  );
  expect(ssh("ls /opt/cni/bin | grep -xE 'bridge|host-local|portmap'")).toBe("bridge\nhost-local\nportmap\n");
});

it("without a configuration that can be read the node isn't ready and only pods on its own network start, with one all is well again", () => {
  laptop.apply(on("before"));
  laptop.wait(5);
  disk.writeFile(CONFIG, '{"plugins": [');
  laptop.wait(15);
  expect([status(`node ${NODE}`), ready(), status("pod before")]).toEqual(["NotReady", NOT_READY, "1/1"]);
  laptop.apply(on("alone"), on("shares", { hostNetwork: true }));
  laptop.wait(4);
  expect([status("pod alone"), status("pod shares")]).toEqual(["0/1", "1/1"]);
  expect(laptop.events("alone")).toEqual([`Warning NetworkNotReady network is not ready: ${NOT_READY}`]);
  disk.remove(CONFIG);
  disk.writeFile("/etc/cni/net.d/99-own.conf", '{"type": "ptp", "ipam": {"type": "host-local"}}');
  laptop.wait(15);
  expect([status(`node ${NODE}`), status("pod alone")]).toEqual(["Ready", "1/1"]);
});

it("a plugin that the configuration names and that isn't there keeps pods from starting, and the node stays ready", () => {
  disk.writeFile(CONFIG, config.replace('"portmap"', '"flannel"'));
  laptop.wait(12);
  laptop.apply(on("late"));
  laptop.wait(2);
  expect([status(`node ${NODE}`), status("pod late")]).toEqual(["Ready", "0/1"]);
  const [event = ""] = laptop.events("late");
  expect(event.replace(/"[0-9a-f]{64}"/, '"ID"')).toBe(
    'Warning FailedCreatePodSandBox Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "ID": plugin type="flannel" failed (add): failed to find plugin "flannel" in path [/opt/cni/bin]',
  );
});

it("flannel's plugin asks for the file of its daemon, and for the bridge, before a pod starts", () => {
  const last = (): string => (laptop.events("late").at(-1) ?? "").replace(/^.*plugin type=/, "");
  disk.writeFile("/opt/cni/bin/flannel", "", { mode: 0o755 });
  laptop.wait(20);
  expect(last()).toBe(
    '"flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory',
  );
  disk.mkdir("/run/flannel", { recursive: true });
  disk.writeFile("/run/flannel/subnet.env", "FLANNEL_NETWORK=10.244.0.0/16\n");
  disk.writeFile(CONFIG, '{"plugins": [{"type": "flannel"}]}');
  disk.rename("/opt/cni/bin/bridge", "/tmp/bridge");
  laptop.wait(20);
  expect(last()).toBe(
    '"flannel" failed (add): failed to delegate add: failed to find plugin "bridge" in path [/opt/cni/bin]',
  );
  disk.rename("/tmp/bridge", "/opt/cni/bin/bridge");
  laptop.wait(20);
  expect(status("pod late")).toBe("1/1");
});

it("a pod that is deleted while the configuration is gone has ended, and is Terminating until there is one again", () => {
  laptop.apply(on("stuck", { terminationGracePeriodSeconds: 2 }));
  laptop.wait(10);
  expect(status("pod stuck")).toBe("1/1");
  const kept = disk.readFile(CONFIG);
  for (const name of disk.readdir("/etc/cni/net.d")) disk.remove(`/etc/cni/net.d/${name}`);
  laptop.kubectl("delete pod stuck --wait=false");
  laptop.wait(30);
  expect(laptop.kubectl("get pod stuck --no-headers")).toMatch(/^stuck +0\/1 +Terminating /);
  const event = laptop.events("stuck").at(-1) ?? "";
  expect(event.replaceAll(/[0-9a-f]{64}/g, "ID").replace(/"[0-9a-f-]{36}"/, '"UID"')).toBe(
    'Warning FailedKillPod error killing pod: failed to "KillPodSandbox" for "UID" with KillPodSandboxError: "rpc error: code = Unknown desc = failed to destroy network for sandbox \\"ID\\": cni plugin not initialized"',
  );
  disk.writeFile(CONFIG, kept);
  laptop.wait(20);
  expect(laptop.kubectl("get pod stuck")).toContain("NotFound");
});
