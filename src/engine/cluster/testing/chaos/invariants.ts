/**
 * What must hold in a cluster whatever is done to it. A check names what is wrong at the moment; how long that may last
 * stands beside it, for controllers are level-triggered: they mend, not prevent.
 */
import type { Deployment, Pod, ReplicaSet } from "../../../api/generated/types.ts";
import { scaledFromPercent } from "../../../api/meta/int-or-string.ts";
import { controllerOf, keyOf, type KubeObject } from "../../../api/meta/object.ts";
import { milliValue } from "../../../api/meta/quantity.ts";
import {
  daemonSets,
  deployments,
  endpointSlices,
  jobs,
  pods,
  replicaSets,
  resourceQuotas,
  statefulSets,
} from "../../../api/registry.ts";
import { parseTime } from "../../../base/time.ts";
import { type Chaos, named } from "./actions.ts";
import { LIMITED } from "./manifests.ts";

const SECOND = 1000;

/** Everything that a look at the cluster finds. */
export interface Look {
  chaos: Chaos;
  pods: readonly Pod[];
  replicaSets: readonly ReplicaSet[];
  deployments: readonly Deployment[];
  /** By uid: what may own pods. */
  owners: ReadonlyMap<string, KubeObject>;
}

export interface Invariant {
  name: string;
  /** How long one case may last, in virtual milliseconds. */
  toleratedMs: number;
  broken(look: Look): string[];
}

export function lookAt(chaos: Chaos): Look {
  const { test } = chaos;
  const sets = test.list(replicaSets, "");
  const deployed = test.list(deployments, "");
  const owners = [
    ...sets,
    ...deployed,
    ...[statefulSets, daemonSets, jobs].flatMap((kind) => test.list<KubeObject>(kind as never, "")),
  ];
  return {
    chaos,
    pods: test.list(pods, ""),
    replicaSets: sets,
    deployments: deployed,
    owners: new Map(owners.map((owner) => [owner.metadata.uid, owner])),
  };
}

function isOver({ status }: Pod): boolean {
  return status.phase === "Succeeded" || status.phase === "Failed";
}

/** What its controller counts. */
export function isActive(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && !isOver(pod);
}

