/**
 * Where a container is on its node: in which cgroup, how soon the kernel kills it when memory runs out, as whose users.
 * Upstream: pkg/kubelet/qos/policy.go, pkg/kubelet/cm/pod_container_manager_linux.go, pkg/kubelet/userns.
 *
 * **Simplified:** ids of pods with users of their own come from the pod's uid, and two pods may have the same.
 */
import { computeQosClass } from "../api/core/pod/qos.ts";
import type { Container, Pod } from "../api/generated/types.ts";
import { quantityValue } from "../api/meta/quantity.ts";
import type { ContainerConfig } from "../runtime/containers/container-config.ts";
import type { KubeletContext } from "./kubelet-context.ts";

type Place = ReturnType<NonNullable<ContainerConfig["place"]>>;

const GUARANTEED = -997;
const BEST_EFFORT = 1000;
/** Of system-node-critical. */
const NODE_CRITICAL = 2_000_001_000;
/** Ids that a pod with users of its own has. */
const ID_RANGE = 65_536;
const RANGES = 110;

export function containerPlace(pod: Pod, container: Container, ctx: KubeletContext): Place {
  const { uid } = pod.metadata;
  const qos = computeQosClass(pod.spec);
  const parent = qos === "Guaranteed" ? "kubepods" : `kubepods-${qos.toLowerCase()}`;
  const folder = qos === "Guaranteed" ? "" : `/${parent}.slice`;
  const range = 1 + (Number.parseInt(uid.slice(0, 8), 16) % RANGES);
  return {
    oomScoreAdjust: oomScoreAdjust(pod, container, ctx.node.capacity.memory),
    podCgroup: `/kubepods.slice${folder}/${parent}-pod${uid.replaceAll("-", "_")}.slice`,
    hostIPC: pod.spec.hostIPC === true,
    hostNetwork: pod.spec.hostNetwork === true,
    firstId: pod.spec.hostUsers === false ? range * ID_RANGE : undefined,
  };
}

/** Upstream: GetContainerOOMScoreAdjust. */
function oomScoreAdjust({ spec }: Pod, { resources }: Container, capacity: number): number {
  if ((spec.priority ?? 0) >= NODE_CRITICAL) return GUARANTEED;
  const qos = computeQosClass(spec);
  if (qos === "Guaranteed") return GUARANTEED;
  if (qos === "BestEffort") return BEST_EFFORT;
  const asked = resources?.requests?.["memory"];
  const share = Math.trunc((1000 * (asked === undefined ? 0 : quantityValue(asked))) / capacity);
  // No burstable container is killed before one of best effort, or after a guaranteed one.
  return Math.max(1000 + GUARANTEED, Math.min(BEST_EFFORT - 1, 1000 - share));
}
