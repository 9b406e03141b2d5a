/**
 * kube-proxy's configuration file: what it sets, what is wrong with it, and which fields change nothing here.
 * Upstream: staging/src/k8s.io/kube-proxy/config/v1alpha1/types.go, pkg/proxy/apis/config/{v1alpha1,validation}.
 */
import type { ProxyMode, ProxySettings, ProxyTraffic } from "../network/proxy-settings.ts";
import { checkFeatureGates } from "./feature-gates/feature-gates.ts";
import { DecodeProblem } from "./node/field-values.ts";
import { idleField, isCidr, readProxyFields, syncPeriods, withPort } from "./kube-proxy-fields.ts";
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
  let read: { fields: ProxyFields; unknown: string[] };
  try {
    read = readProxyFields(text);
  } catch (error) {
    if (!(error instanceof DecodeProblem)) throw error;
    return { error: `failed complete: failed to decode: ${error.message}` };
  }
  const { fields, unknown } = read;
  const wanted = (fields.get("featureGates") as Readonly<Record<string, boolean>> | undefined) ?? {};
  const gates = checkFeatureGates(new Map(Object.entries(wanted)));
  if ("problem" in gates) return { error: `failed complete: ${gates.problem}` };
  const problems = validateProxyConfiguration(fields);
  if (problems.length > 0)
    return { error: `failed validate: ${problems.length === 1 ? problems[0] : `[${problems.join(", ")}]`}` };
  return {
    ...settingsOf(fields),
    unknown,
    withoutEffect: [...fields].flatMap(([path, value]) => idleField(path, value)),
  };
}

export const DEFAULT_PROXY_CONFIGURATION: KubeProxyConfiguration = {
  ...settingsOf(new Map()),
  unknown: [],
  withoutEffect: [],
};

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
