/** What is wrong with a kube-proxy's configuration, in upstream's order and words. Upstream: pkg/proxy/apis/config/validation/validation.go. */
import { formatGoDuration } from "../base/go-duration.ts";
import { parseAddress } from "../network/address.ts";
import { isCidr, syncPeriods, withPort } from "./kube-proxy-fields.ts";
import type { ProxyFields } from "./kube-proxy-fields.ts";

const ROOT = "KubeProxyConfiguration";
const LOCAL_MODES = ["ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix"];
const NOT_NEGATIVE = "must be greater than or equal to 0";
const CIDRS = "must be a either a single CIDR or dual-stack pair of CIDRs (e.g. [10.100.0.0/16, fde4:8dba:82e1::/48]";

/** A value with what has to hold for it. */
type Check = (path: string, at: string, bad: (value: never) => boolean, why: string) => void;

export function validateProxyConfiguration(fields: ProxyFields): string[] {
  const problems: string[] = [];
  const invalid = (at: string, value: unknown, why: string): void =>
    void problems.push(`${ROOT}.${at}: Invalid value: ${JSON.stringify(value)}: ${why}`);
  const check: Check = (path, at, bad, why) => {
    const value = fields.get(path);
    if (value !== undefined && bad(value as never)) invalid(at, value, why);
  };
  const time: Check = (path, at, bad, why) => {
    const value = fields.get(path) as number | undefined;
    if (value !== undefined && bad(value as never)) invalid(at, shown(value), why);
  };
  const text = (path: string): string => (fields.get(path) as string | undefined) ?? "";
  const mode = text("mode");
  const outside =
    (low: number, high: number) =>
    (value: number): boolean =>
      value < low || value > high;
  const negative = (value: number): boolean => value < 0;

  const bit = "must be within the range [0, 31]";
  check("iptables.masqueradeBit", "KubeProxyIPTablesConfiguration.MasqueradeBit", outside(0, 31), bit);
  if (mode === "ipvs") {
    for (const [path, name] of IPVS_TIMEOUTS) time(path, `KubeProxyIPVSConfiguration.${name}`, negative, NOT_NEGATIVE);
    each(fields, "ipvs.excludeCIDRs", (value, at) => {
      if (!isCidr(value)) invalid(`KubeProxyIPVSConfiguration.ExcludeCidrs[${at}]`, value, "must be a valid CIDR");
    });
  }
  if (mode === "nftables")
    check("nftables.masqueradeBit", "KubeProxyNFTablesConfiguration.MasqueradeBit", outside(0, 31), bit);
  const linux = "KubeProxyLinuxConfiguration";
  for (const [path, name] of CONNTRACK_COUNTS)
    check(path, `${linux}.KubeProxyConntrackConfiguration.${name}`, negative, NOT_NEGATIVE);
  for (const [path, name] of CONNTRACK_TIMES)
    time(path, `${linux}.KubeProxyConntrackConfiguration.${name}`, negative, NOT_NEGATIVE);
  check("oomScoreAdj", `${linux}.OOMScoreAdj`, outside(-1000, 1000), "must be within the range [-1000, 1000]");
  if (!["", "iptables", "ipvs", "nftables"].includes(mode))
    invalid(
      "Mode.ProxyMode",
      mode,
      "must be iptables, ipvs, nftables or blank (blank means the best-available proxy [currently iptables])",
    );
  check("clientConnection.burst", "ClientConnection.Burst", negative, NOT_NEGATIVE);
  time("configSyncPeriod", "ConfigSyncPeriod", negative, "must be greater than 0");
  validatePeriods(syncPeriods(fields, mode), invalid);
  validateAddresses(text, invalid);
  if (!/^(|\d+(-\d+|\+\d+)?)$/.test(text("portRange")))
    invalid("PortRange", text("portRange"), "must be a valid port range (e.g. 300-2000)");
  validateNodePorts(fields, invalid);
  problems.push(...validateLocal(text));
  return problems;
}

const IPVS_TIMEOUTS = [
  ["ipvs.tcpTimeout", "TCPTimeout"],
  ["ipvs.tcpFinTimeout", "TCPFinTimeout"],
  ["ipvs.udpTimeout", "UDPTimeout"],
] as const;
const CONNTRACK_COUNTS = [
  ["conntrack.maxPerCore", "MaxPerCore"],
  ["conntrack.min", "Min"],
] as const;
const CONNTRACK_TIMES = [
  ["conntrack.tcpEstablishedTimeout", "TCPEstablishedTimeout"],
  ["conntrack.tcpCloseWaitTimeout", "TCPCloseWaitTimeout"],
  ["conntrack.udpTimeout", "UDPTimeout"],
  ["conntrack.udpStreamTimeout", "UDPStreamTimeout"],
] as const;

