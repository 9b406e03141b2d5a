/** What a chaos run does to its cluster, one action at a time: what people do, and what breaks by itself. */
import type { Deployment, StatefulSet } from "../../../api/generated/types.ts";
import type { KubeObject } from "../../../api/meta/object.ts";
import { keyOf } from "../../../api/meta/object.ts";
import type { Resource } from "../../../api/meta/resource.ts";
import { StatusError } from "../../../api/meta/status-error.ts";
import {
  daemonSets,
  deployments,
  jobs,
  nodes,
  podDisruptionBudgets,
  pods,
  services,
  statefulSets,
} from "../../../api/registry.ts";
import type { Dice } from "../../../apiserver/testing/fuzz/dice.ts";
import type { TestCluster } from "../test-cluster.ts";
import * as manifests from "./manifests.ts";
import type { ChaosObject } from "./manifests.ts";

/** More workloads than this are not created: the nodes are to be full now and then, not always. */
const MOST_WORKLOADS = 10;
const PROPAGATION = ["Background", "Foreground", "Orphan"] as const;
const WORKLOADS: readonly Resource<never>[] = [deployments, statefulSets, daemonSets, jobs] as never;

export interface Chaos {
  test: TestCluster;
  dice: Dice;
  /** Workloads made so far: names are never used twice. */
  made: number;
  /** Workloads, by name, whose pods were orphaned on purpose. */
  orphaned: Set<string>;
  /** Nodes that are off, and nodes that are being drained. */
  off: Set<string>;
  cordoned: Set<string>;
}

type Action = (chaos: Chaos) => void;

/** Each with its weight. */
const ACTIONS: readonly (readonly [weight: number, Action])[] = [
  [6, createWorkload],
  [6, scale],
  [6, roll],
  [3, deleteWorkload],
  [2, drain],
  [3, uncordon],
  [2, killNode],
  [4, restartNode],
  [4, killContainer],
  [3, deletePod],
  [1, restartComponent],
];
const TOTAL = ACTIONS.reduce((sum, [weight]) => sum + weight, 0);

/** One action, drawn by weight. A refusal by the API server (a quota, a budget) is part of life. */
export function act(chaos: Chaos): void {
  let drawn = chaos.dice.int(TOTAL);
  const [, action] = ACTIONS.find(([weight]) => (drawn -= weight) < 0) as readonly [number, Action];
  try {
    action(chaos);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
  }
}

/** Ends every fault that is still on. */
export function mend(chaos: Chaos): void {
  for (const name of chaos.off) chaos.test.cluster.nodes.get(name)?.powerOn();
  chaos.off.clear();
  for (const component of ["kube-scheduler", "kube-controller-manager"] as const) {
    chaos.test.cluster.setComponent(component, true);
  }
  while (chaos.cordoned.size > 0) uncordon(chaos);
}

function create(chaos: Chaos, resource: Resource<never>, object: ChaosObject): void {
  chaos.test.client.resource(resource as Resource).create(object as never);
}

function createWorkload(chaos: Chaos): void {
  const { dice } = chaos;
  if (WORKLOADS.reduce((sum, kind) => sum + listed(chaos, kind).length, 0) >= MOST_WORKLOADS) return;
  const name = `w${++chaos.made}`;
  const drawn = dice.int(10);
  if (drawn < 2) {
    create(chaos, jobs as never, manifests.job(dice, name));
    return;
  }
  const [resource, object] =
    drawn < 6
      ? ([deployments, manifests.deployment(dice, name)] as const)
      : drawn < 8
        ? ([statefulSets, manifests.statefulSet(dice, name)] as const)
        : ([daemonSets, manifests.daemonSet(dice, name)] as const);
  create(chaos, resource as never, object);
  create(chaos, services as never, manifests.service(name, object.metadata.namespace));
  if (dice.chance(40)) create(chaos, podDisruptionBudgets as never, manifests.budget(dice, object));
}

function listed<T extends KubeObject>(chaos: Chaos, resource: Resource<T>): T[] {
  return chaos.test.list(resource, "").filter(({ metadata }) => /^w\d+/.test(metadata.name));
}

/** One of what is there, that is not on its way out. */
function anyOf<T extends KubeObject>(chaos: Chaos, resource: Resource<T>): T | undefined {
  const all = listed(chaos, resource).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return all.length === 0 ? undefined : chaos.dice.pick(all);
}

function patch<T extends KubeObject>(chaos: Chaos, resource: Resource<T>, object: T, body: object): void {
  const { namespace = "", name } = object.metadata;
  chaos.test.client.resource(resource).patch(namespace, name, body, { type: "merge" });
}

