/**
 * The fields of a KubeletConfiguration: what they set, and which of them change nothing here.
 * Upstream: staging/src/k8s.io/kubelet/config/v1beta1/types.go, pkg/kubelet/eviction/helpers.go.
 */
import { milliValue, quantityValue, QuantityError } from "../../api/meta/quantity.ts";
import { parseGoDuration } from "../../api/meta/go-duration.ts";
import { deepEqual, isObject } from "../../base/json.ts";
import { DEFAULT_SETTINGS } from "../../kubelet/kubelet-settings.ts";
import type { Amount, EvictionSignal, KubeletSettings, SoftThreshold } from "../../kubelet/kubelet-settings.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Those that are read, here or beside it. */
const READ =
  "apiVersion kind allowedUnsafeSysctls clusterDNS clusterDomain containerLogMaxFiles containerLogMaxSize evictionHard evictionMaxPodGracePeriod evictionPressureTransitionPeriod evictionSoft evictionSoftGracePeriod kubeReserved maxParallelImagePulls maxPods mergeDefaultEvictionSettings nodeStatusUpdateFrequency podPidsLimit registerWithTaints serializeImagePulls shutdownGracePeriod shutdownGracePeriodCriticalPods staticPodPath systemReserved";

/** The others, and the value (as JSON) that is as here. What says nothing (0, "", false, [], {}) always is. */
const OTHERS =
  'address="0.0.0.0" authentication authorization cgroupDriver="systemd" cgroupRoot cgroupsPerQOS=true configMapAndSecretChangeDetectionStrategy containerLogMaxWorkers=1 containerLogMonitorInterval="10s" containerRuntimeEndpoint="unix:///run/containerd/containerd.sock" contentType cpuCFSQuota=true cpuCFSQuotaPeriod="100ms" cpuManagerPolicy="none" cpuManagerPolicyOptions cpuManagerReconcilePeriod="10s" crashLoopBackOff enableContentionProfiling enableControllerAttachDetach=true enableDebugFlagsHandler=true enableDebuggingHandlers=true enableProfilingHandler=true enableServer=true enableSystemLogHandler=true enableSystemLogQuery enforceNodeAllocatable=["pods"] eventBurst=100 eventRecordQPS=50 evictionMinimumReclaim failCgroupV1=true failSwapOn=true featureGates fileCheckFrequency="20s" hairpinMode="promiscuous-bridge" healthzBindAddress="127.0.0.1" healthzPort=10248 httpCheckFrequency="20s" imageGCHighThresholdPercent=85 imageGCLowThresholdPercent=80 imageMaximumGCAge imageMinimumGCAge="2m0s" imagePullCredentialsVerificationPolicy imageServiceEndpoint iptablesDropBit iptablesMasqueradeBit kernelMemcgNotification kubeAPIBurst=100 kubeAPIQPS=50 kubeReservedCgroup kubeletCgroups localStorageCapacityIsolation=true logging makeIPTablesUtilChains=true maxOpenFiles=1000000 memoryManagerPolicy="None" memorySwap memoryThrottlingFactor=0.9 nodeLeaseDurationSeconds=40 nodeStatusMaxImages=50 nodeStatusReportFrequency="5m0s" oomScoreAdj=-999 podCIDR podLogsDir="/var/log/pods" podsPerCore port=10250 preloadedImagesVerificationAllowlist protectKernelDefaults providerID qosReserved readOnlyPort registerNode=true registryBurst=10 registryPullQPS=5 reservedMemory reservedSystemCPUs resolvConf="/run/systemd/resolve/resolv.conf" rotateCertificates=true runOnce runtimeRequestTimeout="2m0s" seccompDefault serverTLSBootstrap showHiddenMetricsForVersion shutdownGracePeriodByPodPriority singleProcessOOMKill staticPodURL staticPodURLHeader streamingConnectionIdleTimeout="4h0m0s" syncFrequency="1m0s" systemCgroups systemReservedCgroup tlsCertFile tlsCipherSuites tlsMinVersion tlsPrivateKeyFile topologyManagerPolicy="none" topologyManagerPolicyOptions topologyManagerScope="container" tracing userNamespaces volumePluginDir volumeStatsAggPeriod="1m0s"';

let expected: ReadonlyMap<string, string | undefined> | undefined;

