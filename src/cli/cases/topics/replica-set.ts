/** Which pods go first, and what a replica set's status says of those that are there. */
import type { Pod, ReplicaSet, ReplicaSetStatus } from "../../../engine/api/generated/types.ts";
import { countPods } from "../../../engine/controllers/replica-set/counts.ts";
import {
  comparePodsForDeletion,
  podsToDelete,
  type RankedPod,
} from "../../../engine/controllers/replica-set/ranking.ts";
import { calculateStatus } from "../../../engine/controllers/replica-set/status.ts";
import { defineTopic, expectEqual, unknownKind, type DataCase, type Failure } from "../topic.ts";

/** Which fields a case has depends on its kind. */
interface ReplicaSetCase extends DataCase {
  now: string;
  first: RankedPod;
  second: RankedPod;
  a: RankedPod;
  b: RankedPod;
  pods: Pod[];
  related: Pod[] | null;
  diff: number;
  expect: string[];
  replicaset: ReplicaSet;
  filteredPods: Pod[];
  expectedReplicaSetStatus: ReplicaSetStatus;
}

const NOW = Date.parse("2023-11-14T22:13:20Z");

export const replicaSet = defineTopic<ReplicaSetCase>({ topic: "replicaset", run: (item) => run(item) });

function run(item: ReplicaSetCase): Failure {
  const compare = (a: RankedPod, b: RankedPod): number =>
    Math.sign(comparePodsForDeletion(ranked(a), ranked(b), Date.parse(item.now)));
  switch (item.kind) {
    case "rankLess":
      return expectEqual([-1, 1], [compare(item.first, item.second), compare(item.second, item.first)]);
    case "rankEqual":
      return expectEqual(
        [0, 0],
        [compare(item.a, item.b), compare(item.b, item.a)].map((sign) => sign || 0),
      );
    case "podsToDelete": {
      const pods = item.pods.map(whole);
      const related = item.related === null ? pods : item.related.map(whole);
      const chosen = podsToDelete(pods, related, { count: item.diff, now: NOW });
      return expectEqual(
        item.expect,
        chosen.map(({ metadata }) => metadata.name),
      );
    }
    case "calculateStatus":
      return status(item);
    default:
      return unknownKind(item.kind);
  }
}

function whole(pod: Pod): Pod {
  return { ...pod, metadata: { ...pod.metadata, uid: pod.metadata.uid ?? "" }, spec: pod.spec ?? { containers: [] } };
}

function ranked({ pod, rank }: RankedPod): RankedPod {
  return { pod: whole(pod), rank };
}

function status({ replicaset, filteredPods, expectedReplicaSetStatus }: ReplicaSetCase): Failure {
  const owner = { ...replicaset, status: replicaset.status ?? { replicas: 0 } };
  const got = calculateStatus(owner, countPods(owner, filteredPods.map(whole), NOW), { failure: undefined, now: NOW });
  const { replicas, fullyLabeledReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = got;
  const counts = { replicas, fullyLabeledReplicas, readyReplicas, availableReplicas };
  const zero = { fullyLabeledReplicas: 0, readyReplicas: 0, availableReplicas: 0 };
  return expectEqual({ ...zero, ...expectedReplicaSetStatus }, counts);
}
