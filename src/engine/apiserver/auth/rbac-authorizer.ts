/**
 * Role-based access control: who may do what, by roles and bindings. Upstream: plugin/pkg/auth/authorizer/rbac/rbac.go.
 * What is found out for a user is remembered until a role or binding changes, so that a check is two look-ups in maps.
 */
import type { PolicyRule } from "../../api/generated/types.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import { isPath, kindText } from "./attributes.ts";
import type { Attributes, ResourceAttributes } from "./attributes.ts";
import type { Decision } from "./authorizer.ts";
import { NO_OPINION } from "./authorizer.ts";
import type { Grant, Grants, RbacIndex } from "./rbac-index.ts";
import { matchesKind, matchesPath, matchesResource } from "./rule-match.ts";

/** Every object, none, or those of these names. */
type Extent = boolean | ReadonlySet<string>;

/** What is known of one user: by namespace ("" for what holds everywhere), group, resource and verb. */
interface Known {
  version: number;
  readonly grants: Map<string, Grants>;
  readonly extents: Map<string, Map<string, Extent>>;
}

export class RbacAuthorizer {
  readonly index: RbacIndex;
  private readonly known = new WeakMap<UserInfo, Known>();

  constructor(index: RbacIndex) {
    this.index = index;
  }

  /** Whether a role allows it: cheap, without a reason. */
  allows(user: UserInfo, attributes: ResourceAttributes): boolean {
    const known = this.knownOf(user);
    if (this.covers(user, known, { attributes, namespace: "" })) return true;
    const { namespace } = attributes;
    return namespace !== "" && this.covers(user, known, { attributes, namespace });
  }

  authorize(user: UserInfo, attributes: Attributes): Decision {
    const namespaces = isPath(attributes) || attributes.namespace === "" ? [""] : ["", attributes.namespace];
    const errors: string[] = [];
    for (const namespace of namespaces) {
      const found = this.grantsFor(user, namespace);
      const grant = found.grants.find(({ rule }) =>
        isPath(attributes) ? matchesPath(rule, attributes) : matchesResource(rule, attributes),
      );
      if (grant !== undefined) return { allowed: true, reason: reasonFor(grant) };
      errors.push(...found.errors);
    }
    if (errors.length === 0) return NO_OPINION;
    const unique = [...new Set(errors)];
    return { allowed: false, reason: `RBAC: ${unique.length === 1 ? unique[0] : `[${unique.join(", ")}]`}` };
  }

  /** All rules that hold for a user in a namespace, those that hold everywhere first. */
  rulesFor(user: UserInfo, namespace: string): { rules: PolicyRule[]; errors: readonly string[] } {
    const everywhere = this.grantsFor(user, "");
    const here = namespace === "" ? { grants: [], errors: [] } : this.grantsFor(user, namespace);
    return {
      rules: [...everywhere.grants, ...here.grants].map(({ rule }) => rule),
      errors: [...everywhere.errors, ...here.errors],
    };
  }

  private grantsFor(user: UserInfo, namespace: string): Grants {
    const { grants } = this.knownOf(user);
    let found = grants.get(namespace);
    if (found === undefined) grants.set(namespace, (found = this.index.grantsFor(user, namespace)));
    return found;
  }

  private knownOf(user: UserInfo): Known {
    let known = this.known.get(user);
    if (known === undefined || known.version !== this.index.version) {
      known = { version: this.index.version, grants: new Map(), extents: new Map() };
      this.known.set(user, known);
    }
    return known;
  }

  private covers(
    user: UserInfo,
    known: Known,
    { attributes, namespace }: { attributes: ResourceAttributes; namespace: string },
  ): boolean {
    const { name } = attributes;
    let extents = known.extents.get(namespace);
    if (extents === undefined) known.extents.set(namespace, (extents = new Map()));
    const key = kindText(attributes);
    let extent = extents.get(key);
    if (extent === undefined) extents.set(key, (extent = extentOf(this.grantsFor(user, namespace).grants, attributes)));
    return typeof extent === "boolean" ? extent : extent.has(name);
  }
}

function extentOf(grants: readonly Grant[], attributes: ResourceAttributes): Extent {
  const names = new Set<string>();
  for (const { rule } of grants) {
    if (!matchesKind(rule, attributes)) continue;
    const { resourceNames = [] } = rule;
    if (resourceNames.length === 0) return true;
    for (const name of resourceNames) names.add(name);
  }
  return names.size === 0 ? false : names;
}

/** `RBAC: allowed by ClusterRoleBinding "readers" of ClusterRole "view" to Group "devs"` */
function reasonFor({ binding, subject }: Grant): string {
  const { namespace = "", name } = binding.metadata;
  const which =
    namespace === ""
      ? `ClusterRoleBinding ${JSON.stringify(name)}`
      : `RoleBinding ${JSON.stringify(`${name}/${namespace}`)}`;
  const { kind, name: role } = binding.roleRef;
  const whom =
    subject.kind === "ServiceAccount"
      ? JSON.stringify(`${subject.name}/${subject.namespace || namespace}`)
      : JSON.stringify(subject.name);
  return `RBAC: allowed by ${which} of ${kind} ${JSON.stringify(role)} to ${subject.kind} ${whom}`;
}
