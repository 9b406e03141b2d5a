/** What a kubelet was told in its configuration file. Upstream: pkg/kubelet/apis/config/v1beta1 (defaults.go). */

/** What must be left of the node: so many bytes, or a share of what there is. */
export type Amount = { bytes: number } | { share: number };

export type EvictionSignal = "memory.available" | "nodefs.available" | "imagefs.available";

export interface SoftThreshold {
  amount: Amount;
  /** How long it has to be crossed before pods go. */
  graceMs: number;
}

export interface KubeletSettings {
  /** undefined: as many as the machine is made for. */
  maxPods: number | undefined;
  /** For the system and the kubelet together. `cpu` in thousandths, the rest in bytes. */
  reserved: { cpu: number; memory: number; ephemeral: number };
  hard: ReadonlyMap<EvictionSignal, Amount>;
  soft: ReadonlyMap<EvictionSignal, SoftThreshold>;
  /** Seconds that a pod has at most under a soft threshold. */
  softGraceSeconds: number;
  /** How long a condition outlives its pressure. */
  transitionMs: number;
  /** Images that are pulled at a time. */
  parallelPulls: number;
  /** Processes that a pod may have; not above 0: no limit. */
  podPidsLimit: number;
  /** undefined: those that the machine is made for. */
  taints: readonly { key: string; value?: string; effect: string }[] | undefined;
  /** Names, or what they begin with and a star. */
  unsafeSysctls: readonly string[];
  /** How often the node's status is looked at, in milliseconds. */
  statusCheckMs: number;
  clusterDNS: string | undefined;
  clusterDomain: string | undefined;
}

const MIB = 1024 ** 2;

export const DEFAULT_SETTINGS: KubeletSettings = {
  maxPods: undefined,
  reserved: { cpu: 0, memory: 0, ephemeral: 0 },
  hard: new Map<EvictionSignal, Amount>([
    ["memory.available", { bytes: 100 * MIB }],
    ["nodefs.available", { share: 0.1 }],
    ["imagefs.available", { share: 0.15 }],
  ]),
  soft: new Map(),
  softGraceSeconds: 0,
  transitionMs: 300_000,
  parallelPulls: 1,
  podPidsLimit: -1,
  taints: undefined,
  unsafeSysctls: [],
  statusCheckMs: 10_000,
  clusterDNS: undefined,
  clusterDomain: undefined,
};

/** In bytes; nothing to keep: 0. */
export function bytesOf(amount: Amount | undefined, capacity: number): number {
  if (amount === undefined) return 0;
  return "bytes" in amount ? amount.bytes : Math.floor(capacity * amount.share);
}
