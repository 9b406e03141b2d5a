import { describe, expect, it } from "vitest";
import { configMaps, daemonSets, pods } from "../api/registry.ts";
import { SECOND } from "../base/time.ts";
import { createTestCluster } from "./testing/test-cluster.ts";

function booted() {
  const test = createTestCluster();
  if (!test.boot()) throw new Error("no boot");
  const node = test.cluster.network.node("worker-1");
  if (node === undefined) throw new Error("no node");
  const proxies = () =>
    test.list(pods, "kube-system").filter(({ metadata }) => metadata.labels?.["k8s-app"] === "kube-proxy");
  const proxy = () => proxies().find(({ spec }) => spec.nodeName === "worker-1");
  const said = (): string => test.cluster.podLog("kube-system", proxy()?.metadata.name ?? "");
  const original = test.get(configMaps, "kube-proxy", "kube-system").data?.["config.conf"] ?? "";
  /** The file as kubeadm writes it, with some lines of it changed, and new processes. */
  const configure = (...changes: readonly [from: string, to: string][]): void => {
    let text = original;
    for (const [from, to] of changes) {
      expect(text).toContain(from);
      text = text.replace(from, to);
    }
    test.client.resource(configMaps).patch("kube-system", "kube-proxy", { data: { "config.conf": text } });
    for (const { metadata } of proxies()) test.client.resource(pods).delete("kube-system", metadata.name);
    test.run(20 * SECOND);
  };
  return { test, node, proxies, proxy, said, configure };
}

