/**
 * The fields of a KubeletConfiguration: what they set, and which of them change nothing here.
 * Upstream: staging/src/k8s.io/kubelet/config/v1beta1/types.go, pkg/kubelet/eviction/helpers.go.
 */
import { milliValue, quantityValue, QuantityError } from "../../api/meta/quantity.ts";
import { deepEqual, isObject } from "../../base/json.ts";
import { formatGoDuration } from "../../base/go-duration.ts";
import { DEFAULT_SETTINGS } from "../../kubelet/kubelet-settings.ts";
import type { ImageGarbagePolicy, KubeletSettings } from "../../kubelet/kubelet-settings.ts";
import { MAX_BACK_OFF } from "../../kubelet/back-off.ts";
import { isEnabled } from "../feature-gates/feature-gates.ts";
import type { FeatureGates } from "../feature-gates/feature-gates.ts";
import { duration, FieldProblem, integer, invalid } from "./field-values.ts";
import { IDLE_SIGNALS, minimumReclaim, softThresholds, thresholds } from "./eviction-fields.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Those that are read, here or beside it. */
const READ =
  "apiVersion kind allowedUnsafeSysctls clusterDNS clusterDomain containerLogMaxFiles containerLogMaxSize crashLoopBackOff evictionHard evictionMaxPodGracePeriod evictionMinimumReclaim evictionPressureTransitionPeriod evictionSoft evictionSoftGracePeriod featureGates imageGCHighThresholdPercent imageGCLowThresholdPercent imageMaximumGCAge imageMinimumGCAge kubeReserved maxParallelImagePulls maxPods mergeDefaultEvictionSettings nodeStatusUpdateFrequency podPidsLimit registerWithTaints serializeImagePulls shutdownGracePeriod shutdownGracePeriodByPodPriority shutdownGracePeriodCriticalPods staticPodPath systemReserved";

/** The others, and the value (as JSON) that is as here. What says nothing (0, "", false, [], {}) always is. */
const OTHERS =
  'address="0.0.0.0" authentication authorization cgroupDriver="systemd" cgroupRoot cgroupsPerQOS=true configMapAndSecretChangeDetectionStrategy containerLogMaxWorkers=1 containerLogMonitorInterval="10s" containerRuntimeEndpoint="unix:///run/containerd/containerd.sock" contentType cpuCFSQuota=true cpuCFSQuotaPeriod="100ms" cpuManagerPolicy="none" cpuManagerPolicyOptions cpuManagerReconcilePeriod="10s" enableContentionProfiling enableControllerAttachDetach=true enableDebugFlagsHandler=true enableDebuggingHandlers=true enableProfilingHandler=true enableServer=true enableSystemLogHandler=true enableSystemLogQuery enforceNodeAllocatable=["pods"] eventBurst=100 eventRecordQPS=50 failCgroupV1=true failSwapOn=true fileCheckFrequency="20s" hairpinMode="promiscuous-bridge" healthzBindAddress="127.0.0.1" healthzPort=10248 httpCheckFrequency="20s" imagePullCredentialsVerificationPolicy imageServiceEndpoint iptablesDropBit iptablesMasqueradeBit kernelMemcgNotification kubeAPIBurst=100 kubeAPIQPS=50 kubeReservedCgroup kubeletCgroups localStorageCapacityIsolation=true logging makeIPTablesUtilChains=true maxOpenFiles=1000000 memoryManagerPolicy="None" memorySwap memoryThrottlingFactor=0.9 nodeLeaseDurationSeconds=40 nodeStatusMaxImages=50 nodeStatusReportFrequency="5m0s" oomScoreAdj=-999 podCIDR podLogsDir="/var/log/pods" podsPerCore port=10250 preloadedImagesVerificationAllowlist protectKernelDefaults providerID qosReserved readOnlyPort registerNode=true registryBurst=10 registryPullQPS=5 reservedMemory reservedSystemCPUs resolvConf="/run/systemd/resolve/resolv.conf" rotateCertificates=true runOnce runtimeRequestTimeout="2m0s" seccompDefault serverTLSBootstrap showHiddenMetricsForVersion singleProcessOOMKill staticPodURL staticPodURLHeader streamingConnectionIdleTimeout="4h0m0s" syncFrequency="1m0s" systemCgroups systemReservedCgroup tlsCertFile tlsCipherSuites tlsMinVersion tlsPrivateKeyFile topologyManagerPolicy="none" topologyManagerPolicyOptions topologyManagerScope="container" tracing userNamespaces volumePluginDir volumeStatsAggPeriod="1m0s"';

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
  const entries = Object.entries({ ...IDLE_SIGNALS, ...IDLE_RESERVES });
  return [...whole, ...entries.flatMap(([name, idle]) => idleEntries(fields, name, idle))];
}