/** By name: the value that is as here, as JSON, "" where there is none; undefined for what is read. */
function known(): ReadonlyMap<string, string | undefined> {
  expected ??= new Map<string, string | undefined>([
    ...READ.split(" ").map((name) => [name, undefined] as const),
    ...OTHERS.split(" ").map((word) => {
      const [name = "", ...value] = word.split("=");
      return [name, value.join("=")] as const;
    }),
  ]);
  return expected;
}

/** The first field that no kubelet has. */
export function unknownField(fields: Fields): string | undefined {
  return Object.keys(fields).find((name) => !known().has(name));
}

/** Fields, and entries of fields, that ask for what isn't done here. `usual`: the file as kubeadm writes it. */
export function withoutEffect(fields: Fields, usual: Fields): string[] {
  const whole = Object.keys(fields).filter((name) => {
    const asHere = known().get(name);
    if (asHere === undefined) return false;
    const value = fields[name];
    const nothing = value === 0 || value === "0s" || value === "" || value === false || value === null;
    const empty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
    return !nothing && !empty && !deepEqual(value, usual[name]) && JSON.stringify(value) !== asHere;
  });
  return [...whole, ...Object.entries(IDLE).flatMap(([name, entries]) => idleEntries(fields, name, entries))];
}

/** Of a field that is read, the entries for what is never scarce here; a limit of nothing asks for nothing. */
function idleEntries(fields: Fields, name: string, entries: readonly string[]): string[] {
  const value = fields[name];
  if (!isObject(value)) return [];
  return entries.flatMap((entry) =>
    entry in value && !/^0%?$/.test(String(value[entry])) ? [`${name}[${entry}]`] : [],
  );
}

/** Ends the kubelet with these words. */
export class FieldProblem extends Error {}

/** A value of another kind than the field's: the file can't be read. */
export class DecodeProblem extends Error {}

/** Throws a FieldProblem or a DecodeProblem. */
export function readSettings(fields: Fields): KubeletSettings {
  const maxPods = integer(fields, "maxPods");
  if (maxPods !== undefined && maxPods < 0) {
    throw invalid(`maxPods (--max-pods) ${maxPods} must not be a negative number`);
  }
  const hard = thresholds(fields["evictionHard"]);
  const soft = softThresholds(fields["evictionSoft"], fields["evictionSoftGracePeriod"]);
  const dns = fields["clusterDNS"];
  const taints = fields["registerWithTaints"];
  return {
    ...DEFAULT_SETTINGS,
    maxPods: maxPods === 0 ? undefined : maxPods,
    reserved: reserved(fields["systemReserved"], fields["kubeReserved"]),
    hard:
      fields["mergeDefaultEvictionSettings"] === true || hard === undefined
        ? new Map([...DEFAULT_SETTINGS.hard, ...(hard ?? [])])
        : hard,
    soft,
    softGraceSeconds: integer(fields, "evictionMaxPodGracePeriod") ?? 0,
    transitionMs: duration(fields["evictionPressureTransitionPeriod"]) || DEFAULT_SETTINGS.transitionMs,
    parallelPulls: parallelPulls(fields),
    podPidsLimit: integer(fields, "podPidsLimit", "int64") ?? DEFAULT_SETTINGS.podPidsLimit,
    taints: Array.isArray(taints) ? (taints as KubeletSettings["taints"]) : undefined,
    unsafeSysctls: Array.isArray(fields["allowedUnsafeSysctls"]) ? fields["allowedUnsafeSysctls"].map(String) : [],
    statusCheckMs: duration(fields["nodeStatusUpdateFrequency"]) || DEFAULT_SETTINGS.statusCheckMs,
    clusterDNS: Array.isArray(dns) && dns.length > 0 ? String(dns[0]) : undefined,
    clusterDomain: typeof fields["clusterDomain"] === "string" ? fields["clusterDomain"] : undefined,
  };
}

/** A number of them alone says that they aren't serialized. */
function parallelPulls(fields: Fields): number {
  const most = integer(fields, "maxParallelImagePulls");
  if (most !== undefined && most < 1) throw invalid(`maxParallelImagePulls ${most} must be a positive number`);
  const isSerial = fields["serializeImagePulls"] ?? (most ?? 1) < 2;
  if (isSerial === false) return most ?? Number.POSITIVE_INFINITY;
  if (most === undefined || most === 1) return 1;
  throw invalid(
    "maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) is set to false",
  );
}

/** What is wrong with a value that can be read. */
export function invalid(why: string): FieldProblem {
  return new FieldProblem(`failed to validate kubelet configuration, error: [invalid configuration: ${why}]`);
}

