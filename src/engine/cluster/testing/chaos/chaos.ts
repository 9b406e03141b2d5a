/**
 * A cluster that people and misfortune work on for hours of virtual time, with what must hold checked every minute, and
 * then left alone: it has to come to rest with everything that fits running.
 */
import type { Pod, StatefulSet } from "../../../api/generated/types.ts";
import {
  daemonSets,
  deployments,
  jobs,
  namespaces,
  pods,
  resourceQuotas,
  statefulSets,
} from "../../../api/registry.ts";
import { Dice } from "../../../apiserver/testing/fuzz/dice.ts";
import { createTestCluster } from "../test-cluster.ts";
import { act, mend, named, type Chaos } from "./actions.ts";
import { INVARIANTS, isActive, lookAt } from "./invariants.ts";
import { LIMITED } from "./manifests.ts";

const MINUTE = 60_000;
/** Longer than a node may be silent before its pods are given up, than an image's back-off and a job's, taken together. */
const REST_MS = 40 * MINUTE;
const GOOD_IMAGE = "nginx:1.27";

export interface ChaosOptions {
  seed: number;
  /** Virtual minutes of trouble. */
  minutes: number;
}

export interface ChaosReport {
  actions: number;
  checks: number;
  pods: number;
  hash: string;
}

/** Throws with all that was found wrong. */
export function runChaos({ seed, minutes }: ChaosOptions): ChaosReport {
  const test = createTestCluster({ seed });
  const dice = new Dice(test.sim.random("chaos"));
  const chaos: Chaos = { test, dice, made: 0, orphaned: new Set(), off: new Set(), cordoned: new Set() };
  limitNamespace(chaos);
  const watch = new Watch(chaos);
  let actions = 0;
  let next = test.sim.now;
  for (let minute = 1; minute <= minutes; minute++) {
    const end = test.sim.now + MINUTE;
    while (next < end) {
      test.sim.runUntil(next);
      act(chaos);
      actions++;
      next += 2_000 + dice.int(40_000);
    }
    test.sim.runUntil(end);
    watch.check();
  }
  rest(chaos, watch);
  return { actions, checks: watch.checks, pods: test.list(pods, "").length, hash: test.cluster.hash() };
}

function limitNamespace({ test }: Chaos): void {
  test.client.resource(namespaces).create({ metadata: { name: LIMITED }, spec: {} });
  test.client.resource(resourceQuotas).create({
    metadata: { name: "small", namespace: LIMITED },
    spec: { hard: { pods: "8", "requests.cpu": "2" } },
  });
}

/** Remembers since when what is broken has been so. */
class Watch {
  checks = 0;
  private readonly chaos: Chaos;
  private since = new Map<string, number>();

  constructor(chaos: Chaos) {
    this.chaos = chaos;
  }

  check(): void {
    this.checks++;
    const { now } = this.chaos.test.sim;
    const look = lookAt(this.chaos);
    const broken = INVARIANTS.flatMap(({ name, toleratedMs, broken: find }) =>
      find(look).map((what) => ({ what: `${name}: ${what}`, toleratedMs })),
    );
    this.since = new Map(broken.map(({ what }) => [what, this.since.get(what) ?? now]));
    const wrong = broken.filter(({ what, toleratedMs }) => now - (this.since.get(what) ?? now) >= toleratedMs + 1);
    const instant = broken.filter(({ toleratedMs }) => toleratedMs === 0);
    const found = [...new Set([...wrong, ...instant].map(({ what }) => what))];
    if (found.length > 0) throw new Error(`after ${Math.round(now)} ms:\n${found.join("\n")}`);
  }
}

/** Faults end, what nobody could run is mended, and the cluster comes to rest. */
function rest(chaos: Chaos, watch: Watch): void {
  const { test } = chaos;
  mend(chaos);
  for (const resource of [deployments, statefulSets, daemonSets]) {
    for (const { metadata } of test.list(resource as typeof deployments, "")) {
      if (!/^w\d+/.test(metadata.name)) continue;
      const body = { spec: { template: { spec: { containers: [{ name: "main", image: GOOD_IMAGE }] } } } };
      test.client.resource(resource as typeof deployments).patch(metadata.namespace, metadata.name, body);
    }
  }
  let unrest: string[] = [];
  for (let waited = 0; waited < REST_MS; waited += MINUTE) {
    test.run(MINUTE);
    watch.check();
    if (waited % (5 * MINUTE) === 0) replaceStuck(chaos);
    unrest = notAtRest(chaos);
    if (unrest.length === 0) return;
  }
  throw new Error(`not at rest:\n${unrest.join("\n")}`);
}

