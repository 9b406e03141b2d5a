import { describe, expect, it } from "vitest";
import { configMaps, daemonSets, pods } from "../api/registry.ts";
import { SECOND } from "../base/time.ts";
import { createTestCluster } from "./testing/test-cluster.ts";

describe("kube-proxy", () => {
  it("is a daemon set whose pods read the mode, and whose absence freezes the rules", () => {
    const test = createTestCluster();
    expect(test.boot()).toBe(true);
    const node = test.cluster.network.node("worker-1");
    const proxies = () =>
      test.list(pods, "kube-system").filter(({ metadata }) => metadata.labels?.["k8s-app"] === "kube-proxy");
    expect(test.get(daemonSets, "kube-proxy", "kube-system").status?.numberReady).toBe(4);
    expect([node?.proxyRunning, node?.proxyMode]).toEqual([true, "iptables"]);

    const setMode = (mode: string): void =>
      setConfig((text) => text.replace(/^mode: .*$/m, `mode: ${JSON.stringify(mode)}`));
    const setConfig = (change: (text: string) => string): void => {
      const before = test.get(configMaps, "kube-proxy", "kube-system").data?.["config.conf"] ?? "";
      const data = { "config.conf": change(before) };
      test.client.resource(configMaps).patch("kube-system", "kube-proxy", { data });
      for (const { metadata } of proxies()) test.client.resource(pods).delete("kube-system", metadata.name);
      test.run(20 * SECOND);
    };
    setMode("ipvs");
    expect([node?.proxyRunning, node?.proxyMode, node?.minSyncMs]).toEqual([true, "ipvs", 0]);
    setMode("userspace");
    expect(node?.proxyRunning).toBe(false);
    const said = (): string => test.cluster.podLog("kube-system", proxies()[0]?.metadata.name ?? "");
    expect(said()).toContain(
      'KubeProxyConfiguration.Mode: Invalid value: \\"userspace\\": must be iptables, ipvs, nftables or blank',
    );
    setMode("");
    expect([node?.proxyRunning, node?.proxyMode, node?.minSyncMs]).toEqual([true, "iptables", 1000]);

    const edit = (from: string, to: string): void => setConfig((text) => text.replace(from, to));
    edit("iptables:\n  minSyncPeriod: 0s", "iptables:\n  masqueradeAll: true\n  minSyncPeriod: 3s");
    expect([node?.proxyRunning, node?.minSyncMs]).toEqual([true, 3000]);
    expect(said()).toContain("these fields have no effect in this playground: iptables.masqueradeAll\n");
    edit("minSyncPeriod: 3s", "minSyncPeriod: -3s");
    expect(said()).toContain(
      "KubeProxyConfiguration.KubeProxyIPTablesConfiguration.MinSyncPeriod: Invalid value: must be greater than or equal to 0",
    );
    edit("minSyncPeriod: -3s", "minSyncPeriod: 0s");

    test.cluster.setComponent("kube-proxy", false);
    test.run(40 * SECOND);
    expect([node?.proxyRunning, proxies()]).toEqual([false, []]);
    test.client.resource(daemonSets).delete("kube-system", "kube-proxy");
    test.run(SECOND);
    test.cluster.setComponent("kube-proxy", true);
    test.run(20 * SECOND);
    expect([node?.proxyRunning, proxies().length]).toEqual([true, 4]);
  });
});
