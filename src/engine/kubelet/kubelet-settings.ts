/** What a kubelet was told in its configuration file. Upstream: pkg/kubelet/apis/config/v1beta1 (defaults.go). */

import { USUAL_BACK_OFF } from "./back-off.ts";
import type { BackOffLimits } from "./back-off.ts";

/** What must be left of the node: so many bytes, inodes or process numbers, or a share of what there is. */
export type Amount = { absolute: number } | { share: number };

/** What a kubelet can be told to look at, in the order in which it makes good what is short. */
export const EVICTION_SIGNALS = [
  "memory.available",
  "nodefs.available",
  "imagefs.available",
  "nodefs.inodesFree",
  "imagefs.inodesFree",
  "pid.available",
] as const;

export type EvictionSignal = (typeof EVICTION_SIGNALS)[number];

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
  /** What has to be left beyond the threshold before pressure counts as over. */
  minimumReclaim: ReadonlyMap<EvictionSignal, Amount>;
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
  imageGarbage: ImageGarbagePolicy;
  /** How long a container waits that crashed once, and at most. */
  crashBackOff: BackOffLimits;
}

/** When images that nobody uses go. Upstream: pkg/kubelet/images, ImageGCPolicy. */
export interface ImageGarbagePolicy {
  /** Percent of the disk in use from which on images go, and at which no more do. */
  high: number;
  low: number;
  /** Younger ones stay. */
  minimumAgeMs: number;
  /** Those that nobody has used for longer go in any case; 0: none. */
  maximumAgeMs: number;
}

const MIB = 1024 ** 2;

export const DEFAULT_SETTINGS: KubeletSettings = {
  maxPods: undefined,
  reserved: { cpu: 0, memory: 0, ephemeral: 0 },
  hard: new Map<EvictionSignal, Amount>([
    ["memory.available", { absolute: 100 * MIB }],
    ["nodefs.available", { share: 0.1 }],
    ["imagefs.available", { share: 0.15 }],
    ["nodefs.inodesFree", { share: 0.05 }],
    ["imagefs.inodesFree", { share: 0.05 }],
  ]),
  soft: new Map(),
  minimumReclaim: new Map(),
  softGraceSeconds: 0,
  transitionMs: 300_000,
  parallelPulls: 1,
  podPidsLimit: -1,
  taints: undefined,
  unsafeSysctls: [],
  statusCheckMs: 10_000,
  clusterDNS: undefined,
  clusterDomain: undefined,
  imageGarbage: { high: 85, low: 80, minimumAgeMs: 120_000, maximumAgeMs: 0 },
  crashBackOff: USUAL_BACK_OFF,
};

/** What an amount is of a capacity; nothing to keep: 0. Shares have the precision of upstream's float32. */
export function absoluteOf(amount: Amount | undefined, capacity: number): number {
  if (amount === undefined) return 0;
  return "absolute" in amount ? amount.absolute : Math.floor(capacity * Math.fround(amount.share));
}