type Scalable = Deployment | StatefulSet;

function scalable(chaos: Chaos): readonly [Resource<Scalable>, Scalable] | undefined {
  const resource = chaos.dice.chance(65) ? deployments : statefulSets;
  const object = anyOf<Scalable>(chaos, resource as Resource<Scalable>);
  return object === undefined ? undefined : [resource as Resource<Scalable>, object];
}

function scale(chaos: Chaos): void {
  const found = scalable(chaos);
  if (found !== undefined) patch(chaos, ...found, { spec: { replicas: chaos.dice.int(7) } });
}

function roll(chaos: Chaos): void {
  const found = scalable(chaos);
  if (found === undefined) return;
  const [resource, object] = found;
  const { namespace = "", name } = object.metadata;
  const probed = object.spec.template.spec?.containers.some(({ readinessProbe }) => readinessProbe !== undefined);
  const containers = [{ name: "main", image: manifests.imageOf(chaos.dice, { probed: probed === true }) }];
  chaos.test.client.resource(resource).patch(namespace, name, { spec: { template: { spec: { containers } } } });
}

function deleteWorkload(chaos: Chaos): void {
  const resource = chaos.dice.pick(WORKLOADS) as Resource;
  const object = anyOf(chaos, resource);
  if (object === undefined) return;
  const propagationPolicy = chaos.dice.pick(PROPAGATION);
  if (propagationPolicy === "Orphan") chaos.orphaned.add(object.metadata.name);
  const { namespace = "", name } = object.metadata;
  chaos.test.client.resource(resource).delete(namespace, name, { propagationPolicy });
}

/** Cordons a worker and evicts what runs on it, as `kubectl drain` does; a budget may refuse. */
function drain(chaos: Chaos): void {
  const worker = workerOf(chaos, (name) => !chaos.cordoned.has(name) && !chaos.off.has(name));
  if (worker === undefined) return;
  const { client } = chaos.test;
  client.resource(nodes).patch("", worker, { spec: { unschedulable: true } });
  chaos.cordoned.add(worker);
  for (const pod of listed(chaos, pods)) {
    const { namespace, name, ownerReferences = [] } = pod.metadata;
    if (pod.spec.nodeName !== worker || ownerReferences.some(({ kind }) => kind === "DaemonSet")) continue;
    try {
      const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
      client.post(pods, { namespace, name, subresource: "eviction" }, body);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
    }
  }
}

function uncordon(chaos: Chaos): void {
  const [worker] = chaos.cordoned;
  if (worker === undefined) return;
  chaos.cordoned.delete(worker);
  chaos.test.client.resource(nodes).patch("", worker, { spec: { unschedulable: null } });
}

function workerOf(chaos: Chaos, fits: (name: string) => boolean): string | undefined {
  const names = chaos.test.cluster.preset.nodes
    .filter(({ role, name }) => role === "worker" && fits(name))
    .map(({ name }) => name);
  return names.length === 0 ? undefined : chaos.dice.pick(names);
}

/** At most one machine is off at a time: with two of three nothing could be asked of the strategies. */
function killNode(chaos: Chaos): void {
  const worker = chaos.off.size > 0 ? undefined : workerOf(chaos, () => true);
  if (worker === undefined) return;
  chaos.test.cluster.nodes.get(worker)?.powerOff();
  chaos.off.add(worker);
}

function restartNode(chaos: Chaos): void {
  const [worker] = chaos.off;
  if (worker === undefined) return;
  chaos.off.delete(worker);
  chaos.test.cluster.nodes.get(worker)?.powerOn();
}

function killContainer(chaos: Chaos): void {
  const pod = anyOf(chaos, pods);
  if (pod !== undefined) chaos.test.cluster.killContainer(pod.metadata.namespace, pod.metadata.name, "main");
}

function deletePod(chaos: Chaos): void {
  const pod = anyOf(chaos, pods);
  if (pod === undefined) return;
  const { namespace, name } = pod.metadata;
  chaos.test.client
    .resource(pods)
    .delete(namespace, name, chaos.dice.chance(20) ? { gracePeriodSeconds: 0 } : undefined);
}

/** Off for a while: what was due meanwhile has to be made up for. */
function restartComponent(chaos: Chaos): void {
  const component = chaos.dice.pick(["kube-scheduler", "kube-controller-manager"] as const);
  const { cluster, sim } = chaos.test;
  cluster.setComponent(component, false);
  sim.after(20_000 + chaos.dice.int(40_000), () => cluster.setComponent(component, true));
}

/** `Kind namespace/name`, for messages. */
export function named(object: KubeObject): string {
  return `${object.kind} ${keyOf(object)}`;
}