type Invalid = (at: string, value: unknown, why: string) => void;

function shown(ms: number): string {
  return ms < 0 ? `-${formatGoDuration(-ms)}` : formatGoDuration(ms);
}

function each(fields: ProxyFields, path: string, look: (value: string, at: number) => void): void {
  for (const [at, value] of ((fields.get(path) as readonly string[] | undefined) ?? []).entries()) look(value, at);
}

function validatePeriods({ minSyncMs, syncMs }: { minSyncMs: number; syncMs: number }, invalid: Invalid): void {
  if (syncMs <= 0) invalid("SyncPeriod", shown(syncMs), "must be greater than 0");
  if (minSyncMs < 0) invalid("MinSyncPeriod", shown(minSyncMs), NOT_NEGATIVE);
  if (minSyncMs > syncMs)
    invalid("SyncPeriod", shown(minSyncMs), `must be greater than or equal to ${ROOT}.MinSyncPeriod`);
}

function validateAddresses(text: (path: string) => string, invalid: Invalid): void {
  const own = text("bindAddress");
  if (own !== "" && parseAddress(own) < 0)
    invalid("BindAddress", own, "not a valid textual representation of an IP address");
  for (const [path, at, usual] of [
    ["healthzBindAddress", "HealthzBindAddress", ":10256"],
    ["metricsBindAddress", "MetricsBindAddress", ":10249"],
  ] as const) {
    const given = text(path);
    if (given === "") continue;
    const full = withPort(given, usual);
    const [, bracketed, plain, port = ""] = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(full) ?? [];
    const host = bracketed ?? plain;
    if (host === undefined) {
      invalid(at, full, "must be IP:port");
      continue;
    }
    if (parseAddress(host) < 0) invalid(at, host, "must be a valid IP");
    if (!/^\d+$/.test(port) || Number(port) < 1 || Number(port) > 65_535) invalid(at, port, "must be a valid port");
  }
}

function validateNodePorts(fields: ProxyFields, invalid: Invalid): void {
  const all = (fields.get("nodePortAddresses") as readonly string[] | undefined) ?? [];
  for (const [at, value] of all.entries()) {
    if (value === "primary") {
      if (at !== 0 || all.length !== 1)
        invalid(`NodePortAddresses[${at}]`, value, "can't use both 'primary' and CIDRs");
      return;
    }
    if (!isCidr(value)) invalid(`NodePortAddresses[${at}]`, value, "must be a valid CIDR");
  }
}

function validateLocal(text: (path: string) => string): string[] {
  const mode = text("detectLocalMode");
  if (mode !== "" && !LOCAL_MODES.includes(mode)) {
    const supported = [...LOCAL_MODES, ""].map((each) => JSON.stringify(each)).join(", ");
    return [`${ROOT}.DetectLocalMode: Unsupported value: ${JSON.stringify(mode)}: supported values: ${supported}`];
  }
  const at = `${ROOT}.DetectLocalConfiguration`;
  const empty = (name: string): string[] => [`${at}.${name}: Invalid value: "": must not be empty`];
  if (mode === "BridgeInterface") return text("detectLocal.bridgeInterface") === "" ? empty("InterfaceName") : [];
  if (mode === "InterfaceNamePrefix")
    return text("detectLocal.interfaceNamePrefix") === "" ? empty("InterfacePrefix") : [];
  const given = text("clusterCIDR");
  if (mode === "NodeCIDR" || given === "") return [];
  const cidrs = given.split(",");
  const whole = `${at}.ClusterCIDRs: Invalid value: ${JSON.stringify(cidrs)}: ${CIDRS}`;
  if (cidrs.length > 2) return [whole];
  const bad = cidrs.flatMap((cidr, index) =>
    isCidr(cidr)
      ? []
      : [
          `${at}.ClusterCIDRs[${index}]: Invalid value: ${JSON.stringify(cidr)}: must be a valid CIDR block (e.g. 10.100.0.0/16 or fde4:8dba:82e1::/48)`,
        ],
  );
  if (bad.length > 0) return bad;
  const [first = "", second] = cidrs;
  return second !== undefined && first.includes(":") === second.includes(":") ? [whole] : [];
}
