/** The controller of ReplicaSets. */
import type { ReplicaSet } from "../../api/generated/types.ts";
import { replicaSets } from "../../api/registry.ts";
import type { ControllerDefinition } from "../define-controller.ts";
import { replicaManager } from "./manager.ts";

export function replicaSetController(): ControllerDefinition<ReplicaSet> {
  return replicaManager<ReplicaSet>({
    name: "replicaset-controller",
    resource: replicaSets,
    asReplicaSet: (replicaSet) => replicaSet,
    statusOf: (status) => status,
  });
}
