/** A pod, or one of the pods behind a workload or service. Upstream: kubectl pkg/polymorphichelpers/attachablepodforobject.go. */
import { isPodReady } from "../engine/api/core/pod/conditions.ts";
import type { Container, EphemeralContainer, LabelSelector, Pod } from "../engine/api/generated/types.ts";
import type { KubeObject } from "../engine/api/meta/object.ts";
import { formatLabelSelector } from "../engine/api/meta/selectors.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { resourcePath } from "./discovery.ts";
import { CommandError } from "./errors.ts";
import { PODS } from "./generators/resources.ts";
import type { Invocation } from "./invocation.ts";
import { getObject, selectByArgs } from "./resource-builder.ts";

/** `web-1`, `pod/web-1`, `deploy/web`. `found` is how many pods there were to choose from. */
export function* pickPod(call: Invocation, argument: string): Call<{ pod: Pod; found: number }> {
  const args = argument.includes("/") ? [argument] : ["pods", argument];
  const selection = yield* selectByArgs(call, { args });
  const info = selection.how === "named" ? selection.infos[0] : undefined;
  if (info === undefined) throw new CommandError(`no pod named ${JSON.stringify(argument)}`);
  const object = yield* getObject(call, info);
  if (object.kind === "Pod") return { pod: object as Pod, found: 1 };
  const pods = yield* podsOf(call, object);
  const [pod] = [...pods].sort(byUsefulness);
  if (pod === undefined) throw new CommandError(`timed out waiting for the condition`);
  return { pod, found: pods.length };
}

/** The pods that an object's selector chooses. */
export function* podsOf(call: Invocation, object: KubeObject): Call<Pod[]> {
  const { selector } = (object as { spec?: { selector?: LabelSelector | Record<string, string> } }).spec ?? {};
  if (selector === undefined) {
    throw new CommandError(`cannot get the logs from ${object.apiVersion}, Kind=${object.kind}: selector is missing`);
  }
  const plain = object.kind === "Service" || object.kind === "ReplicationController";
  const labels = plain ? { matchLabels: selector as Record<string, string> } : (selector as LabelSelector);
  return yield* listPods(call, {
    namespace: object.metadata.namespace ?? "",
    labelSelector: formatLabelSelector(labels),
  });
}

export function* listPods(
  call: Invocation,
  query: { namespace: string; labelSelector?: string; fieldSelector?: string },
): Call<Pod[]> {
  const { namespace, ...selectors } = query;
  const list = yield* call.rest.json<{ items: Pod[] }>({ path: resourcePath(PODS, { namespace }), query: selectors });
  return list.items;
}

/** Assigned, running, ready, long-lived pods first; those on their way out last. */
function byUsefulness(a: Pod, b: Pod): number {
  const rank = (pod: Pod): number =>
    (pod.metadata.deletionTimestamp == null ? 0 : 8) +
    (pod.spec?.nodeName === undefined ? 4 : 0) +
    (pod.status?.phase === "Running" ? 0 : 2) +
    (isPodReady(pod) ? 0 : 1);
  const difference = rank(a) - rank(b);
  if (difference !== 0) return difference;
  const [x, y] = [String(a.metadata.creationTimestamp), String(b.metadata.creationTimestamp)];
  return x === y ? 0 : x < y ? -1 : 1;
}

const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

/** The container to use when none is named, with the sentence about the choice. */
export function defaultContainer(pod: Pod): { name: string; note: string } {
  const containers = pod.spec?.containers ?? [];
  const annotated = pod.metadata.annotations?.[DEFAULT_CONTAINER];
  if (annotated !== undefined && containers.some((entry) => entry.name === annotated))
    return { name: annotated, note: "" };
  const name = containers[0]?.name ?? "";
  const all = [
    ...containers.map((entry) => entry.name),
    ...(pod.spec?.ephemeralContainers ?? []).map((entry) => `${entry.name} (ephem)`),
    ...(pod.spec?.initContainers ?? []).map((entry) => `${entry.name} (init)`),
  ];
  return {
    name,
    note: all.length > 1 ? `Defaulted container ${JSON.stringify(name)} out of: ${all.join(", ")}\n` : "",
  };
}

/** Every container's name, in the order that logs of all are shown. */
export function containerNames(pod: Pod): string[] {
  return allContainers(pod).map((entry) => entry.name);
}

/** Init containers first, ephemeral ones last. */
export function allContainers({ spec }: Pod): (Container | EphemeralContainer)[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])];
}
