/** Small decisions of several controllers: what goes, when, and how much at once. */
import type { IntOrString, Job, Node, Pod, Taint, Toleration } from "../../../engine/api/generated/types.ts";
import { terminatedToDelete } from "../../../engine/controllers/pod-gc.ts";
import { maxUnavailableOf } from "../../../engine/controllers/stateful-set/rolling-update.ts";
import { evictionDelay } from "../../../engine/controllers/taint-eviction.ts";
import { expiryOf } from "../../../engine/controllers/ttl-after-finished.ts";
import { minTolerationTime } from "../../../engine/controllers/tolerations.ts";
import { defineTopic, expectEqual, unknownKind, type DataCase, type Failure } from "../topic.ts";

/** Which fields a case has depends on its kind. */
interface ControllersCase extends DataCase {
  maxUnavailable: IntOrString | null;
  replicaCount: number;
  expectedMaxUnavailable: number;
  tolerations: Toleration[];
  expectedSeconds: number;
  pods: (Pod | FinishedPod)[];
  threshold: number;
  deletedPodNames: string[];
  pod: Pod;
  newPod: Pod;
  taintedNodes: Record<string, Taint[]>;
  node: Node;
  newNode: Node;
  expectDelete: boolean;
  additionalSleepSeconds?: number;
  ttl?: number | null;
  since: string;
  completionTime?: string;
  failedTime?: string;
  expectErr?: boolean;
  expectedTimeLeftSeconds: number;
  expectedExpireAt: string;
}

interface FinishedPod {
  name: string;
  phase: string;
  reason?: string;
}

export const controllersMisc = defineTopic<ControllersCase>({ topic: "controllers_misc", run });

function run(item: ControllersCase): Failure {
  switch (item.kind) {
    case "statefulSetMaxUnavailable": {
      const { maxUnavailable, replicaCount, expectedMaxUnavailable } = item;
      return expectEqual(expectedMaxUnavailable, maxUnavailableOf(maxUnavailable ?? undefined, replicaCount));
    }
    case "minTolerationTime": {
      const time = minTolerationTime(item.tolerations);
      return expectEqual(item.expectedSeconds, time === undefined ? -1 : time / 1000);
    }
    case "jobTTLTimeLeft":
      return timeLeft(item);
    case "podGCTerminated":
      return terminated(item);
    case "taintEvictionPodCreated":
      return evicted(item, item.pod, item.taintedNodes[item.pod.spec.nodeName ?? ""] ?? []);
    case "taintEvictionPodUpdated":
      return evicted(item, item.newPod, item.taintedNodes[item.newPod.spec.nodeName ?? ""] ?? []);
    case "taintEvictionNodeCreated":
      return evicted(item, item.pods[0] as Pod, item.node.spec?.taints ?? []);
    case "taintEvictionNodeUpdated":
      return evicted(item, item.pods[0] as Pod, item.newNode.spec?.taints ?? []);
    default:
      return unknownKind(item.kind);
  }
}

function terminated({ pods, threshold, deletedPodNames }: ControllersCase): Failure {
  const finished = (pods as FinishedPod[])
    .filter(({ phase }) => phase !== "Running")
    .map(({ name, phase, reason }, index) => ({
      metadata: { name, creationTimestamp: new Date(index * 1000).toISOString() },
      status: { phase, ...(reason !== undefined && { reason }) },
    }));
  const gone = terminatedToDelete(finished as unknown as Pod[], threshold);
  return expectEqual(deletedPodNames.toSorted(), gone.map(({ metadata }) => metadata.name).toSorted());
}

/** Within the time that the case grants; where it names none, upstream's test looks for a few seconds. */
function evicted({ expectDelete, additionalSleepSeconds = 2 }: ControllersCase, pod: Pod, taints: Taint[]): Failure {
  const delay = evictionDelay(pod, taints);
  return expectEqual(expectDelete, delay !== undefined && delay <= additionalSleepSeconds * 1000);
}

function timeLeft({ ttl, since, completionTime, failedTime, ...want }: ControllersCase): Failure {
  const lastTransitionTime = completionTime ?? failedTime;
  const type = failedTime === undefined ? "Complete" : "Failed";
  const conditions = lastTransitionTime === undefined ? [] : [{ type, status: "True", lastTransitionTime }];
  const job: object = { metadata: {}, spec: { ttlSecondsAfterFinished: ttl ?? undefined }, status: { conditions } };
  const expiry = expiryOf(job as Job);
  if (want.expectErr === true) return expectEqual("no expiry", expiry ?? "no expiry");
  return expectEqual(
    [want.expectedTimeLeftSeconds, want.expectedExpireAt],
    expiry === undefined
      ? []
      : [(expiry - Date.parse(since)) / 1000, new Date(expiry).toISOString().replace(".000Z", "Z")],
  );
}