/** As in life: a stateful set waits for a pod of the broken revision until somebody deletes it. */
function replaceStuck({ test }: Chaos): void {
  for (const set of test.list<StatefulSet>(statefulSets, "")) {
    for (const pod of test.list<Pod>(pods, set.metadata.namespace)) {
      const { name, namespace, ownerReferences = [], labels = {} } = pod.metadata;
      const old = labels["controller-revision-hash"] !== set.status.updateRevision;
      if (!ownerReferences.some(({ uid }) => uid === set.metadata.uid) || !old || isReady(pod)) continue;
      test.client.resource(pods).delete(namespace, name);
    }
  }
}

function isReady({ status }: Pod): boolean {
  return status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;
}

function isUnschedulable({ status }: Pod): boolean {
  return status.conditions?.some(({ type, reason }) => type === "PodScheduled" && reason === "Unschedulable") ?? false;
}

/** What is not as its owner wants it, though nothing stands in the way. */
function notAtRest({ test, orphaned }: Chaos): string[] {
  const all = test.list(pods, "");
  const orphan = (pod: Pod): boolean => orphaned.has(pod.metadata.labels?.["app"] ?? "");
  const unschedulable = all.filter(isUnschedulable);
  // With maxUnavailable 0 an update waits for its pod that fits nowhere, and old ones that can't run wait with it.
  const isHeldUp = ({ metadata: { labels = {}, deletionTimestamp } }: Pod): boolean =>
    deletionTimestamp === undefined &&
    unschedulable.some(
      ({ metadata: { labels: other = {} } }) =>
        other["app"] === labels["app"] && other["pod-template-hash"] !== labels["pod-template-hash"],
    );
  const unrest = all
    .filter((pod) => !isHeldUp(pod))
    .filter(
      (pod) =>
        pod.metadata.deletionTimestamp !== undefined || (isActive(pod) && !isReady(pod) && !isUnschedulable(pod)),
    )
    // The quota may have no room for the pods that would take the place of broken ones.
    .filter(
      (pod) => !orphan(pod) && (pod.metadata.namespace !== LIMITED || pod.metadata.deletionTimestamp !== undefined),
    )
    .map(
      (pod) =>
        `${named(pod)} ${pod.status.phase ?? ""} ${JSON.stringify(pod.status.containerStatuses?.[0]?.state ?? {})}`,
    );
  // Pods that fit nowhere or that the quota refuses hold updates up, and rightly so.
  const short = (namespace: string): boolean => namespace === LIMITED || unschedulable.length > 0;
  for (const deployment of test.list(deployments, "")) {
    const { metadata, spec, status } = deployment;
    const wanted = spec.replicas ?? 1;
    if (status.observedGeneration !== metadata.generation) unrest.push(`${named(deployment)} was not seen`);
    else if (!short(metadata.namespace) && (status.updatedReplicas ?? 0) !== wanted)
      unrest.push(`${named(deployment)} is not updated`);
    else if (!short(metadata.namespace) && (status.availableReplicas ?? 0) !== wanted)
      unrest.push(`${named(deployment)} is not available`);
  }
  for (const set of test.list(statefulSets, "")) {
    if (!short(set.metadata.namespace) && (set.status.readyReplicas ?? 0) !== set.spec.replicas)
      unrest.push(`${named(set)} is not ready`);
  }
  for (const set of test.list(daemonSets, "")) {
    const { numberReady, desiredNumberScheduled } = set.status;
    if (!short(set.metadata.namespace) && numberReady !== desiredNumberScheduled)
      unrest.push(`${named(set)} is not ready`);
  }
  for (const job of test.list(jobs, "")) {
    const ended = job.status.conditions?.some(
      ({ type, status }) => /^(Complete|Failed)$/.test(type) && status === "True",
    );
    if (!short(job.metadata.namespace) && ended !== true) unrest.push(`${named(job)} has not ended`);
  }
  return unrest;
}
