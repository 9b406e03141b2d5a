import { expect, it } from "vitest";
import { readComponentFlags } from "./component-flags.ts";
import type { CheckedComponent } from "./component-flags.ts";
import { flagsWithoutEffect } from "./flags-without-effect.ts";
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
        .replace("Node,RBAC", "Node,RBAC,Webhook\n    - --authorization-webhook-config-file=/etc/hook.conf")
        .replace("=NodeRestriction", "=NodeRestriction,OwnerReferencesPermissionEnforcement")
        .replace("- --secure-port", "- --request-timeout=2m\n    - --goaway-chance=0.1\n    - --secure-port"),
    ),
  ).toEqual([
    "Drydock reads --authorization-mode=Webhook",
    "Drydock reads --authorization-webhook-config-file",
    "Drydock reads --enable-admission-plugins=OwnerReferencesPermissionEnforcement",
    "Drydock reads --request-timeout",
  ]);
  expect(
    warnings("kube-controller-manager", (text) =>
      text.replace(
        "- --leader-elect",
        "- --node-monitor-grace-period=20s\n    - --concurrent-job-syncs=9\n    - --node-monitor-period=1s\n    - --leader-elect",
      ),
    ),
  ).toEqual(["Drydock reads --node-monitor-period"]);
  expect(
    warnings("etcd", (text) =>
      text.replace("- --snapshot-count=10000", "- --snapshot-count=5\n    - --quota-backend-bytes=1024"),
    ),
  ).toEqual(["Drydock reads --quota-backend-bytes"]);
});

function without(component: CheckedComponent, ...flags: string[]): string[] {
  const read = readComponentFlags(component, [component, ...flags]);
  if (read.problem !== undefined) throw new Error(read.problem);
  return flagsWithoutEffect(component, read.flags, []);
}

it("a value that holds anyway says nothing, however it is spelt", () => {
  expect(
    without(
      "kube-apiserver",
      ...["--request-timeout=60s", "--service-account-lookup=T", "--audit-log-maxage=0", "--oidc-issuer-url="],
      ...["--enable-aggregator-routing=false", "--shutdown-delay-duration=0s", "--max-requests-inflight=0400"],
    ),
  ).toEqual([]);
  expect(
    without("kube-apiserver", "--request-timeout=2m", "--service-account-lookup=f", "--max-requests-inflight=4"),
  ).toEqual(["request-timeout", "service-account-lookup", "max-requests-inflight"]);
  expect(without("kube-controller-manager", "--unhealthy-zone-threshold=0.5", "--node-monitor-period=5000ms")).toEqual(
    [],
  );
  expect(without("kube-controller-manager", "--use-service-account-credentials=0", "--node-monitor-period=1s")).toEqual(
    ["use-service-account-credentials", "node-monitor-period"],
  );
  expect(without("etcd", "--quota-backend-bytes=0", "--max-txn-ops=1")).toEqual(["max-txn-ops"]);
});

it("a plugin that no server has isn't named: it ends the server", () => {
  expect(without("kube-apiserver", "--disable-admission-plugins=PodTopologyLabels,Nothing,Priority")).toEqual([
    "disable-admission-plugins=PodTopologyLabels",
  ]);
});

it("of a file with settings that nobody reads it isn't enough that it is there; of a credential it is", () => {
  expect(
    without(
      "kube-apiserver",
      ...["--tracing-config-file=/a", "--egress-selector-config-file=/b", "--oidc-ca-file=/c", "--tls-cert-file=/d"],
    ),
  ).toEqual(["tracing-config-file", "egress-selector-config-file", "oidc-ca-file"]);
  expect(without("etcd", "--config-file=/a", "--peer-key-file=/b")).toEqual(["config-file"]);
});