describe("kube-proxy", () => {
  it("goes by its configuration from its next start, and ends with upstream's words where that is wrong", () => {
    const { test, node, proxy, said, configure } = booted();
    expect(said()).not.toContain("Drydock");
    configure(['mode: ""', "mode: ipvs"], ['scheduler: ""', "scheduler: sh"]);
    expect([node.proxyRunning, node.proxyMode, node.minSyncMs]).toEqual([true, "ipvs", 0]);
    expect(node.filter.virtualServers()[0]?.scheduler).toBe("sh");
    configure(['mode: ""', "mode: userspace"]);
    test.run(40 * SECOND);
    expect(node.proxyRunning).toBe(false);
    expect(said()).toMatch(
      /"command failed" err="failed validate: KubeProxyConfiguration\.Mode\.ProxyMode: Invalid value: \\"userspace\\": must be iptables, ipvs, nftables or blank \(blank means the best-available proxy \[currently iptables\]\)"\n$/,
    );
    expect(proxy()?.status.containerStatuses?.[0]?.state?.waiting?.reason).toBe("CrashLoopBackOff");
    configure(['mode: ""', "mode: ipvs"], ['scheduler: ""', "scheduler: none"]);
    expect(said()).toContain(`"command failed" err="can't use the IPVS proxier: no such file or directory"`);
    configure(
      ["minSyncPeriod: 0s", "minSyncPeriod: 3s\n  masqueradeSome: true"],
      ["strictARP: false", "strictARP: true"],
    );
    expect([node.proxyRunning, node.proxyMode, node.minSyncMs]).toEqual([true, "iptables", 3000]);
    expect(said()).toContain("Drydock: these fields have no effect in this playground: ipvs.strictARP\n");
    expect(said()).toContain(
      '"Using lenient decoding as strict decoding failed" err="strict decoding error: unknown field \\"iptables.masqueradeSome\\""\n',
    );
  });

  it("listens where it is told, and ends for a port that somebody else has only if it is told to", () => {
    const { node, said, configure } = booted();
    const status = (port: number): number | undefined => {
      const from = node.port();
      const address = node.host.addressText;
      const outcome = from.exchange?.({
        method: "GET",
        url: `http://${address}:${port}/healthz`,
        headers: {},
        body: "",
      });
      return outcome?.ok === true ? outcome.response.status : undefined;
    };
    expect([status(10_256), status(10_249)]).toEqual([200, undefined]);
    configure(
      ['metricsBindAddress: ""', "metricsBindAddress: 0.0.0.0:9999"],
      ['healthzBindAddress: ""', "healthzBindAddress: 127.0.0.1"],
    );
    expect([status(10_256), status(9999)]).toEqual([undefined, 200]);
    const taken = ['metricsBindAddress: ""', "metricsBindAddress: 0.0.0.0:10250"] as const;
    configure([...taken]);
    const bound = "starting metrics server failed: listen tcp 0.0.0.0:10250: bind: address already in use";
    expect([node.proxyRunning, said().includes(`"Unhandled Error" err="${bound}"`)]).toEqual([true, true]);
    configure([...taken], ["bindAddressHardFail: false", "bindAddressHardFail: true"]);
    expect(node.proxyRunning).toBe(false);
    expect(said()).toContain(`"Error running ProxyServer" err="${bound}"\n`);
    expect(said()).toContain(`"command failed" err="${bound}"\n`);
  });

  it("names the flags that change nothing here", () => {
    const { test, said } = booted();
    const [name, namespace] = ["kube-proxy", "kube-system"];
    const command = test.get(daemonSets, name, namespace).spec.template.spec?.containers[0]?.command ?? [];
    const changed = command.map((word) => word.replace("$(NODE_NAME)", "other")).concat("--master=https://10.0.0.1");
    test.client.resource(daemonSets).patch(namespace, name, {
      spec: { template: { spec: { containers: [{ name, command: changed }] } } },
    });
    test.run(120 * SECOND);
    expect(said().match(/Drydock .*/g)).toEqual([
      "Drydock reads --master and does nothing about it",
      "Drydock reads --hostname-override and does nothing about it",
    ]);
  });

  it("takes away what proxies have written with --cleanup, and a second process beside it takes nothing", () => {
    const { test, node, proxy } = booted();
    const run = (...args: string[]): string =>
      test.exec(proxy()?.metadata.name ?? "", ["kube-proxy", ...args], "kube-system");
    const chains = (): number =>
      node.filter.iptables("IPv4", false).flatMap((table) => table.chains.filter(({ name }) => /KUBE-SVC/.test(name)))
        .length;
    const before = chains();
    expect(before).toBeGreaterThan(0);
    expect([run("--cleanup"), chains()]).toEqual(["", 0]);
    // It notices at the latest when it looks for its canary.
    test.run(30 * SECOND);
    expect(chains()).toBe(before);
    expect(run("--version")).toBe("Kubernetes v1.36.0\n");
    // A second one that ends by itself after a while wakes who waits for it.
    expect(run("--proxy-mode=ipvs", "--ipvs-scheduler=none")).toBe("[1]");
    expect(run("--init-only")).toBe("");
    expect(run("--write-config-to=/tmp/x")).toMatch(
      /"command failed" err="--write-config-to is not simulated"\n\[1\]$/,
    );
    expect(run("--proxy-mod=ipvs")).toMatch(/"command failed" err="unknown flag: --proxy-mod"\n\[1\]$/);
    const container = [...(test.cluster.nodes.get("worker-1")?.runtime.list() ?? [])].find(
      ({ running, sandbox }) => running && sandbox.name === proxy()?.metadata.name,
    );
    const stdio = { stdin: "none", stdout: { write: () => {} }, stderr: { write: () => {} } } as const;
    const second = container?.startProcess(["kube-proxy"], stdio, () => {});
    test.run(SECOND);
    second?.kill("SIGTERM");
    test.run(SECOND);
    expect([node.proxyRunning, chains()]).toEqual([true, before]);
  });

  it("goes by its flags where it is a static pod without a file", () => {
    const test = createTestCluster({ preset: "scale:1" });
    expect(test.boot()).toBe(true);
    const node = test.cluster.network.node("worker-1");
    const name = "kube-proxy-worker-1";
    const flag = (text: string): void => {
      const path = "/etc/kubernetes/manifests/kube-proxy.yaml";
      const disk = test.cluster.nodes.get("worker-1")?.kubelet.disk;
      disk?.writeFile(path, disk.readFile(path).replace("- --hostname", `- ${text}\n    $&`));
      test.run(30 * SECOND);
    };
    flag("--nodeport-addresses=10.0.0.0/8");
    flag("--masquerade-all");
    expect([node?.proxyRunning, node?.traffic]).toEqual([
      true,
      { nodePortAddresses: ["10.0.0.0/8"], masqueradeAll: true },
    ]);
    flag("--feature-gates=Foo=true");
    expect(test.cluster.podLog("kube-system", name)).toMatch(
      /"command failed" err="failed complete: unrecognized feature gate: Foo"\n$/,
    );
  });

  it("is a daemon set, and its absence freezes the rules", () => {
    const { test, node, proxies } = booted();
    expect(test.get(daemonSets, "kube-proxy", "kube-system").status?.numberReady).toBe(4);
    expect([node.proxyRunning, node.proxyMode]).toEqual([true, "iptables"]);

    test.cluster.setComponent("kube-proxy", false);
    test.run(40 * SECOND);
    expect([node.proxyRunning, proxies()]).toEqual([false, []]);
    test.client.resource(daemonSets).delete("kube-system", "kube-proxy");
    test.run(SECOND);
    test.cluster.setComponent("kube-proxy", true);
    test.run(20 * SECOND);
    expect([node.proxyRunning, proxies().length]).toEqual([true, 4]);
  });
});
