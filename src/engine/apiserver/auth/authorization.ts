import type { KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import type { Store } from "../../etcd/store.ts";
import { alwaysAllow, NodeAndRbacAuthorizer } from "./authorizer.ts";
import type { Authorizer } from "./authorizer.ts";
import { NodeAuthorizer } from "./node-authorizer.ts";
import { RbacAuthorizer } from "./rbac-authorizer.ts";
import { RbacIndex } from "./rbac-index.ts";

/** The `--authorization-mode` of the API server; `AlwaysAllow` is its default, `Node,RBAC` what clusters are set up with. */
export type AuthorizationMode = "AlwaysAllow" | "Node,RBAC";

export function createAuthorizer(
  mode: AuthorizationMode,
  store: Store<KubeObject>,
  resourceById: (id: string) => Resource | undefined,
): Authorizer {
  if (mode === "AlwaysAllow") return alwaysAllow;
  return new NodeAndRbacAuthorizer(
    new NodeAuthorizer(store, resourceById),
    new RbacAuthorizer(new RbacIndex(store, resourceById)),
  );
}
