/**
 * kube-proxy's configuration file: what it sets, what is wrong with it, and which fields change nothing here.
 * Upstream: staging/src/k8s.io/kube-proxy/config/v1alpha1/types.go, pkg/proxy/apis/config/{v1alpha1,validation}.
 */
import type { ProxyMode, ProxySettings, ProxyTraffic } from "../network/proxy-settings.ts";
import { checkFeatureGates, parseFeatureGates } from "./feature-gates/feature-gates.ts";
import { DecodeProblem } from "./node/field-values.ts";
import { flagValue, idleField, isCidr, readProxyFields, syncPeriods, withPort } from "./kube-proxy-fields.ts";
import type { ProxyFields } from "./kube-proxy-fields.ts";
import { validateProxyConfiguration } from "./kube-proxy-validation.ts";

export interface KubeProxyConfiguration extends ProxySettings {
  readonly healthzBindAddress: string;
  readonly metricsBindAddress: string;
  readonly bindAddressHardFail: boolean;
  readonly nodePortAddresses: readonly string[];
  readonly clusterCIDR: string;
  readonly scheduler: string;
  /** The fields that no kube-proxy has: they are passed over. */
  readonly unknown: readonly string[];
  /** Fields that ask for what isn't done here. */
  readonly withoutEffect: readonly string[];
}

const DEFAULT_ADDRESSES = { healthz: "0.0.0.0:10256", metrics: "127.0.0.1:10249" };

/** What a text says, or why the process ends. */
export function parseProxyConfiguration(text: string): KubeProxyConfiguration | { error: string } {
  try {
    return configurationOf(readProxyFields(text));
  } catch (error) {
    if (!(error instanceof DecodeProblem)) throw error;
    return { error: `failed complete: failed to decode: ${error.message}` };
  }
}

/** What flags say where there is no file: a flag has a name of its own for the field that it sets. */
export function configurationByFlags(flags: ReadonlyMap<string, string>): KubeProxyConfiguration | { error: string } {
  const fields = new Map<string, unknown>();
  const gates = parseFeatureGates(flags.get("feature-gates") ?? "");
  if ("problem" in gates) return { error: `failed complete: ${gates.problem}` };
  const ipvs = flags.get("proxy-mode") === "ipvs";
  for (const [name, value] of flags) {
    // Its periods are those of its mode.
    if (name.endsWith("-sync-period") && name.startsWith("ip") && name.startsWith("ipvs") !== ipvs) continue;
    const field = FIELDS_BY_FLAG[name];
    if (field === "featureGates") fields.set(field, Object.fromEntries(gates.gates));
    else if (field !== undefined) fields.set(field, flagValue(field, value));
  }
  return configurationOf({ fields, unknown: [] });
}

/** Flags that set a field, and that a file has instead. */
export function flagsBesideFile(flags: ReadonlyMap<string, string>): string[] {
  return [...flags.keys()].filter((name) => FIELDS_BY_FLAG[name] !== undefined);
}

const FIELDS_BY_FLAG: Readonly<Record<string, string>> = Object.fromEntries(
  `bind-address=bindAddress bind-address-hard-fail=bindAddressHardFail cluster-cidr=clusterCIDR config-sync-period=configSyncPeriod
  conntrack-max-per-core=conntrack.maxPerCore conntrack-min=conntrack.min conntrack-tcp-be-liberal=conntrack.tcpBeLiberal
  conntrack-tcp-timeout-close-wait=conntrack.tcpCloseWaitTimeout conntrack-tcp-timeout-established=conntrack.tcpEstablishedTimeout
  conntrack-udp-timeout=conntrack.udpTimeout conntrack-udp-timeout-stream=conntrack.udpStreamTimeout detect-local-mode=detectLocalMode feature-gates=featureGates
  healthz-bind-address=healthzBindAddress iptables-localhost-nodeports=iptables.localhostNodePorts iptables-masquerade-bit=iptables.masqueradeBit
  iptables-min-sync-period=iptables.minSyncPeriod iptables-sync-period=iptables.syncPeriod ipvs-exclude-cidrs=ipvs.excludeCIDRs
  ipvs-min-sync-period=ipvs.minSyncPeriod ipvs-scheduler=ipvs.scheduler ipvs-strict-arp=ipvs.strictARP ipvs-sync-period=ipvs.syncPeriod
  ipvs-tcp-timeout=ipvs.tcpTimeout ipvs-tcpfin-timeout=ipvs.tcpFinTimeout ipvs-udp-timeout=ipvs.udpTimeout kube-api-burst=clientConnection.burst
  kube-api-content-type=clientConnection.contentType kube-api-qps=clientConnection.qps masquerade-all=iptables.masqueradeAll
  metrics-bind-address=metricsBindAddress nodeport-addresses=nodePortAddresses oom-score-adj=oomScoreAdj
  pod-bridge-interface=detectLocal.bridgeInterface pod-interface-name-prefix=detectLocal.interfaceNamePrefix profiling=enableProfiling
  proxy-mode=mode show-hidden-metrics-for-version=showHiddenMetricsForVersion`
    .split(/\s+/)
    .map((word) => word.split("=")),
);

