/** The controller of ReplicationControllers: replica sets under their old name. Upstream: pkg/controller/replication. */
import type { ReplicaSet, ReplicaSetStatus, ReplicationController } from "../api/generated/types.ts";
import { memoize } from "../api/meta/share.ts";
import { replicationControllers } from "../api/registry.ts";
import type { ControllerDefinition } from "./define-controller.ts";
import { replicaManager } from "./replica-set/manager.ts";

const asReplicaSet = memoize((controller: ReplicationController): ReplicaSet => {
  const { selector = {}, ...spec } = controller.spec;
  return { ...controller, spec: { ...spec, selector: { matchLabels: selector } } };
});

export function replicationController(): ControllerDefinition<ReplicationController> {
  return replicaManager<ReplicationController>({
    name: "replication-controller",
    resource: replicationControllers,
    asReplicaSet,
    statusOf({ terminatingReplicas: _, ...status }: ReplicaSetStatus) {
      return status;
    },
  });
}
