/** What a kubelet wants left of its node. Upstream: pkg/kubelet/eviction/helpers.go (ParseThresholdConfig). */
import type { Kubelet } from "./kubelet.ts";
import { absoluteOf, EVICTION_SIGNALS } from "./kubelet-settings.ts";
import type { Amount, EvictionSignal, KubeletSettings } from "./kubelet-settings.ts";
import { capacityOf } from "./node-use.ts";
import type { Scarce } from "./node-use.ts";

export interface Threshold {
  readonly resource: Scarce;
  /** Bytes, inodes or process numbers that have to be left. */
  readonly least: number;
  /** It was given as a share of what there is. */
  readonly isShare: boolean;
  readonly soft: boolean;
  /** How long it is borne; 0 for hard ones. */
  readonly graceMs: number;
  /** What has to be left beyond it once pods went for it. */
  readonly reclaim: number;
}

const RESOURCES: Readonly<Record<EvictionSignal, Scarce>> = {
  "memory.available": "memory",
  "nodefs.available": "ephemeral-storage",
  "imagefs.available": "ephemeral-storage",
  "nodefs.inodesFree": "inodes",
  "imagefs.inodesFree": "inodes",
  "pid.available": "pids",
};

const made = new WeakMap<KubeletSettings, WeakMap<Kubelet["node"], readonly Threshold[]>>();

/**
 * In the order in which they are attended to: memory, disk, inodes, process numbers; what is hard before what is soft;
 * the higher first, for nodefs and imagefs are one file system.
 */
export function thresholdsOf(kubelet: Kubelet): readonly Threshold[] {
  const { settings, node } = kubelet;
  let known = made.get(settings);
  if (known === undefined) made.set(settings, (known = new WeakMap()));
  let thresholds = known.get(node);
  if (thresholds === undefined) known.set(node, (thresholds = makeThresholds(kubelet)));
  return thresholds;
}

function makeThresholds(kubelet: Kubelet): Threshold[] {
  const { hard, soft, minimumReclaim } = kubelet.settings;
  const order = [...new Set(Object.values(RESOURCES))];
  const make = (signal: EvictionSignal, amount: Amount, graceMs?: number): Threshold => {
    const resource = RESOURCES[signal];
    const capacity = capacityOf(kubelet, resource);
    return {
      resource,
      least: absoluteOf(amount, capacity),
      isShare: "share" in amount,
      soft: graceMs !== undefined,
      graceMs: graceMs ?? 0,
      reclaim: absoluteOf(minimumReclaim.get(signal), capacity),
    };
  };
  return EVICTION_SIGNALS.flatMap((signal) => {
    const [amount, limit] = [hard.get(signal), soft.get(signal)];
    return [
      ...(amount === undefined ? [] : [make(signal, amount)]),
      ...(limit === undefined ? [] : [make(signal, limit.amount, limit.graceMs)]),
    ];
  }).sort(
    (a, b) =>
      order.indexOf(a.resource) - order.indexOf(b.resource) || Number(a.soft) - Number(b.soft) || b.least - a.least,
  );
}
