import { describe, expect, it } from "vitest";
import { kubeProxyConfig } from "./bootstrap-proxy.ts";
import { parseProxyConfiguration } from "./kube-proxy-config.ts";
import { findPreset } from "./presets.ts";

const HEAD = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n";

function error(text: string): string {
  const read = parseProxyConfiguration(`${HEAD}${text}`);
  return "error" in read ? read.error : "";
}

function config(text: string) {
  const read = parseProxyConfiguration(`${HEAD}${text}`);
  if ("error" in read) throw new Error(read.error);
  return read;
}

describe("a KubeProxyConfiguration", () => {
  it("as kubeadm writes it sets what is the default, and nothing that changes nothing", () => {
    const text = kubeProxyConfig(findPreset("dual-stack")).data?.["config.conf"] ?? "";
    expect(parseProxyConfiguration(text)).toEqual({
      mode: "iptables",
      minSyncMs: 1000,
      syncMs: 30_000,
      traffic: { local: { ranges: findPreset("dual-stack").clusterCIDR } },
      healthzBindAddress: "0.0.0.0:10256",
      metricsBindAddress: "127.0.0.1:10249",
      bindAddressHardFail: false,
      nodePortAddresses: [],
      clusterCIDR: findPreset("dual-stack").clusterCIDR,
      scheduler: "",
      unknown: [],
      withoutEffect: [],
    });
  });

  it("sets how traffic is treated, of its mode's section", () => {
    const traffic = (text: string) => config(text).traffic;
    const local = { ranges: "" };
    expect(
      traffic("iptables: {masqueradeAll: true, localhostNodePorts: false}\nnftables: {masqueradeAll: true}"),
    ).toEqual({
      local,
      masqueradeAll: true,
      localhostNodePorts: false,
    });
    expect(
      traffic('mode: ipvs\niptables: {masqueradeAll: true}\nipvs: {scheduler: sh, excludeCIDRs: ["10.0.0.0/8"]}'),
    ).toEqual({
      local,
      masqueradeAll: true,
      scheduler: "sh",
      excludeCIDRs: ["10.0.0.0/8"],
    });
    expect(traffic("mode: nftables\niptables: {masqueradeAll: true}")).toEqual({ local, nodePortAddresses: "primary" });
    expect(traffic("nodePortAddresses: [primary]")).toEqual({ local, nodePortAddresses: "primary" });
    expect(traffic('nodePortAddresses: ["10.0.0.0/8"]')).toEqual({ local, nodePortAddresses: ["10.0.0.0/8"] });
    expect(traffic("detectLocalMode: NodeCIDR")).toEqual({ local: "NodeCIDR" });
    expect(traffic("detectLocalMode: BridgeInterface\ndetectLocal: {bridgeInterface: cni0}")).toEqual({
      local: { interface: "cni0" },
    });
    expect(traffic("detectLocalMode: InterfaceNamePrefix\ndetectLocal: {interfaceNamePrefix: veth}")).toEqual({
      local: { interface: "veth+" },
    });
  });

  it("sets when rules are written, and where it is asked how it is", () => {
    const periods = (text: string): number[] => [config(text).minSyncMs, config(text).syncMs];
    expect(periods("iptables: {minSyncPeriod: 3s, syncPeriod: 1m}\nipvs: {minSyncPeriod: 9s}")).toEqual([3000, 60_000]);
    expect(periods("mode: ipvs\nipvs: {minSyncPeriod: 0s}")).toEqual([0, 30_000]);
    const addresses = (text: string): string[] => [config(text).healthzBindAddress, config(text).metricsBindAddress];
    expect(addresses("healthzBindAddress: 127.0.0.1\nmetricsBindAddress: 0.0.0.0:9000")).toEqual([
      "127.0.0.1:10256",
      "0.0.0.0:9000",
    ]);
    expect(addresses('healthzBindAddress: "::1"\nmetricsBindAddress: "[::]"')).toEqual(["[::1]:10256", "[::]:10249"]);
  });

  it("names the fields that change nothing here, and those that no kube-proxy has", () => {
    const text =
      "oomScoreAdj: -500\nconntrack: {maxPerCore: 0, min: 5, tcpEstablishedTimeout: 24h}\nipvs: {strictARP: true}\nclientConnection: {qps: 9}\nfeatureGates: {AllAlpha: true}\nlogging: {verbosity: 4}";
    expect(config(text).withoutEffect).toEqual([
      "oomScoreAdj",
      "conntrack.min",
      "ipvs.strictARP",
      "clientConnection.qps",
      "featureGates",
      "logging.verbosity",
    ]);
    expect(config("colour: red\niptables: {masqueradeSome: true}").unknown).toEqual([
      "colour",
      "iptables.masqueradeSome",
    ]);
  });

  it.each([
    [
      "mode: userspace",
      'Mode.ProxyMode: Invalid value: "userspace": must be iptables, ipvs, nftables or blank (blank means the best-available proxy [currently iptables])',
    ],
    [
      "iptables: {masqueradeBit: 32}",
      "KubeProxyIPTablesConfiguration.MasqueradeBit: Invalid value: 32: must be within the range [0, 31]",
    ],
    ["iptables: {minSyncPeriod: -3s}", 'MinSyncPeriod: Invalid value: "-3s": must be greater than or equal to 0'],
    [
      "iptables: {minSyncPeriod: 2m}",
      'SyncPeriod: Invalid value: "2m0s": must be greater than or equal to KubeProxyConfiguration.MinSyncPeriod',
    ],
    ["configSyncPeriod: -1s", 'ConfigSyncPeriod: Invalid value: "-1s": must be greater than 0'],
    [
      "oomScoreAdj: -2000",
      "KubeProxyLinuxConfiguration.OOMScoreAdj: Invalid value: -2000: must be within the range [-1000, 1000]",
    ],
    [
      "conntrack: {min: -1}",
      "KubeProxyLinuxConfiguration.KubeProxyConntrackConfiguration.Min: Invalid value: -1: must be greater than or equal to 0",
    ],
    ["bindAddress: here", 'BindAddress: Invalid value: "here": not a valid textual representation of an IP address'],
    ["metricsBindAddress: 'localhost:10249'", 'MetricsBindAddress: Invalid value: "localhost": must be a valid IP'],
    ["healthzBindAddress: '0.0.0.0:70000'", 'HealthzBindAddress: Invalid value: "70000": must be a valid port'],
    [
      "nodePortAddresses: [primary, 10.0.0.0/8]",
      `NodePortAddresses[0]: Invalid value: "primary": can't use both 'primary' and CIDRs`,
    ],
    [
      "nodePortAddresses: [10.0.0.0/8, primary]",
      `NodePortAddresses[1]: Invalid value: "primary": can't use both 'primary' and CIDRs`,
    ],
    ["nodePortAddresses: [10.0.0.1]", 'NodePortAddresses[0]: Invalid value: "10.0.0.1": must be a valid CIDR'],
    [
      "detectLocalMode: Any",
      'DetectLocalMode: Unsupported value: "Any": supported values: "ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix", ""',
    ],
    [
      "detectLocalMode: BridgeInterface",
      'DetectLocalConfiguration.InterfaceName: Invalid value: "": must not be empty',
    ],
    [
      "clusterCIDR: 10.0.0.0/8,wrong",
      'DetectLocalConfiguration.ClusterCIDRs[1]: Invalid value: "wrong": must be a valid CIDR block (e.g. 10.100.0.0/16 or fde4:8dba:82e1::/48)',
    ],
    [
      "clusterCIDR: 10.0.0.0/8,11.0.0.0/8",
      'DetectLocalConfiguration.ClusterCIDRs: Invalid value: ["10.0.0.0/8","11.0.0.0/8"]: must be a either a single CIDR or dual-stack pair of CIDRs (e.g. [10.100.0.0/16, fde4:8dba:82e1::/48]',
    ],
    ["portRange: some", 'PortRange: Invalid value: "some": must be a valid port range (e.g. 300-2000)'],
  ])("ends the process with upstream's words: %s", (text, words) => {
    expect(error(text)).toBe(`failed validate: KubeProxyConfiguration.${words}`);
  });

  it("ends the process with all that is wrong at once, and what can't be read before", () => {
    expect(error("mode: ipvs\nipvs: {syncPeriod: -1s, minSyncPeriod: -2s}")).toBe(
      'failed validate: [KubeProxyConfiguration.SyncPeriod: Invalid value: "-1s": must be greater than 0, KubeProxyConfiguration.MinSyncPeriod: Invalid value: "-2s": must be greater than or equal to 0]',
    );
    expect(error("featureGates: {Nothing: true}")).toBe("failed complete: unrecognized feature gate: Nothing");
    const decode = (text: string): string => error(text).replace("failed complete: failed to decode: ", "");
    expect(decode("iptables: {masqueradeAll: sometimes}")).toBe(
      "json: cannot unmarshal string into Go struct field KubeProxyIPTablesConfiguration.iptables.masqueradeAll of type bool",
    );
    expect(decode("mode: 5")).toBe(
      "json: cannot unmarshal number into Go struct field KubeProxyConfiguration.mode of type string",
    );
    expect(decode("iptables: {syncPeriod: soon}")).toBe('time: invalid duration "soon"');
    expect(decode("nodePortAddresses: primary")).toBe(
      "json: cannot unmarshal string into Go struct field KubeProxyConfiguration.nodePortAddresses of type []string",
    );
    const kind = parseProxyConfiguration("apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfig\n");
    expect("error" in kind && kind.error).toBe(
      'failed complete: failed to decode: no kind "KubeProxyConfig" is registered for version "kubeproxy.config.k8s.io/v1alpha1" in scheme "k8s.io/kubernetes/pkg/proxy/apis/config/scheme/scheme.go:30"',
    );
  });
});
