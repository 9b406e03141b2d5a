/**
 * May you? Every request is asked of each authorizer until one allows it: members of `system:masters` may do anything,
 * kubelets what the node authorizer says, and everybody what RBAC's bindings give. Upstream: apiserver
 * pkg/endpoints/filters/authorization.go, pkg/kubeapiserver/authorizer/config.go (`--authorization-mode=Node,RBAC`).
 */
import type { PolicyRule } from "../../api/generated/types.ts";
import type { ApiRequest } from "../../api/meta/request.ts";
import { MASTERS } from "../../api/meta/user-info.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import { attributesOf, forbiddenFor } from "./attributes.ts";
import type { Attributes } from "./attributes.ts";
import type { NodeAuthorizer } from "./node-authorizer.ts";
import type { RbacAuthorizer } from "./rbac-authorizer.ts";

export interface Decision {
  allowed: boolean;
  /** Why, or why not; often "". */
  reason: string;
}

export const NO_OPINION: Decision = { allowed: false, reason: "" };

export interface Authorizer {
  authorize(user: UserInfo, attributes: Attributes): Decision;
  /** Throws Forbidden. */
  check(user: UserInfo, attributes: Attributes): void;
  checkRequest(request: ApiRequest): void;
  /** The rules that hold for a user in a namespace, and what kept some from being read. */
  rulesFor(user: UserInfo, namespace: string): { rules: readonly PolicyRule[]; errors: readonly string[] };
}

/** `--authorization-mode=AlwaysAllow` */
export const alwaysAllow: Authorizer = {
  authorize: () => ({ allowed: true, reason: "" }),
  check() {},
  checkRequest() {},
  rulesFor: () => ({
    rules: [
      { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
      { nonResourceURLs: ["*"], verbs: ["*"] },
    ],
    errors: [],
  }),
};

export class NodeAndRbacAuthorizer implements Authorizer {
  readonly node: NodeAuthorizer;
  readonly rbac: RbacAuthorizer;

  constructor(node: NodeAuthorizer, rbac: RbacAuthorizer) {
    this.node = node;
    this.rbac = rbac;
  }

  authorize(user: UserInfo, attributes: Attributes): Decision {
    if (user.groups.includes(MASTERS)) return { allowed: true, reason: "" };
    const node = this.node.authorize(user, attributes);
    if (node.allowed) return node;
    const rbac = this.rbac.authorize(user, attributes);
    if (rbac.allowed || node.reason === "") return rbac;
    return { allowed: false, reason: rbac.reason === "" ? node.reason : `${node.reason}\n${rbac.reason}` };
  }

  check(user: UserInfo, attributes: Attributes): void {
    const { allowed, reason } = this.authorize(user, attributes);
    if (!allowed) throw forbiddenFor(user, attributes, reason);
  }

  rulesFor(user: UserInfo, namespace: string): { rules: readonly PolicyRule[]; errors: readonly string[] } {
    return this.rbac.rulesFor(user, namespace);
  }

  checkRequest(request: ApiRequest): void {
    const { user } = request;
    if (user.groups.includes(MASTERS)) return;
    const attributes = attributesOf(request);
    if (this.node.allows(user, attributes) || this.rbac.allows(user, attributes)) return;
    this.check(user, attributes);
  }
}
