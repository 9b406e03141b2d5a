import { describe, expect, it } from "vitest";
import { configMaps, daemonSets, pods } from "../api/registry.ts";
import { SECOND } from "../base/time.ts";
import { createTestCluster } from "./testing/test-cluster.ts";

describe("kube-proxy", () => {
  it("is a daemon set whose pods read the mode, and whose absence freezes the rules", () => {
    const test = createTestCluster({ preset: "minikube" });
    expect(test.boot()).toBe(true);
    const node = test.cluster.network.node("minikube");
    const proxies = () =>
      test.list(pods, "kube-system").filter(({ metadata }) => metadata.labels?.["k8s-app"] === "kube-proxy");
    expect(test.get(daemonSets, "kube-proxy", "kube-system").status?.numberReady).toBe(1);
    expect([node?.proxyRunning, node?.proxyMode]).toEqual([true, "iptables"]);

    const setMode = (mode: string): void => {
      const before = test.get(configMaps, "kube-proxy", "kube-system").data?.["config.conf"] ?? "";
      const data = { "config.conf": before.replace(/^mode: .*$/m, `mode: ${JSON.stringify(mode)}`) };
      test.client.resource(configMaps).patch("kube-system", "kube-proxy", { data });
      for (const { metadata } of proxies()) test.client.resource(pods).delete("kube-system", metadata.name);
      test.run(20 * SECOND);
    };
    setMode("ipvs");
    expect([node?.proxyRunning, node?.proxyMode]).toEqual([true, "ipvs"]);
    setMode("userspace");
    expect(node?.proxyRunning).toBe(false);
    expect(test.cluster.podLog("kube-system", proxies()[0]?.metadata.name ?? "")).toContain(
      'KubeProxyConfiguration.Mode: Invalid value: "userspace": must be iptables, ipvs, nftables or blank',
    );
    setMode("");
    expect([node?.proxyRunning, node?.proxyMode]).toEqual([true, "iptables"]);

    test.cluster.setComponent("kube-proxy", false);
    test.run(40 * SECOND);
    expect([node?.proxyRunning, proxies()]).toEqual([false, []]);
    test.client.resource(daemonSets).delete("kube-system", "kube-proxy");
    test.run(SECOND);
    test.cluster.setComponent("kube-proxy", true);
    test.run(20 * SECOND);
    expect([node?.proxyRunning, proxies().length]).toEqual([true, 1]);
  });
});