function configurationOf({
  fields,
  unknown,
}: {
  fields: ProxyFields;
  unknown: readonly string[];
}): KubeProxyConfiguration | { error: string } {
  const wanted = (fields.get("featureGates") as Readonly<Record<string, boolean>> | undefined) ?? {};
  const gates = checkFeatureGates(new Map(Object.entries(wanted)));
  if ("problem" in gates) return { error: `failed complete: ${gates.problem}` };
  const problems = validateProxyConfiguration(fields);
  if (problems.length > 0)
    return { error: `failed validate: ${problems.length === 1 ? problems[0] : `[${problems.join(", ")}]`}` };
  const withoutEffect = [...fields].flatMap(([path, value]) => idleField(path, value));
  return { ...settingsOf(fields), unknown, withoutEffect };
}

function settingsOf(fields: ProxyFields): Omit<KubeProxyConfiguration, "unknown" | "withoutEffect"> {
  const text = (path: string): string => (fields.get(path) as string | undefined) ?? "";
  const list = (path: string): readonly string[] => (fields.get(path) as readonly string[] | undefined) ?? [];
  const mode = (text("mode") === "" ? "iptables" : text("mode")) as ProxyMode;
  const { minSyncMs, syncMs } = syncPeriods(fields, mode);
  return {
    mode,
    minSyncMs,
    syncMs,
    traffic: trafficOf(fields, mode),
    healthzBindAddress: withPort(text("healthzBindAddress"), DEFAULT_ADDRESSES.healthz),
    metricsBindAddress: withPort(text("metricsBindAddress"), DEFAULT_ADDRESSES.metrics),
    bindAddressHardFail: fields.get("bindAddressHardFail") === true,
    nodePortAddresses: list("nodePortAddresses"),
    clusterCIDR: text("clusterCIDR"),
    scheduler: text("ipvs.scheduler"),
  };
}

function trafficOf(fields: ProxyFields, mode: ProxyMode): ProxyTraffic {
  const text = (path: string): string => (fields.get(path) as string | undefined) ?? "";
  const ports = fields.get("nodePortAddresses") as readonly string[] | undefined;
  const excluded = fields.get("ipvs.excludeCIDRs") as readonly string[] | undefined;
  const primary = ports?.[0] === "primary" || (mode === "nftables" && (ports ?? []).length === 0);
  const local = localOf(text);
  return {
    ...(local !== undefined && { local }),
    ...(fields.get(`${mode === "nftables" ? mode : "iptables"}.masqueradeAll`) === true && { masqueradeAll: true }),
    ...(fields.get("iptables.localhostNodePorts") === false && { localhostNodePorts: false }),
    ...(primary
      ? { nodePortAddresses: "primary" }
      : ports !== undefined && ports.length > 0
        ? { nodePortAddresses: ports }
        : {}),
    ...(text("ipvs.scheduler") !== "" && { scheduler: text("ipvs.scheduler") }),
    ...(excluded !== undefined && excluded.length > 0 && { excludeCIDRs: excluded }),
  };
}

function localOf(text: (path: string) => string): ProxyTraffic["local"] {
  const mode = text("detectLocalMode");
  if (mode === "NodeCIDR") return mode;
  if (mode === "BridgeInterface") return { interface: text("detectLocal.bridgeInterface") };
  if (mode === "InterfaceNamePrefix") return { interface: `${text("detectLocal.interfaceNamePrefix")}+` };
  return { ranges: text("clusterCIDR").split(",").filter(isCidr).join(",") };
}
