/** Which nodes a NodeSelector means. Upstream: component-helpers/scheduling/corev1/nodeaffinity. */
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from "../generated/types.ts";
import { requirementMatches } from "../meta/label-requirement.ts";
import type { Operator, Requirement } from "../meta/label-requirement.ts";
import type { Labels } from "../meta/selectors.ts";

/** What node selectors look at. */
export interface SelectableNode {
  readonly name: string;
  readonly labels: Labels;
}

export type NodeMatcher = (node: SelectableNode) => boolean;

const OPERATORS: Readonly<Record<string, Operator>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
  Gt: "gt",
  Lt: "lt",
};
const NOWHERE: NodeMatcher = () => false;
const NAME_FIELD = "metadata.name";

function requirementOf({ key, operator, values }: NodeSelectorRequirement): Requirement | undefined {
  const known = OPERATORS[operator];
  return known && { key, operator: known, values: values ?? [] };
}

/** All expressions and fields of a term must match; a term without any matches nothing. */
export function termMatcher({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm): NodeMatcher {
  if (matchExpressions.length === 0 && matchFields.length === 0) return NOWHERE;
  const labels = matchExpressions.map(requirementOf);
  const fields = matchFields.map(requirementOf);
  return (node) =>
    labels.every((requirement) => requirement !== undefined && requirementMatches(requirement, node.labels)) &&
    fields.every((requirement) => requirement !== undefined && fieldMatches(requirement, node.name));
}

function fieldMatches({ key, operator, values }: Requirement, name: string): boolean {
  if (key !== NAME_FIELD) return false;
  if (operator === "in") return values.includes(name);
  return operator === "notin" && !values.includes(name);
}

/** Any of the terms must match; a selector without terms matches nothing. */
export function selectorMatcher({ nodeSelectorTerms = [] }: NodeSelector): NodeMatcher {
  const terms = nodeSelectorTerms.map(termMatcher);
  return (node) => terms.some((matches) => matches(node));
}

/** Where spec.nodeSelector and the required node affinity allow a pod; undefined: everywhere. */
export function requiredNodes(spec: PodSpec): NodeMatcher | undefined {
  const { nodeSelector, affinity } = spec;
  const wanted = Object.entries(nodeSelector ?? {});
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (wanted.length === 0 && required === undefined) return undefined;
  const matches = required === undefined ? undefined : selectorMatcher(required);
  return (node) =>
    wanted.every(([key, value]) => node.labels[key] === value) && (matches === undefined || matches(node));
}

/**
 * The only names that a required affinity allows; undefined when it doesn't come down to names: each term must name nodes
 * by field for that. What a term asks of labels besides is not looked at.
 */
export function namedNodes(spec: PodSpec): ReadonlySet<string> | undefined {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const names = new Set<string>();
  for (const { matchFields = [] } of terms) {
    let own: Set<string> | undefined;
    for (const { key, operator, values = [] } of matchFields) {
      if (key !== NAME_FIELD || operator !== "In") continue;
      const before: Set<string> | undefined = own;
      own = new Set(before === undefined ? values : values.filter((value) => before.has(value)));
    }
    if (own === undefined) return undefined;
    for (const name of own) names.add(name);
  }
  return terms.length === 0 ? undefined : names;
}
