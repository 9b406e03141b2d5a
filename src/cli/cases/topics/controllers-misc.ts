/** Small decisions of several controllers: what goes, when, and how much at once. */
import type { IntOrString, Job, Node, Pod, Taint, Toleration } from "../../../engine/api/generated/types.ts";
import { NodeTtl } from "../../../engine/controllers/node-ttl.ts";
import { strayedPods, terminatedToDelete } from "../../../engine/controllers/pod-gc/index.ts";
import { NodeQuarantine } from "../../../engine/controllers/pod-gc/quarantine.ts";
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
  addNode?: boolean;
  nodeCount: number;
  boundaryStep: number;
  expectedTTL: number;
  initialClientNodes?: Node[];
  initialInformerNodes?: Node[];
  addedClientNodes?: Node[];
  addedInformerNodes?: Node[];
  deletedInformerNodes?: Node[];
  delaySeconds: number;
}

interface FinishedPod {
  name: string;
  phase: string;
  reason?: string;
  nodeName?: string;
}

export const controllersMisc = defineTopic<ControllersCase>({
  topic: "controllers_misc",
  doesNotApply: {
    "TestGCUnscheduledTerminating#2":
      "the case does not tell that its pods, unlike those of its sibling, are not being deleted",
  },
  run,
});

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
    case "podGCOrphaned":
      return orphaned(item);
    case "podGCUnscheduledTerminating":
      return unscheduled(item);
    case "nodeTTL": {
      const ttl = new NodeTtl(item.nodeCount, item.boundaryStep);
      if (item.addNode === true) ttl.added();
      else ttl.removed();
      return expectEqual(item.expectedTTL, ttl.seconds);
    }
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

/** Two looks, with the case's delay between them: what the server and what the informer knows of counts as there. */
function orphaned(item: ControllersCase): Failure {
  const all = item.pods as Pod[];
  const names = (...lists: (Node[] | undefined)[]): Set<string> =>
    new Set(lists.flatMap((list) => list ?? []).map(({ metadata }) => metadata.name));
  const first = names(item.initialClientNodes, item.initialInformerNodes);
  const second = names(
    item.initialClientNodes,
    item.initialInformerNodes,
    item.addedClientNodes,
    item.addedInformerNodes,
  );
  for (const name of names(item.deletedInformerNodes)) second.delete(name);
  const missing = (there: ReadonlySet<string>): Set<string> =>
    new Set(all.map(({ spec }) => spec.nodeName ?? "").filter((name) => name !== "" && !there.has(name)));
  const quarantine = new NodeQuarantine();
  quarantine.pass(0, missing(first));
  const gone = quarantine.pass(item.delaySeconds * 1000, missing(second));
  const deleted = all.filter(({ spec }) => gone.includes(spec.nodeName ?? "")).map(({ metadata }) => metadata.name);
  return expectEqual(item.deletedPodNames.toSorted(), deleted.toSorted());
}

/** All pods of these cases are being deleted. */
function unscheduled({ pods, deletedPodNames }: ControllersCase): Failure {
  const all: object[] = (pods as FinishedPod[]).map(({ name, phase, nodeName }) => ({
    metadata: { name, deletionTimestamp: "2023-11-14T22:13:20Z" },
    spec: { nodeName },
    status: { phase },
  }));
  const gone = strayedPods(all as Pod[]);
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
