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

let expected: ReadonlyMap<string, string> | undefined;

/** By name: the value that is as here, as JSON; "" for what is read, or has none. */
function known(): ReadonlyMap<string, string> {
  expected ??= new Map(
    [...READ.split(" "), ...OTHERS.split(" ")].map((word) => {
      const [name = "", ...value] = word.split("=");
      return [name, value.join("=")] as const;
    }),
  );
  return expected;
}

/** The first field that no kubelet has. */
export function unknownField(fields: Fields): string | undefined {
  return Object.keys(fields).find((name) => !known().has(name));
}

/** Fields that ask for what isn't done here. `usual`: the file as kubeadm writes it. */
export function withoutEffect(fields: Fields, usual: Fields): string[] {
  const read = new Set(READ.split(" "));
  return Object.keys(fields).filter((name) => {
    if (read.has(name)) return false;
    const value = fields[name];
    const nothing = value === 0 || value === "0s" || value === "" || value === false || value === null;
    const empty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
    return !nothing && !empty && !deepEqual(value, usual[name]) && JSON.stringify(value) !== known().get(name);
  });
}

/** Ends the kubelet with these words. */
export class FieldProblem extends Error {}

/** Throws a FieldProblem. */
export function readSettings(fields: Fields): KubeletSettings {
  const maxPods = number(fields["maxPods"]);
  if (maxPods !== undefined && maxPods < 0) {
    throw invalid(`maxPods (--max-pods) ${maxPods} must not be a negative number`);
  }
  const hard = thresholds(fields["evictionHard"]);
  const soft = thresholds(fields["evictionSoft"]);
  const graces = isObject(fields["evictionSoftGracePeriod"]) ? fields["evictionSoftGracePeriod"] : {};
  const dns = fields["clusterDNS"];
  const taints = fields["registerWithTaints"];
  const serial = fields["serializeImagePulls"] !== false;
  return {
    ...DEFAULT_SETTINGS,
    maxPods: maxPods === 0 ? undefined : maxPods,
    reserved: reserved(fields["systemReserved"], fields["kubeReserved"]),
    hard:
      fields["mergeDefaultEvictionSettings"] === true || hard === undefined
        ? new Map([...DEFAULT_SETTINGS.hard, ...(hard ?? [])])
        : hard,
    soft: new Map([...(soft ?? [])].map(([signal, amount]) => [signal, withGrace(signal, amount, graces)])),
    softGraceSeconds: number(fields["evictionMaxPodGracePeriod"]) ?? 0,
    transitionMs: duration(fields["evictionPressureTransitionPeriod"]) || DEFAULT_SETTINGS.transitionMs,
    parallelPulls: serial ? 1 : (number(fields["maxParallelImagePulls"]) ?? Number.POSITIVE_INFINITY),
    podPidsLimit: number(fields["podPidsLimit"]) ?? DEFAULT_SETTINGS.podPidsLimit,
    taints: Array.isArray(taints) ? (taints as KubeletSettings["taints"]) : undefined,
    unsafeSysctls: Array.isArray(fields["allowedUnsafeSysctls"]) ? fields["allowedUnsafeSysctls"].map(String) : [],
    statusCheckMs: duration(fields["nodeStatusUpdateFrequency"]) || DEFAULT_SETTINGS.statusCheckMs,
    clusterDNS: Array.isArray(dns) && dns.length > 0 ? String(dns[0]) : undefined,
    clusterDomain: typeof fields["clusterDomain"] === "string" ? fields["clusterDomain"] : undefined,
  };
}

function invalid(why: string): FieldProblem {
  return new FieldProblem(`failed to validate kubelet configuration, error: [invalid configuration: ${why}]`);
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Milliseconds; nothing: 0. */
function duration(value: unknown): number {
  const parsed = typeof value === "string" ? parseGoDuration(value) : 0;
  return typeof parsed === "number" ? parsed : 0;
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

function withGrace(signal: EvictionSignal, amount: Amount, graces: Fields): SoftThreshold {
  const text = graces[signal];
  if (text === undefined) {
    throw new FieldProblem(
      `failed to create kubelet: grace period must be specified for the soft eviction threshold ${signal}`,
    );
  }
  return { amount, graceMs: duration(text) };
}

function reserved(...lists: readonly unknown[]): KubeletSettings["reserved"] {
  const sum = { cpu: 0, memory: 0, ephemeral: 0 };
  for (const list of lists) {
    if (!isObject(list)) continue;
    for (const [name, value] of Object.entries(list)) {
      const text = String(value);
      if (name === "cpu") sum.cpu += milliValue(text);
      else if (name === "memory") sum.memory += quantityValue(text);
      else if (name === "ephemeral-storage") sum.ephemeral += quantityValue(text);
      else if (name !== "pid") {
        throw new FieldProblem(`failed to run Kubelet: cannot reserve ${JSON.stringify(name)} resource`);
      }
    }
  }
  return sum;
}
