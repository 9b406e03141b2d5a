/** Conditions of definitions. Upstream: apiextensions-apiserver pkg/apihelpers/helpers.go. */
import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from "../generated/types.ts";

export function findCondition(
  { status }: CustomResourceDefinition,
  type: string,
): CustomResourceDefinitionCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

export function conditionIsTrue(definition: CustomResourceDefinition, type: string): boolean {
  return findCondition(definition, type)?.status === "True";
}

/** The conditions with this one; its time moves iff its status changes. `now` is a formatted time. */
export function withCondition(
  conditions: readonly CustomResourceDefinitionCondition[],
  condition: CustomResourceDefinitionCondition,
  now: string,
): CustomResourceDefinitionCondition[] {
  const old = conditions.find(({ type }) => type === condition.type);
  const since = old?.status === condition.status ? old.lastTransitionTime : now;
  const { type, status, reason, message } = condition;
  const fresh: CustomResourceDefinitionCondition = { lastTransitionTime: since, message, reason, status, type };
  return old === undefined ? [...conditions, fresh] : conditions.map((each) => (each === old ? fresh : each));
}
