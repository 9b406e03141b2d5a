/**
 * The fields of a KubeProxyConfiguration: how they are read, and which of them change nothing here.
 * Upstream: staging/src/k8s.io/kube-proxy/config/v1alpha1/types.go, pkg/proxy/apis/config/v1alpha1/defaults.go.
 */
import { parseGoDuration } from "../base/go-duration.ts";
import { isObject } from "../base/json.ts";
import { jsonKind } from "../base/json-kind.ts";
import { readYaml } from "../base/yaml-text.ts";
import { parseRange } from "../network/address.ts";
import { MIN_SYNC_MS, SYNC_MS } from "../network/service-watch.ts";
import { DecodeProblem, duration } from "./node/field-values.ts";

/** A configuration's values by their paths; what isn't set has none. */
export type ProxyFields = ReadonlyMap<string, unknown>;

/** By path: the type, and after `=` the value that is as here whatever else says so; `*`: it counts. */
const FIELDS = new Map<string, { type: string; asHere: string | undefined }>(
  `apiVersion:string=* kind:string=* featureGates:map bindAddress:string=0.0.0.0,:: bindAddressHardFail:bool=*
  clientConnection.acceptContentTypes:string clientConnection.burst:int32=10 clientConnection.contentType:string=application/vnd.kubernetes.protobuf
  clientConnection.kubeconfig:string=/var/lib/kube-proxy/kubeconfig.conf clientConnection.qps:float32=5 clusterCIDR:string=*
  configSyncPeriod:duration=15m0s,15m conntrack.maxPerCore:int32=32768 conntrack.min:int32=131072 conntrack.tcpBeLiberal:bool
  conntrack.tcpCloseWaitTimeout:duration=1h0m0s,1h conntrack.tcpEstablishedTimeout:duration=24h0m0s,24h conntrack.udpStreamTimeout:duration
  conntrack.udpTimeout:duration detectLocal.bridgeInterface:string=* detectLocal.interfaceNamePrefix:string=* detectLocalMode:string=*
  enableProfiling:bool healthzBindAddress:string=* hostnameOverride:string iptables.localhostNodePorts:bool=* iptables.masqueradeAll:bool=*
  iptables.masqueradeBit:int32=14 iptables.minSyncPeriod:duration=* iptables.syncPeriod:duration=* ipvs.excludeCIDRs:strings=*
  ipvs.minSyncPeriod:duration=* ipvs.scheduler:string=* ipvs.strictARP:bool ipvs.syncPeriod:duration=* ipvs.tcpFinTimeout:duration
  ipvs.tcpTimeout:duration ipvs.udpTimeout:duration logging.flushFrequency:duration=5s logging.format:string=text logging.options:map
  logging.verbosity:int32 logging.vmodule:strings metricsBindAddress:string=* mode:string=* nftables.masqueradeAll:bool=*
  nftables.masqueradeBit:int32=14 nftables.minSyncPeriod:duration=* nftables.syncPeriod:duration=* nodePortAddresses:strings=*
  oomScoreAdj:int32=-999 portRange:string showHiddenMetricsForVersion:string windowsRunAsService:bool winkernel.enableDSR:bool
  winkernel.forwardHealthCheckVip:bool winkernel.networkName:string winkernel.rootHnsEndpointName:string winkernel.sourceVip:string`
    .split(/\s+/)
    .map((word) => {
      const [, path = "", type = "", asHere] = /^([^:]+):(\w+)(?:=(.*))?$/.exec(word) ?? [];
      return [path, { type, asHere }];
    }),
);
const SECTIONS: ReadonlySet<string> = new Set([...FIELDS.keys()].flatMap((path) => path.split(".").slice(0, -1)));
const STRUCTS: Readonly<Record<string, string>> = {
  clientConnection: "ClientConnectionConfiguration",
  conntrack: "KubeProxyConntrackConfiguration",
  detectLocal: "DetectLocalConfiguration",
  iptables: "KubeProxyIPTablesConfiguration",
  ipvs: "KubeProxyIPVSConfiguration",
  logging: "LoggingConfiguration",
  nftables: "KubeProxyNFTablesConfiguration",
  winkernel: "KubeProxyWinkernelConfiguration",
};
const GO_TYPES: Readonly<Record<string, string>> = { strings: "[]string", map: "map[string]bool" };
/** The proxies of a cluster read the same text, one after another. */
let latest: { readonly text: string; readonly config: unknown } | undefined;

function parsed(text: string): unknown {
  if (latest?.text !== text) {
    const read = readYaml(text);
    if ("problem" in read) throw new DecodeProblem(read.problem);
    latest = { text, config: read.value };
  }
  return latest.config;
}

