/** The `--authorization-mode` of the API server. Upstream: pkg/kubeapiserver/authorizer/{config.go,modes}. */
import { alwaysAllow, ModeAuthorizer } from "./authorizer.ts";
import type { Authorizer } from "./authorizer.ts";
import { NodeAuthorizer } from "./node-authorizer.ts";
import type { AuthorizedStore } from "./node-authorizer.ts";
import { RbacAuthorizer } from "./rbac-authorizer.ts";
import { RbacIndex } from "./rbac-index.ts";

const MODES = ["AlwaysAllow", "AlwaysDeny", "ABAC", "Webhook", "RBAC", "Node"] as const;
export type AuthorizationMode = (typeof MODES)[number];

export function isAuthorizationMode(name: string): name is AuthorizationMode {
  return MODES.some((mode) => mode === name);
}

/** Makes authorizers of a server; the parts that know its objects are made once. */
export class Authorizers {
  private readonly world: AuthorizedStore;
  private node: NodeAuthorizer | undefined;
  private rbac: RbacAuthorizer | undefined;

  constructor(world: AuthorizedStore) {
    this.world = world;
  }

  /**
   * **Simplified:** ABAC and webhooks have no opinion on anything; that they are asked for is told in the server's log. Nor
   * has AlwaysDeny: nobody else's yes is taken back by it upstream, either.
   */
  of(modes: readonly AuthorizationMode[]): Authorizer {
    if (modes.includes("AlwaysAllow")) return alwaysAllow;
    return new ModeAuthorizer({
      ...(modes.includes("Node") && { node: (this.node ??= new NodeAuthorizer(this.world)) }),
      ...(modes.includes("RBAC") && { rbac: (this.rbac ??= this.createRbac()) }),
      nodeFirst: modes.indexOf("Node") < modes.indexOf("RBAC"),
      denies: modes.includes("AlwaysDeny"),
    });
  }

  private createRbac(): RbacAuthorizer {
    const { objects, resourceById } = this.world;
    return new RbacAuthorizer(new RbacIndex(objects.store, resourceById));
  }
}
