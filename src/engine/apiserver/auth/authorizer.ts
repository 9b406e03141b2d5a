/**
 * May you? Every request is asked of each authorizer until one allows it: members of `system:masters` may do anything,
 * kubelets what the node authorizer says, and everybody what RBAC's bindings give, as far as these modes are on.
 * Upstream: apiserver pkg/endpoints/filters/authorization.go, pkg/kubeapiserver/authorizer/config.go.
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

/** Those of the modes that are there. */
interface ModeParts {
  readonly node?: NodeAuthorizer;
  readonly rbac?: RbacAuthorizer;
  /** Whether the node authorizer is asked before RBAC. */
  readonly nodeFirst: boolean;
  /** `AlwaysDeny`: says so where nobody allows. */
  readonly denies: boolean;
}

export class ModeAuthorizer implements Authorizer {
  private readonly parts: ModeParts;

  constructor(parts: ModeParts) {
    this.parts = parts;
  }

  authorize(user: UserInfo, attributes: Attributes): Decision {
    if (user.groups.includes(MASTERS)) return { allowed: true, reason: "" };
    const { node, rbac, nodeFirst, denies } = this.parts;
    const reasons: string[] = [];
    for (const authorizer of nodeFirst ? [node, rbac] : [rbac, node]) {
      const decision = authorizer?.authorize(user, attributes) ?? NO_OPINION;
      if (decision.allowed) return decision;
      if (decision.reason !== "") reasons.push(decision.reason);
    }
    if (denies) reasons.push("Everything is forbidden.");
    return { allowed: false, reason: reasons.join("\n") };
  }

  check(user: UserInfo, attributes: Attributes): void {
    const { allowed, reason } = this.authorize(user, attributes);
    if (!allowed) throw forbiddenFor(user, attributes, reason);
  }

  rulesFor(user: UserInfo, namespace: string): { rules: readonly PolicyRule[]; errors: readonly string[] } {
    return this.parts.rbac?.rulesFor(user, namespace) ?? { rules: [], errors: [] };
  }

  checkRequest(request: ApiRequest): void {
    const { user } = request;
    if (user.groups.includes(MASTERS)) return;
    const attributes = attributesOf(request);
    const { node, rbac } = this.parts;
    if (node?.allows(user, attributes) === true || rbac?.allows(user, attributes) === true) return;
    this.check(user, attributes);
  }
}
