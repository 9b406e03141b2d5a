/** A RuntimeClass and what a node's containerd has to have for it, as courses of security do it. */
import { expect, it } from "vitest";
import { ssh } from "../../engine/cluster/testing/ssh.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const CONFIG = "/etc/containerd/config.toml";
const section = (name: string): string => `[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.${name}]`;
const configure = (name: string, type: string): string =>
  ssh(
    laptop.test,
    "worker-1",
    `printf '${section(name)}\\n  runtime_type = "${type}"\\n' | sudo tee -a ${CONFIG} > /dev/null; sudo systemctl restart containerd`,
  );

function apply(name: string, handler: string): void {
  laptop.apply({ apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", metadata: { name }, handler });
  const containers = [{ name: "main", image: "busybox", command: ["sleep", "3600"] }];
  laptop.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { runtimeClassName: name, nodeName: "worker-1", containers },
  });
  laptop.wait(5);
}

it("a pod waits for a runtime that containerd knows, and has gVisor's kernel then", () => {
  apply("gvisor", "runsc");
  expect(laptop.events("gvisor").at(-1)).toBe(
    'Warning FailedCreatePodSandBox Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "runsc" is configured',
  );
  expect(configure("runsc", "io.containerd.runsc.v1")).toBe("");
  laptop.wait(20);
  expect(laptop.kubectl("exec gvisor -- dmesg")).toMatch(/^\[ {4}0\.000000\] Starting gVisor\.\.\.\n/);
  expect(laptop.kubectl("exec gvisor -- uname -r")).toBe("4.4.0");
  expect(ssh(laptop.test, "worker-1", "uname -r")).toBe("6.12.48\n");
});

it("a runtime whose program the node lacks is named", () => {
  configure("kata", "io.containerd.kata.v2");
  apply("kata", "kata");
  expect(
    laptop
      .events("kata")
      .at(-1)
      ?.replace(/[0-9a-f]{64}/, "ID"),
  ).toBe(
    'Warning FailedCreatePodSandBox Failed to create pod sandbox: rpc error: code = Unknown desc = failed to start sandbox "ID": failed to create containerd task: failed to start shim: failed to resolve runtime path: runtime "io.containerd.kata.v2" binary not installed "containerd-shim-kata-v2": file does not exist',
  );
});
