import { alwaysAllow, NodeAndRbacAuthorizer } from "./authorizer.ts";
import type { Authorizer } from "./authorizer.ts";
import { NodeAuthorizer } from "./node-authorizer.ts";
import type { AuthorizedStore } from "./node-authorizer.ts";
import { RbacAuthorizer } from "./rbac-authorizer.ts";
import { RbacIndex } from "./rbac-index.ts";

/** The `--authorization-mode` of the API server; `AlwaysAllow` is its default, `Node,RBAC` what clusters are set up with. */
export type AuthorizationMode = "AlwaysAllow" | "Node,RBAC";

export function createAuthorizer(mode: AuthorizationMode, context: AuthorizedStore): Authorizer {
  if (mode === "AlwaysAllow") return alwaysAllow;
  const { objects, resourceById } = context;
  return new NodeAndRbacAuthorizer(
    new NodeAuthorizer(context),
    new RbacAuthorizer(new RbacIndex(objects.store, resourceById)),
  );
}
