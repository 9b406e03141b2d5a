/** The planning functions of the deployment controller. */
import type {
  Deployment,
  DeploymentStatus,
  IntOrString,
  PodTemplateSpec,
  ReplicaSet,
} from "../../../engine/api/generated/types.ts";
import {
  replicasAnnotations,
  replicasAnnotationsNeedUpdate,
} from "../../../engine/controllers/deployment/annotations.ts";
import { planCleanup } from "../../../engine/controllers/deployment/cleanup.ts";
import { maxUnavailable, minAvailable, resolveFenceposts } from "../../../engine/controllers/deployment/fenceposts.ts";
import { deploymentComplete, deploymentProgressing } from "../../../engine/controllers/deployment/progress.ts";
import { newReplicaSetReplicas } from "../../../engine/controllers/deployment/replica-set-lists.ts";
import {
  planNewReplicaSet,
  planScaleDown,
  planUnhealthyCleanup,
  scaleDownRoom,
  type ScaleStep,
} from "../../../engine/controllers/deployment/rolling.ts";
import { equalIgnoringHash } from "../../../engine/controllers/deployment/same-template.ts";
import { planScaling } from "../../../engine/controllers/deployment/scaling.ts";
import { defineTopic, expectEqual, thrownBy, unknownKind, type DataCase, type Failure } from "../topic.ts";

interface SizedSet {
  name: string;
  replicas: number;
  creationTimestamp?: string;
}

/** Which fields a case has depends on its kind. */
interface DeploymentCase extends DataCase {
  deploymentReplicas: number;
  maxSurge: IntOrString | null;
  maxUnavailable: IntOrString | null;
  oldReplicas: number;
  newReplicas: number;
  scaleExpected: boolean;
  expectedNewReplicas: number;
  expectedOldReplicas: number;
  readyPodsFromOldRS: number;
  readyPodsFromNewRS: number;
  readyPods: number;
  maxCleanupCount: number;
  cleanupCountExpected: number;
  deployment: Deployment & Deployment["spec"];
  oldDeployment: Deployment["spec"];
  newRS: SizedSet | null;
  oldRSs: (SizedSet & ReplicaSet)[];
  expectedNew: number | null;
  expectedOld: SizedSet[];
  desiredReplicasAnnotations: Record<string, number>;
  notUpdated: string[];
  revisionHistoryLimit: number;
  expectedDeletions: number;
  desired: number;
  expectSurge: number;
  expectUnavailable: number;
  expectError: boolean;
  strategyType: string;
  depReplicas: number;
  newRSReplicas: number;
  otherReplicaSetReplicas: number;
  expected: unknown;
  d: Deployment;
  newStatus: DeploymentStatus;
  former: PodTemplateSpec;
  latter: PodTemplateSpec;
  replicaSet: ReplicaSet;
}

export const deployment = defineTopic<DeploymentCase>({ topic: "deployment", run: (item) => run(item) });

const META = { name: "foo", namespace: "default", uid: "foo", resourceVersion: "1", creationTimestamp: "" };
const SELECTOR = { matchLabels: { foo: "bar" } };

function made(spec: Partial<Deployment["spec"]>, status: DeploymentStatus = {}): Deployment {
  const full = { selector: SELECTOR, template: {}, ...spec };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: META, spec: full, status };
}

function rolling(
  replicas: number,
  limits: { surge?: IntOrString | null; unavailable?: IntOrString | null },
): Deployment {
  const rollingUpdate = { maxSurge: limits.surge ?? 0, maxUnavailable: limits.unavailable ?? 0 };
  return made({ replicas, strategy: { type: "RollingUpdate", rollingUpdate } });
}

function set(size: SizedSet, options: { available?: number; annotations?: Record<string, string> } = {}): ReplicaSet {
  const { name, replicas, creationTimestamp = "2016-05-20T02:00:00Z" } = size;
  const { available = 0, annotations = {} } = options;
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { ...META, name, uid: name, creationTimestamp, annotations },
    spec: { replicas, selector: SELECTOR, template: {} },
    status: { replicas, availableReplicas: available },
  };
}