/** Of a field that is read, the entries that change nothing here; a limit of nothing asks for nothing. */
function idleEntries(fields: Fields, name: string, entries: readonly string[]): string[] {
  const value = fields[name];
  if (!isObject(value)) return [];
  return entries.flatMap((entry) =>
    entry in value && !/^(0|100)?%?$/.test(String(value[entry])) ? [`${name}[${entry}]`] : [],
  );
}

const IDLE_RESERVES: Readonly<Record<string, readonly string[]>> = { systemReserved: ["pid"], kubeReserved: ["pid"] };

/** Throws a FieldProblem or a DecodeProblem. */
export function readSettings(fields: Fields, gates: FeatureGates): KubeletSettings {
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
    minimumReclaim: minimumReclaim(fields["evictionMinimumReclaim"]),
    softGraceSeconds: integer(fields, "evictionMaxPodGracePeriod") ?? 0,
    transitionMs: duration(fields["evictionPressureTransitionPeriod"]) || DEFAULT_SETTINGS.transitionMs,
    parallelPulls: parallelPulls(fields),
    podPidsLimit: integer(fields, "podPidsLimit", "int64") ?? DEFAULT_SETTINGS.podPidsLimit,
    taints: Array.isArray(taints) ? (taints as KubeletSettings["taints"]) : undefined,
    unsafeSysctls: Array.isArray(fields["allowedUnsafeSysctls"]) ? fields["allowedUnsafeSysctls"].map(String) : [],
    statusCheckMs: duration(fields["nodeStatusUpdateFrequency"]) || DEFAULT_SETTINGS.statusCheckMs,
    clusterDNS: Array.isArray(dns) && dns.length > 0 ? String(dns[0]) : undefined,
    clusterDomain: typeof fields["clusterDomain"] === "string" ? fields["clusterDomain"] : undefined,
    imageGarbage: imageGarbage(fields),
    crashBackOff: crashBackOff(fields, gates),
  };
}

/** Upstream: pkg/kubelet/kubelet.go (newCrashLoopBackOff), apis/config/validation. */
function crashBackOff(fields: Fields, gates: FeatureGates): KubeletSettings["crashBackOff"] {
  const usual = isEnabled(gates, "ReduceDefaultCrashLoopBackOffDecay")
    ? { initialMs: 1000, maxMs: 60_000 }
    : DEFAULT_SETTINGS.crashBackOff;
  const asked = isObject(fields["crashLoopBackOff"]) ? fields["crashLoopBackOff"] : {};
  if (asked["maxContainerRestartPeriod"] === undefined) return usual;
  const maxMs = duration(asked["maxContainerRestartPeriod"]);
  if (!isEnabled(gates, "KubeletCrashLoopBackOffMax")) {
    throw invalid(
      "FeatureGate KubeletCrashLoopBackOffMax not enabled, CrashLoopBackOff.MaxContainerRestartPeriod must not be set",
    );
  }
  if (maxMs < 1000 || maxMs > MAX_BACK_OFF) {
    throw invalid(
      `CrashLoopBackOff.MaxContainerRestartPeriod (got: ${maxMs / 1000} seconds) must be set between 1s and 300s`,
    );
  }
  return { initialMs: Math.min(usual.initialMs, maxMs), maxMs };
}

function imageGarbage(fields: Fields): ImageGarbagePolicy {
  const { imageGarbage: usual } = DEFAULT_SETTINGS;
  const percent = (name: string, flag: string, otherwise: number): number => {
    const value = integer(fields, name) ?? otherwise;
    if (value >= 0 && value <= 100) return value;
    throw invalid(`${name} (--${flag}) ${value} must be between 0 and 100, inclusive`);
  };
  const high = percent("imageGCHighThresholdPercent", "image-gc-high-threshold", usual.high);
  const low = percent("imageGCLowThresholdPercent", "image-gc-low-threshold", usual.low);
  if (low >= high) {
    throw invalid(
      `imageGCLowThresholdPercent (--image-gc-low-threshold) ${low} must be less than imageGCHighThresholdPercent (--image-gc-high-threshold) ${high}`,
    );
  }
  const minimumAgeMs = duration(fields["imageMinimumGCAge"]) || usual.minimumAgeMs;
  const maximumAgeMs = duration(fields["imageMaximumGCAge"]);
  if (minimumAgeMs < 0) throw invalid(`imageMinimumGCAge ${formatGoDuration(minimumAgeMs)} must not be negative`);
  if (maximumAgeMs < 0) throw invalid(`imageMaximumGCAge ${formatGoDuration(maximumAgeMs)} must not be negative`);
  if (maximumAgeMs > 0 && maximumAgeMs <= minimumAgeMs) {
    const ages = [maximumAgeMs, minimumAgeMs].map(formatGoDuration);
    throw invalid(`imageMaximumGCAge ${ages[0]} must be greater than imageMinimumGCAge ${ages[1]}`);
  }
  return { high, low, minimumAgeMs, maximumAgeMs };
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
