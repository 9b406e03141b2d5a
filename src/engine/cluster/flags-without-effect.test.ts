import { expect, it } from "vitest";
import { createTestCluster } from "./testing/test-cluster.ts";

const NODE = "control-plane";

/** What a component's log warns of, after its manifest was changed on the node. */
function warnings(component: string, change: (manifest: string) => string): string[] {
  const test = createTestCluster();
  test.run(15_000);
  const disk = test.cluster.nodes.get(NODE)?.kubelet.disk;
  if (disk === undefined) throw new Error("no node");
  const path = `/etc/kubernetes/manifests/${component}.yaml`;
  const warned = (): string[] =>
    test.cluster
      .podLog("kube-system", `${component}-${NODE}`)
      .split("\n")
      .flatMap((line) => /Drydock reads --\S+/.exec(line) ?? []);
  expect(warned()).toEqual([]);
  disk.writeFile(path, change(disk.readFile(path)));
  test.run(60_000);
  return warned();
}

it("a component tells of flags that are set to something else than at first, and change nothing", () => {
  expect(
    warnings("kube-apiserver", (text) =>
      text
        .replace("Node,RBAC", "Node,RBAC,Webhook")
        .replace(
          "- --secure-port",
          "- --audit-log-path=/var/log/audit.log\n    - --goaway-chance=0.1\n    - --secure-port",
        ),
    ),
  ).toEqual(["Drydock reads --authorization-mode", "Drydock reads --audit-log-path"]);
  expect(
    warnings("kube-controller-manager", (text) =>
      text.replace(
        "- --leader-elect",
        "- --node-monitor-grace-period=20s\n    - --concurrent-job-syncs=9\n    - --node-eviction-rate=1\n    - --leader-elect",
      ),
    ),
  ).toEqual(["Drydock reads --node-eviction-rate"]);
  expect(
    warnings("etcd", (text) =>
      text.replace("- --snapshot-count=10000", "- --snapshot-count=5\n    - --quota-backend-bytes=1024"),
    ),
  ).toEqual(["Drydock reads --quota-backend-bytes"]);
});
