/**
 * A role or binding that exists, with what the bootstrap policy wants of it added: what somebody took away comes back, what
 * he added stays. Upstream: k8s.io/component-helpers/auth/rbac/reconciliation.
 */
import type {
  AggregationRule,
  ClusterRole,
  ClusterRoleBinding,
  ObjectMeta,
  Role,
  RoleBinding,
} from "../../api/generated/types.ts";
import type { Draft } from "../../api/meta/object.ts";
import { withFields } from "../../api/meta/share.ts";
import { deepEqual } from "../../base/json.ts";
import { uncovered } from "./rule-cover.ts";

const AUTO_UPDATE = "rbac.authorization.kubernetes.io/autoupdate";

/** The same object when nothing is missing, or when it is annotated `autoupdate: "false"`. */
export function reconciledRole<T extends ClusterRole | Role>(existing: T, expected: Draft<T>): T {
  if (isProtected(existing)) return existing;
  const { rules = [] } = existing;
  const missing = uncovered(rules, expected.rules ?? []);
  const changes: Partial<ClusterRole> = { metadata: reconciledMetadata(existing, expected) };
  if (missing.length > 0) changes.rules = [...rules, ...missing];
  const wanted = (expected as Draft<ClusterRole>).aggregationRule;
  const own = (existing as ClusterRole).aggregationRule;
  if (wanted === undefined || !deepEqual(own, withSelectors(own, wanted))) {
    changes.aggregationRule = wanted && withSelectors(own, wanted);
  }
  return withFields(existing, changes as Partial<T>);
}

function withSelectors(own: AggregationRule | undefined, wanted: AggregationRule): AggregationRule {
  const selectors = own?.clusterRoleSelectors ?? [];
  const missing = (wanted.clusterRoleSelectors ?? []).filter(
    (selector) => !selectors.some((other) => deepEqual(other, selector)),
  );
  return { clusterRoleSelectors: [...selectors, ...missing] };
}

/** undefined: it names another role, which can't be changed; a new one has to take its place. */
export function reconciledBinding<T extends ClusterRoleBinding | RoleBinding>(
  existing: T,
  expected: Draft<T>,
): T | undefined {
  if (isProtected(existing)) return existing;
  if (!deepEqual(existing.roleRef, expected.roleRef)) return undefined;
  const { subjects = [] } = existing;
  const missing = (expected.subjects ?? []).filter((subject) => !subjects.some((other) => deepEqual(other, subject)));
  const changes: Partial<ClusterRoleBinding> = { metadata: reconciledMetadata(existing, expected) };
  if (missing.length > 0) changes.subjects = [...subjects, ...missing];
  return withFields(existing, changes as Partial<T>);
}

function isProtected({ metadata }: { metadata: ObjectMeta }): boolean {
  return metadata.annotations?.[AUTO_UPDATE] === "false";
}

/** Expected labels and annotations are there again, unless they have got another value. */
function reconciledMetadata<T extends ClusterRole | ClusterRoleBinding | Role | RoleBinding>(
  { metadata }: T,
  expected: Draft<T>,
): T["metadata"] {
  const labels = { ...expected.metadata.labels, ...metadata.labels };
  const annotations = { ...expected.metadata.annotations, ...metadata.annotations };
  if (deepEqual(labels, metadata.labels) && deepEqual(annotations, metadata.annotations)) return metadata;
  return { ...metadata, labels, annotations };
}