function integer(fields: Fields, name: string, kind: "int32" | "int64" = "int32"): number | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined || (typeof value === "number" && Number.isInteger(value))) return value;
  const found = typeof value === "number" ? `number ${value}` : nameOfKind(value);
  throw new DecodeProblem(
    `json: cannot unmarshal ${found} into Go struct field KubeletConfiguration.${name} of type ${kind}`,
  );
}

/** Milliseconds; nothing: 0. Throws a DecodeProblem. */
export function duration(value: unknown): number {
  if (value === undefined || value === null) return 0;
  if (typeof value !== "string") {
    throw new DecodeProblem(`json: cannot unmarshal ${nameOfKind(value)} into Go value of type string`);
  }
  const parsed = parseGoDuration(value);
  if (typeof parsed !== "number") throw new DecodeProblem(parsed.problem);
  return parsed;
}

/** As Go's JSON names what it finds. */
function nameOfKind(value: unknown): string {
  if (typeof value === "boolean") return "bool";
  return Array.isArray(value) ? "array" : typeof value;
}

const SIGNALS: readonly string[] = ["memory.available", "nodefs.available", "imagefs.available"];
/** They never run short here. */
const PLENTY: readonly string[] = [
  "nodefs.inodesFree",
  "imagefs.inodesFree",
  "pid.available",
  "containerfs.available",
  "containerfs.inodesFree",
  "allocatableMemory.available",
];

const IDLE: Readonly<Record<string, readonly string[]>> = {
  evictionHard: PLENTY,
  evictionSoft: PLENTY,
  systemReserved: ["pid"],
  kubeReserved: ["pid"],
};

function thresholds(value: unknown): Map<EvictionSignal, Amount> | undefined {
  if (!isObject(value)) return undefined;
  const found = new Map<EvictionSignal, Amount>();
  for (const [signal, text] of Object.entries(value)) {
    if (!SIGNALS.includes(signal) && !PLENTY.includes(signal)) {
      throw new FieldProblem(`failed to create kubelet: unsupported eviction signal ${signal}`);
    }
    const amount = amountOf(signal, String(text));
    if (SIGNALS.includes(signal)) found.set(signal as EvictionSignal, amount);
  }
  return found;
}

function amountOf(signal: string, text: string): Amount {
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (percent !== undefined) return { share: Number(percent) / 100 };
  try {
    return { bytes: quantityValue(text) };
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    throw new FieldProblem(`failed to create kubelet: failed to parse eviction threshold ${signal}: ${error.message}`);
  }
}

/** What is never scarce has to have its grace period too. */
function softThresholds(value: unknown, graces: unknown): Map<EvictionSignal, SoftThreshold> {
  const amounts = thresholds(value);
  const found = new Map<EvictionSignal, SoftThreshold>();
  for (const signal of isObject(value) ? Object.keys(value) : []) {
    const text = isObject(graces) ? graces[signal] : undefined;
    if (text === undefined) {
      throw new FieldProblem(
        `failed to create kubelet: grace period must be specified for the soft eviction threshold ${signal}`,
      );
    }
    const graceMs = duration(text);
    const amount = amounts?.get(signal as EvictionSignal);
    if (amount !== undefined) found.set(signal as EvictionSignal, { amount, graceMs });
  }
  return found;
}

function reserved(...lists: readonly unknown[]): KubeletSettings["reserved"] {
  const sum = { cpu: 0, memory: 0, ephemeral: 0 };
  for (const list of lists) {
    if (!isObject(list)) continue;
    for (const [name, value] of Object.entries(list)) {
      if (name === "cpu") sum.cpu += reservedAmount(name, value, milliValue);
      else if (name === "memory") sum.memory += reservedAmount(name, value, quantityValue);
      else if (name === "ephemeral-storage") sum.ephemeral += reservedAmount(name, value, quantityValue);
      else if (name === "pid") reservedAmount(name, value, quantityValue);
      else throw new FieldProblem(`failed to run Kubelet: cannot reserve ${JSON.stringify(name)} resource`);
    }
  }
  return sum;
}

function reservedAmount(name: string, value: unknown, read: (text: string) => number): number {
  const [text, resource] = [String(value), JSON.stringify(name)];
  try {
    const amount = read(text);
    if (amount >= 0) return amount;
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    throw new FieldProblem(
      `failed to run Kubelet: failed to parse quantity ${JSON.stringify(text)} for ${resource} resource: ${error.message}`,
    );
  }
  throw new FieldProblem(`failed to run Kubelet: resource quantity for ${resource} cannot be negative: ${text}`);
}
