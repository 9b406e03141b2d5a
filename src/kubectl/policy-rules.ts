/** RBAC rules taken apart, compared and put together again. Upstream: component-helpers auth/rbac/validation, kubectl pkg/util/rbac. */
export interface PolicyRule {
  verbs: readonly string[];
  apiGroups?: readonly string[] | null;
  resources?: readonly string[] | null;
  resourceNames?: readonly string[] | null;
  nonResourceURLs?: readonly string[] | null;
}

/** Rules with one verb, one group, one resource and at most one name (or one URL) each. */
export function breakdownRule(rule: PolicyRule): PolicyRule[] {
  const parts: PolicyRule[] = [];
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs) {
        const part = { verbs: [verb], apiGroups: [group], resources: [resource] };
        const names = rule.resourceNames ?? [];
        if (names.length === 0) parts.push(part);
        else for (const name of names) parts.push({ ...part, resourceNames: [name] });
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? []) {
    for (const verb of rule.verbs) parts.push({ verbs: [verb], nonResourceURLs: [url] });
  }
  return parts;
}

/** Rules about one resource become one rule with all verbs; the others stay. */
export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const compacted: PolicyRule[] = [];
  const simple = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const { apiGroups, resources, resourceNames, nonResourceURLs } = rule;
    const isSimple =
      (nonResourceURLs ?? []).length === 0 &&
      (resourceNames ?? []).length <= 1 &&
      (apiGroups ?? []).length === 1 &&
      (resources ?? []).length === 1;
    if (!isSimple) {
      compacted.push(rule);
      continue;
    }
    const id = JSON.stringify([apiGroups, resources, resourceNames ?? []]);
    const known = simple.get(id);
    simple.set(id, known === undefined ? rule : { ...known, verbs: [...new Set([...known.verbs, ...rule.verbs])] });
  }
  return [...compacted, ...simple.values()];
}

/** As Go prints the struct: what rules are sorted by, and how `auth reconcile` shows them. */
export function ruleText(rule: PolicyRule, separator = " "): string {
  const list = (values: readonly string[] | null | undefined): string => `[${(values ?? []).join(" ")}]`;
  return [
    `Verbs:${list(rule.verbs)}`,
    `APIGroups:${list(rule.apiGroups)}`,
    `Resources:${list(rule.resources)}`,
    `ResourceNames:${list(rule.resourceNames)}`,
    `NonResourceURLs:${list(rule.nonResourceURLs)}`,
  ].join(separator);
}

/** Parts of `wanted` that no rule of `owned` allows. */
export function uncoveredRules(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakdownRule).filter((part) => !owned.some((owner) => covers(owner, part)));
}

function covers(owner: PolicyRule, part: PolicyRule): boolean {
  const has = (list: readonly string[] | null | undefined, value: string): boolean =>
    (list ?? []).includes("*") || (list ?? []).includes(value);
  if (!has(owner.verbs, part.verbs[0] ?? "")) return false;
  const [url] = part.nonResourceURLs ?? [];
  if (url !== undefined) {
    return (owner.nonResourceURLs ?? []).some(
      (entry) => entry === "*" || entry === url || (entry.endsWith("*") && url.startsWith(entry.slice(0, -1))),
    );
  }
  const [group = ""] = part.apiGroups ?? [];
  const [resource = ""] = part.resources ?? [];
  const [name] = part.resourceNames ?? [];
  const subresource = resource.includes("/") ? `*/${resource.slice(resource.indexOf("/") + 1)}` : resource;
  const names = owner.resourceNames ?? [];
  return (
    has(owner.apiGroups, group) &&
    (has(owner.resources, resource) || has(owner.resources, subresource)) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  );
}
