/** PriorityClass. Upstream: pkg/apis/scheduling, pkg/registry/scheduling/priorityclass. */
import type { PriorityClass } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { forbiddenField, notSupported, type FieldError } from "../meta/field-error.ts";
import { defineResource } from "../meta/resource.ts";
import { fill, withFields } from "../meta/share.ts";
import { validateImmutable } from "../meta/validate-meta.ts";

const HIGHEST_OF_USERS = 1_000_000_000;
const SYSTEM_PREFIX = "system-";
const POLICIES = ["Never", "PreemptLowerPriority"];

/** The two classes that every cluster has. Upstream: pkg/apis/scheduling/v1/helpers.go. */
export const SYSTEM_PRIORITY_CLASSES = [
  {
    metadata: { name: "system-node-critical" },
    value: 2 * HIGHEST_OF_USERS + 1000,
    description: "Used for system critical pods that must not be moved from their current node.",
  },
  {
    metadata: { name: "system-cluster-critical" },
    value: 2 * HIGHEST_OF_USERS,
    description:
      "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
  },
] as const;

export const priorityClasses = defineResource<PriorityClass>({
  group: "scheduling.k8s.io",
  version: "v1",
  kind: "PriorityClass",
  plural: "priorityclasses",
  shortNames: ["pc"],
  scope: "Cluster",
  example: {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: "important" },
    value: 1000,
    description: "For what customers see.",
  },
  // A generation that is set to 1 at create and never rises.
  bumpsGeneration: () => false,
  defaults: (given) => {
    const filled = fill(given, { preemptionPolicy: "PreemptLowerPriority" });
    return withFields(filled, { value: filled.value ?? 0, globalDefault: filled.globalDefault === true || undefined });
  },
  validate: validatePriorityClass,
  // Upstream checks of a new version only that these fields stayed.
  validateUpdate(priorityClass, old) {
    const errors: FieldError[] = [];
    if (priorityClass.value !== old.value) errors.push(forbiddenField("value", "may not be changed in an update."));
    validateImmutable(priorityClass.preemptionPolicy, old.preemptionPolicy, "preemptionPolicy", errors);
    return errors;
  },
  columns: [
    nameColumn,
    { name: "Value", type: "integer", cell: ({ value = 0 }) => value },
    { name: "Global-Default", type: "boolean", cell: ({ globalDefault = false }) => globalDefault },
    ageColumn,
    { name: "PreemptionPolicy", type: "string", cell: ({ preemptionPolicy = "" }) => preemptionPolicy },
  ],
});

function validatePriorityClass(given: PriorityClass): FieldError[] {
  const { metadata, value = 0, preemptionPolicy = "" } = given;
  const errors: FieldError[] = [];
  if (metadata.name.startsWith(SYSTEM_PREFIX)) {
    const why = unlikeSystem(given);
    if (why !== undefined) {
      const text = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${why}`;
      errors.push(forbiddenField("metadata.name", text));
    }
  } else if (value > HIGHEST_OF_USERS) {
    errors.push(forbiddenField("value", `maximum allowed value of a user defined priority is ${HIGHEST_OF_USERS}`));
  }
  if (!POLICIES.includes(preemptionPolicy)) errors.push(notSupported("preemptionPolicy", preemptionPolicy, POLICIES));
  return errors;
}

/** How a class with a system's name differs from the one that has it. */
function unlikeSystem({ metadata, value, globalDefault = false }: PriorityClass): string | undefined {
  const { name } = metadata;
  const known = SYSTEM_PRIORITY_CLASSES.find((system) => system.metadata.name === name);
  if (known === undefined) return `${name} is not a known system priority class`;
  if (value !== known.value) return `value of ${name} PriorityClass must be ${known.value}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}