/** Throws a DecodeProblem. */
export function readProxyFields(text: string): { fields: ProxyFields; unknown: string[] } {
  const config = parsed(text);
  if (!isObject(config) || typeof config["kind"] !== "string") throw new DecodeProblem("Object 'Kind' is missing");
  const { kind, apiVersion } = config;
  if (kind !== "KubeProxyConfiguration" || apiVersion !== "kubeproxy.config.k8s.io/v1alpha1")
    throw new DecodeProblem(
      `no kind "${kind}" is registered for version "${String(apiVersion ?? "")}" in scheme "k8s.io/kubernetes/pkg/proxy/apis/config/scheme/scheme.go:30"`,
    );
  const fields = new Map<string, unknown>();
  const unknown: string[] = [];
  const visit = (object: Readonly<Record<string, unknown>>, above: string): void => {
    for (const [name, value] of Object.entries(object)) {
      const path = `${above}${name}`;
      const field = FIELDS.get(path);
      if (field === undefined && !SECTIONS.has(path)) unknown.push(path);
      else if (value === null || value === undefined) continue;
      else if (field !== undefined) fields.set(path, typed(path, field.type, value));
      else if (isObject(value)) visit(value, `${path}.`);
      else throw wrongType(path, value, STRUCTS[path] ?? "");
    }
  };
  visit(config, "");
  return { fields, unknown };
}

/** A value of its field's type; durations in milliseconds. */
function typed(path: string, type: string, value: unknown): unknown {
  // Simplified: the frequency of flushing is an integer of nanoseconds or a duration.
  if (type === "duration")
    return typeof value === "number" && path === "logging.flushFrequency" ? value : duration(value);
  const fits =
    type === "string"
      ? typeof value === "string"
      : type === "bool"
        ? typeof value === "boolean"
        : type === "int32"
          ? Number.isInteger(value)
          : type === "float32"
            ? typeof value === "number"
            : type === "strings"
              ? Array.isArray(value) && value.every((each) => typeof each === "string")
              : isObject(value) &&
                (path !== "featureGates" || Object.values(value).every((on) => typeof on === "boolean"));
  if (!fits) throw wrongType(path, value, GO_TYPES[type] ?? type);
  return value;
}

/** A flag's value, which can be read, as that of the field that it sets. */
export function flagValue(path: string, value: string): unknown {
  switch (FIELDS.get(path)?.type) {
    case "bool":
      return /^[1tT]/.test(value);
    case "duration":
      return duration(value);
    case "int32":
    case "float32":
      return Number(value);
    case "strings":
      return value.split(",").filter((each) => each !== "");
    default:
      return value;
  }
}

function wrongType(path: string, value: unknown, type: string): DecodeProblem {
  const [section = "", inner] = path.split(".");
  const struct = inner === undefined ? "KubeProxyConfiguration" : (STRUCTS[section] ?? section);
  const found = typeof value === "number" && type === "int32" ? `number ${value}` : jsonKind(value);
  return new DecodeProblem(`json: cannot unmarshal ${found} into Go struct field ${struct}.${path} of type ${type}`);
}

/** Its path where it is set to something that nothing here goes by. */
export function idleField(path: string, value: unknown): string[] {
  const field = FIELDS.get(path);
  if (field?.asHere === "*" || isNothing(value)) return [];
  const asHere = field?.asHere?.split(",") ?? [];
  const same = asHere.some((text) =>
    field?.type === "duration" ? parseGoDuration(text) === value : String(value) === text,
  );
  return same ? [] : [path];
}

function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.values(value).every(isNothing);
  return value === "" || value === 0 || value === "0" || value === false || value === null || value === undefined;
}

/** What isn't set is a second, except in IPVS mode, where it is no limit. */
export function syncPeriods(fields: ProxyFields, mode: string): { minSyncMs: number; syncMs: number } {
  const section = mode === "ipvs" || mode === "nftables" ? mode : "iptables";
  const ms = (name: string): number => (fields.get(`${section}.${name}`) as number | undefined) ?? 0;
  const least = ms("minSyncPeriod");
  return {
    minSyncMs: least === 0 && mode !== "ipvs" ? MIN_SYNC_MS : least,
    syncMs: ms("syncPeriod") === 0 ? SYNC_MS : ms("syncPeriod"),
  };
}

/** An address without a port gets the usual one. */
export function withPort(text: string, usual: string): string {
  if (text === "") return usual;
  const port = usual.slice(usual.lastIndexOf(":"));
  if (/^\[.*\]$/.test(text) || (!text.includes(":") && text !== "")) return `${text}${port}`;
  return /^[^[\]]*:[^[\]]*:/.test(text) ? `[${text}]${port}` : text;
}

export function isCidr(text: string): boolean {
  return parseRange(text) !== undefined;
}
