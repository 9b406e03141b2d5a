/** Which changes are heartbeats: repeated for ever and of no consequence while they come. */
import type { Lease, Node, NodeCondition } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { deepEqual } from "../../base/json.ts";

/** True iff nothing but times of a Lease or of a Node's conditions differs. */
export function isHeartbeat(current: KubeObject, previous: KubeObject): boolean {
  if (current.kind === "Lease") {
    const now = (current as Lease).spec;
    const before = (previous as Lease).spec;
    return now?.holderIdentity === before?.holderIdentity && now?.leaseTransitions === before?.leaseTransitions;
  }
  return current.kind === "Node" && isNodeHeartbeat(current as Node, previous as Node);
}

function isNodeHeartbeat(current: Node, previous: Node): boolean {
  if (current.spec !== previous.spec && !deepEqual(current.spec, previous.spec)) return false;
  if (!sameExceptVersion(current, previous)) return false;
  const { conditions: now = [], ...status } = current.status ?? {};
  const { conditions: before = [], ...statusBefore } = previous.status ?? {};
  return deepEqual(now.map(withoutBeat), before.map(withoutBeat)) && deepEqual(status, statusBefore);
}

function withoutBeat(condition: NodeCondition): NodeCondition {
  return { ...condition, lastHeartbeatTime: undefined };
}

function sameExceptVersion(current: KubeObject, previous: KubeObject): boolean {
  const { labels, annotations, deletionTimestamp, finalizers } = current.metadata;
  const old = previous.metadata;
  return (
    deepEqual(labels, old.labels) &&
    deepEqual(annotations, old.annotations) &&
    deletionTimestamp === old.deletionTimestamp &&
    deepEqual(finalizers, old.finalizers)
  );
}