function run(item: DeploymentCase): Failure {
  switch (item.kind) {
    case "reconcileNewReplicaSet":
    case "reconcileOldReplicaSets":
    case "cleanupUnhealthyReplicas":
    case "scaleDownOldReplicaSets":
      return runRolling(item);
    case "proportionalScale":
      return proportionalScale(item);
    case "cleanupOldReplicaSets": {
      const doomed = planCleanup(made({ revisionHistoryLimit: item.revisionHistoryLimit }), item.oldRSs);
      return expectEqual(item.expectedDeletions, doomed.length);
    }
    case "resolveFenceposts": {
      const resolve = () =>
        resolveFenceposts(item.maxSurge ?? undefined, item.maxUnavailable ?? undefined, item.desired);
      if (item.expectError) return expectEqual("an error", thrownBy(resolve) === undefined ? "no error" : "an error");
      return expectEqual({ surge: item.expectSurge, unavailable: item.expectUnavailable }, resolve());
    }
    case "newRSNewReplicas": {
      const { depReplicas, maxSurge: surge, maxUnavailable: unavailable, newRSReplicas, strategyType } = item;
      const plan = rolling(depReplicas, { surge, unavailable });
      const target = strategyType === "RollingUpdate" ? plan : made({ ...plan.spec, strategy: { type: strategyType } });
      const newest = set({ name: "new", replicas: newRSReplicas });
      const other = set({ name: "other", replicas: item.otherReplicaSetReplicas });
      return expectEqual(item.expected, newReplicaSetReplicas(target, [other], newest));
    }
    case "deploymentComplete":
      return expectEqual(item.expected, deploymentComplete(made(item.d.spec, item.d.status), item.d.status));
    case "deploymentProgressing":
      return expectEqual(item.expected, deploymentProgressing(made({}, item.d.status), item.newStatus));
    case "maxUnavailable":
      return expectEqual(item.expected, maxUnavailable(made(item.deployment.spec)));
    case "minAvailable":
      return expectEqual(item.expected, minAvailable(made(item.deployment.spec)));
    case "templatesEqualIgnoringHash":
      return expectEqual(item.expected, equalIgnoringHash(item.former, item.latter));
    case "replicasAnnotationsNeedUpdate": {
      // The source asks for a size of 10 and at most 20.
      const wanted = replicasAnnotations(rolling(10, { surge: 10 }));
      return expectEqual(item.expected, replicasAnnotationsNeedUpdate(item.replicaSet, wanted));
    }
    default:
      return unknownKind(item.kind);
  }
}

function runRolling(item: DeploymentCase): Failure {
  const target = rolling(item.deploymentReplicas, { surge: item.maxSurge, unavailable: item.maxUnavailable });
  const sized = (name: string, replicas: number, available: number): ReplicaSet =>
    set({ name, replicas }, { available });
  switch (item.kind) {
    case "reconcileNewReplicaSet": {
      const newest = sized("new", item.newReplicas, 0);
      const step = planNewReplicaSet(target, [sized("old", item.oldReplicas, 0), newest], newest);
      return expectEqual(item.scaleExpected ? item.expectedNewReplicas : "no change", step?.replicas ?? "no change");
    }
    case "reconcileOldReplicaSets": {
      const newest = sized("new", item.newReplicas, item.readyPodsFromNewRS);
      const old = [sized("old", item.oldReplicas, item.readyPodsFromOldRS)];
      const room = scaleDownRoom(target, old, newest);
      const cleanup = room === 0 ? [] : (planUnhealthyCleanup(old, room) ?? []);
      const cleaned = old.map((replicaSet) => scaled(replicaSet, cleanup));
      const down = room === 0 ? [] : planScaleDown(target, [...cleaned, newest], cleaned);
      return expectEqual(item.scaleExpected, cleanup.length + down.length > 0);
    }
    case "cleanupUnhealthyReplicas": {
      const steps = planUnhealthyCleanup([sized("old", item.oldReplicas, item.readyPods)], item.maxCleanupCount) ?? [];
      const count = steps.reduce(
        (sum, { replicaSet, replicas }) => sum + (replicaSet.spec.replicas ?? 0) - replicas,
        0,
      );
      return expectEqual(item.cleanupCountExpected, count);
    }
    default: {
      const old = [sized("old", item.oldReplicas, item.readyPods)];
      const [step] = planScaleDown(target, old, old);
      return expectEqual(item.scaleExpected ? item.expectedOldReplicas : "no change", step?.replicas ?? "no change");
    }
  }
}

function scaled(replicaSet: ReplicaSet, steps: readonly ScaleStep[]): ReplicaSet {
  const step = steps.find((candidate) => candidate.replicaSet === replicaSet);
  return step === undefined ? replicaSet : { ...replicaSet, spec: { ...replicaSet.spec, replicas: step.replicas } };
}

function proportionalScale(item: DeploymentCase): Failure {
  const annotated = (size: SizedSet): ReplicaSet => {
    const desired = item.desiredReplicasAnnotations[size.name];
    const before = desired === undefined ? item.oldDeployment : { ...item.oldDeployment, replicas: desired };
    return set(size, { annotations: replicasAnnotations(made(before)) });
  };
  const newest = item.newRS === null ? undefined : annotated(item.newRS);
  const old = item.oldRSs.map(annotated);
  const steps = planScaling(made(item.deployment), newest, old);
  const sizeOf = (replicaSet: ReplicaSet): number => scaled(replicaSet, steps).spec.replicas ?? 0;
  const expected = [item.expectedNew, item.expectedOld.map(({ name, replicas }) => [name, replicas])];
  return expectEqual(expected, [
    newest === undefined ? null : sizeOf(newest),
    old.map((replicaSet) => [replicaSet.metadata.name, sizeOf(replicaSet)]),
  ]);
}