/** Pods that should be gone, but whose node does not say so, are charged to nobody (upstream: QuotaV1Pod). */
function isCharged(pod: Pod, now: number): boolean {
  const { namespace, deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  const overdue =
    deletionTimestamp !== undefined && now > parseTime(deletionTimestamp) + deletionGracePeriodSeconds * SECOND;
  return namespace === LIMITED && !isOver(pod) && !overdue;
}

/** Keys under which more than one of `items` stand. */
function shared<T>(items: readonly T[], keyed: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyed(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  for (const [key, group] of groups) if (group.length === 1) groups.delete(key);
  return groups;
}

/** Running containers of ours with the node that they are on. */
function running({ chaos }: Look): { pod: string; uid: string; node: string }[] {
  return [...chaos.test.cluster.nodes.values()]
    .filter(({ powered }) => powered)
    .flatMap(({ name, runtime }) =>
      [...runtime.list()]
        .filter((container) => container.running)
        .map(({ sandbox }) => ({ pod: `${sandbox.namespace}/${sandbox.name}`, uid: sandbox.uid, node: name })),
    );
}

/** Pods that a rolling update may have besides, and how many of them may be missing. */
function bounds({ spec }: Deployment): { most: number; least: number } {
  const wanted = spec.replicas ?? 1;
  if (spec.strategy?.type === "Recreate") return { most: wanted, least: 0 };
  const { maxSurge = "25%", maxUnavailable = "25%" } = spec.strategy?.rollingUpdate ?? {};
  const surge = scaledFromPercent(maxSurge, wanted, "up");
  const unavailable = scaledFromPercent(maxUnavailable, wanted, "down");
  return { most: wanted + surge, least: wanted - (surge === 0 && unavailable === 0 ? 1 : unavailable) };
}

function replicasOf(look: Look, { metadata }: Deployment): number {
  return look.replicaSets
    .filter((set) => controllerOf(set)?.uid === metadata.uid)
    .reduce((sum, { spec }) => sum + (spec.replicas ?? 1), 0);
}

function live<T extends KubeObject>(objects: readonly T[]): T[] {
  return objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

export const INVARIANTS: readonly Invariant[] = [
  {
    name: "no two pods have one address",
    toleratedMs: 0,
    broken: ({ pods }) => {
      const own = pods.filter((pod) => pod.spec.hostNetwork !== true && !isOver(pod));
      return [...shared(own, ({ status }) => status.podIP || undefined)].map(
        ([address, group]) => `${address}: ${group.map(keyOf).join(", ")}`,
      );
    },
  },
  {
    // A pod that was deleted by force may run on for its grace period while its successor runs.
    name: "a pod's name runs on one node",
    toleratedMs: 60 * SECOND,
    broken: (look) =>
      [...shared(running(look), ({ pod }) => pod)]
        .filter(([, group]) => new Set(group.map(({ node }) => node)).size > 1)
        .map(([pod]) => pod),
  },
  {
    name: "a ReadWriteOnce volume is used on one node",
    toleratedMs: 60 * SECOND,
    broken: (look) => {
      const nodeOf = new Map(running(look).map(({ uid, node }) => [uid, node]));
      const uses = look.pods.flatMap(({ metadata, spec }) =>
        (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => {
          const node = nodeOf.get(metadata.uid);
          if (persistentVolumeClaim === undefined || node === undefined) return [];
          return [{ claim: `${metadata.namespace}/${persistentVolumeClaim.claimName}`, node }];
        }),
      );
      return [...shared(uses, ({ claim }) => claim)]
        .filter(([, group]) => new Set(group.map(({ node }) => node)).size > 1)
        .map(([claim]) => claim);
    },
  },
  {
    name: "what has lost its owner goes",
    toleratedMs: 240 * SECOND,
    broken: ({ chaos, pods, replicaSets, owners }) =>
      [...pods, ...replicaSets]
        .filter((object) => {
          const owner = controllerOf(object);
          if (owner === undefined || owner.kind === "Node" || owners.has(owner.uid)) return false;
          // The kubelet that would say that it has ended is off.
          return !("nodeName" in object.spec && chaos.off.has(String(object.spec.nodeName)));
        })
        .map(named),
  },
  {
    name: "nothing is orphaned without being told to",
    toleratedMs: 0,
    broken: ({ chaos, pods, replicaSets }) =>
      [...pods, ...replicaSets]
        .filter((object) => {
          const app = object.metadata.labels?.["app"];
          return (
            app !== undefined && /^w\d+$/.test(app) && controllerOf(object) === undefined && !chaos.orphaned.has(app)
          );
        })
        .map(named),
  },
  {
    name: "no container outlives its pod",
    toleratedMs: 120 * SECOND,
    broken: (look) => {
      const known = new Set(look.pods.map(({ metadata }) => metadata.uid));
      return running(look)
        .filter(({ uid, pod }) => /\/w\d+-/.test(pod) && !known.has(uid))
        .map(({ uid, pod }) => `${pod} ${uid}`);
    },
  },
  {
    name: "a quota is kept",
    toleratedMs: 0,
    broken: ({ chaos, pods }) =>
      chaos.test.list(resourceQuotas, LIMITED).flatMap(({ spec }) => {
        const counted = pods.filter((pod) => isCharged(pod, chaos.test.sim.now));
        const cpu = counted
          .flatMap((pod) => pod.spec.containers)
          .reduce((sum, { resources }) => sum + milliValue(resources?.requests?.["cpu"] ?? "0"), 0);
        const hard = { pods: Number(spec.hard?.["pods"]), cpu: milliValue(spec.hard?.["requests.cpu"] ?? "0") };
        return [
          ...(counted.length > hard.pods ? [`${counted.length} pods of ${hard.pods}`] : []),
          ...(cpu > hard.cpu ? [`${cpu}m CPU of ${hard.cpu}m`] : []),
        ];
      }),
  },
  {
    name: "a deployment asks for no more pods than its strategy allows",
    toleratedMs: 120 * SECOND,
    broken: (look) =>
      live(look.deployments)
        .filter((deployment) => replicasOf(look, deployment) > bounds(deployment).most)
        .map(named),
  },
  {
    name: "a deployment asks for no fewer pods than its strategy allows",
    toleratedMs: 120 * SECOND,
    broken: (look) =>
      live(look.deployments)
        .filter((deployment) => replicasOf(look, deployment) < bounds(deployment).least)
        .map(named),
  },
  {
    name: "a node takes what the scheduler gives it",
    toleratedMs: 0,
    broken: ({ pods }) => pods.filter(({ status }) => status.reason?.startsWith("OutOf") === true).map(named),
  },
  {
    name: "a replica set has no more pods than it asks for",
    toleratedMs: 120 * SECOND,
    broken: ({ pods, replicaSets }) =>
      live(replicaSets)
        .filter(({ metadata, spec }) => {
          const own = pods.filter((pod) => controllerOf(pod)?.uid === metadata.uid && isActive(pod));
          return own.length > (spec.replicas ?? 1);
        })
        .map(named),
  },
  {
    name: "a service leads to no pod that is gone",
    toleratedMs: 120 * SECOND,
    broken: ({ chaos, pods }) => {
      const known = new Set(pods.map(({ metadata }) => metadata.uid));
      return chaos.test
        .list(endpointSlices, "")
        .filter(({ endpoints }) =>
          (endpoints ?? []).some(({ targetRef }) => targetRef?.kind === "Pod" && !known.has(targetRef.uid ?? "")),
        )
        .map(named);
    },
  },
];
