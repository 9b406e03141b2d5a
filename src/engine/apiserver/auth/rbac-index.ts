/**
 * The bindings of a cluster by whom they speak of, kept up with the store; and the rules behind each. Upstream: the
 * informers and DefaultRuleResolver of pkg/registry/rbac/validation/rule.go.
 * Simplified: a change counts at once, where upstream's informers need a moment.
 */
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RbacSubject,
  Role,
  RoleRef,
} from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { serviceAccountUserName } from "../../api/meta/user-info.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import type { Store } from "../../etcd/store.ts";
import { storageKey, storagePrefix } from "../storage/storage-keys.ts";

const GROUP = "rbac.authorization.k8s.io";

/** A RoleBinding or a ClusterRoleBinding. */
export type Binding = ClusterRoleBinding;

/** One rule that holds for a user, and what gives it. */
export interface Grant {
  readonly rule: PolicyRule;
  readonly binding: Binding;
  readonly subject: RbacSubject;
}

export interface Grants {
  readonly grants: readonly Grant[];
  /** Roles that bindings speak of and that don't exist, as messages. */
  readonly errors: readonly string[];
}

type BySubject = Map<string, Set<Binding>>;

export class RbacIndex {
  /** Rises with each change of a role or binding: what was found out under an older one no longer holds. */
  version = 0;
  private readonly store: Store<KubeObject>;
  private readonly roles: Resource;
  private readonly clusterRoles: Resource;
  /** By namespace ("" for ClusterRoleBindings) and subject; each set in the order of names. */
  private readonly bindings = new Map<string, BySubject>();

  /** Throws when the server has no RBAC kinds. */
  constructor(store: Store<KubeObject>, resourceById: (id: string) => Resource | undefined) {
    this.store = store;
    const find = (plural: string): Resource => {
      const resource = resourceById(`${plural}.${GROUP}`);
      if (resource === undefined) throw new Error(`RBAC needs the resource ${plural}`);
      return resource;
    };
    this.roles = find("roles");
    this.clusterRoles = find("clusterroles");
    for (const roles of [this.roles, this.clusterRoles]) {
      store.watch({ prefix: storagePrefix(roles), onEvents: () => void this.version++ });
    }
    for (const resource of [find("rolebindings"), find("clusterrolebindings")]) {
      const prefix = storagePrefix(resource);
      store.scan(prefix, {}, ({ value }) => this.add(value as Binding));
      store.watch({
        prefix,
        onEvents: (events) => {
          this.version++;
          for (const { current, previous } of events) {
            if (previous !== undefined) this.remove(previous.value as Binding);
            if (current !== undefined) this.add(current.value as Binding);
          }
        },
      });
    }
  }

  /** Rules for a user from the bindings of one namespace; "": from ClusterRoleBindings. */
  grantsFor(user: UserInfo, namespace: string): Grants {
    const bySubject = this.bindings.get(namespace);
    if (bySubject === undefined) return { grants: [], errors: [] };
    const grants: Grant[] = [];
    const errors: string[] = [];
    const seen = new Set<Binding>();
    for (const key of [`User ${user.name}`, ...user.groups.map((group) => `Group ${group}`)]) {
      for (const binding of bySubject.get(key) ?? []) {
        if (seen.has(binding)) continue;
        seen.add(binding);
        const role = this.role(binding.roleRef, namespace);
        if (role === undefined) errors.push(missing(binding.roleRef));
        const subject = binding.subjects?.find((one) => keyOf(one, namespace) === key) as RbacSubject;
        for (const rule of role?.rules ?? []) grants.push({ rule, binding, subject });
      }
    }
    return { grants, errors };
  }

  role({ kind, name }: RoleRef, namespace: string): Role | ClusterRole | undefined {
    const resource = kind === "ClusterRole" ? this.clusterRoles : this.roles;
    return this.store.get(storageKey(resource, namespace, name))?.value as Role | ClusterRole | undefined;
  }

  private add(binding: Binding): true {
    const { namespace = "" } = binding.metadata;
    let bySubject = this.bindings.get(namespace);
    if (bySubject === undefined) this.bindings.set(namespace, (bySubject = new Map()));
    for (const subject of binding.subjects ?? []) {
      const key = keyOf(subject, namespace);
      const set = bySubject.get(key);
      if (set === undefined) bySubject.set(key, new Set([binding]));
      else set.add(binding);
    }
    return true;
  }

  private remove(binding: Binding): void {
    const { namespace = "" } = binding.metadata;
    const bySubject = this.bindings.get(namespace);
    for (const subject of binding.subjects ?? []) {
      const key = keyOf(subject, namespace);
      const set = bySubject?.get(key);
      set?.delete(binding);
      if (set?.size === 0) bySubject?.delete(key);
    }
    if (bySubject?.size === 0) this.bindings.delete(namespace);
  }
}

/** An account without a namespace is one of the binding's own. */
function keyOf({ kind, name, namespace }: RbacSubject, home: string): string {
  return kind === "ServiceAccount" ? `User ${serviceAccountUserName(namespace || home, name)}` : `${kind} ${name}`;
}

/** `clusterrole.rbac.authorization.k8s.io "reader" not found` */
export function missing({ kind, name }: RoleRef): string {
  return `${kind.toLowerCase()}.${GROUP} ${JSON.stringify(name)} not found`;
}
