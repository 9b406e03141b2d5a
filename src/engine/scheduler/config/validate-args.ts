/** What is wrong with a plugin's args. Upstream: pkg/scheduler/apis/config/validation/validation_pluginargs.go. */
import { validateNodeSelector } from "../../api/core/pod/validate-scheduling.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  notSupportedInOrder,
  required,
  type FieldError,
} from "../../api/meta/field-error.ts";
import { validateLabelName } from "../../api/meta/validate-meta.ts";
import type { PluginArgs, PluginWithArgs, ResourceSpec, ShapePoint } from "./configuration.ts";

const STRATEGIES = ["LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"];
const NO_SHAPE = "unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring";
const MAX_SHAPE_SCORE = 10;

type Validate<N extends PluginWithArgs> = (args: PluginArgs[N], path: string, errors: FieldError[]) => void;

const VALIDATORS: { [name in PluginWithArgs]: Validate<name> } = {
  DefaultPreemption({ minCandidateNodesPercentage, minCandidateNodesAbsolute }, path, errors) {
    const [percentage, absolute] = [`${path}.minCandidateNodesPercentage`, `${path}.minCandidateNodesAbsolute`];
    if (minCandidateNodesPercentage < 0 || minCandidateNodesPercentage > 100) {
      errors.push(invalidValue(percentage, minCandidateNodesPercentage, "not in valid range [0, 100]"));
    }
    if (minCandidateNodesAbsolute < 0) {
      errors.push(invalidValue(absolute, minCandidateNodesAbsolute, "not in valid range [0, inf)"));
    }
    if (minCandidateNodesPercentage !== 0 || minCandidateNodesAbsolute !== 0) return;
    errors.push(invalidValue(percentage, 0, "cannot be zero at the same time as minCandidateNodesAbsolute"));
    errors.push(invalidValue(absolute, 0, "cannot be zero at the same time as minCandidateNodesPercentage"));
  },
  InterPodAffinity({ hardPodAffinityWeight: weight }, path, errors) {
    if (weight >= 0 && weight <= 100) return;
    errors.push(invalidValue(`${path}.hardPodAffinityWeight`, weight, "not in valid range [0, 100]"));
  },
  NodeAffinity({ addedAffinity }, path, errors) {
    const hard = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    const field = `${path}.addedAffinity.requiredDuringSchedulingIgnoredDuringExecution`;
    if (hard !== undefined) validateNodeSelector(hard, field, errors);
  },
  NodeResourcesBalancedAllocation({ resources }, path, errors) {
    for (const [index, { name, weight }] of resources.entries()) {
      const field = `${path}.resources[${index}]`;
      if (resources.findIndex((other) => other.name === name) < index) errors.push(duplicate(`${field}.name`, name));
      if (weight !== 1) errors.push(invalidValue(`${field}.weight`, weight, "must be 1"));
    }
  },
  NodeResourcesFit: validateFit,
  PodTopologySpread: validateSpread,
  VolumeBinding({ bindTimeoutSeconds, shape }, path, errors) {
    if (bindTimeoutSeconds < 0) {
      const detail = "invalid BindTimeoutSeconds, should not be a negative value";
      errors.push(invalidValue(`${path}.bindTimeoutSeconds`, bindTimeoutSeconds, detail));
    }
    if (shape !== undefined) errors.push(invalidValue(`${path}.shape`, shape, NO_SHAPE));
  },
};

/** `path` is where the args stand; "" for upstream's checks that know no path. */
export function validateArgs<N extends PluginWithArgs>(
  name: N,
  args: PluginArgs[N],
  { path, errors }: { path: string; errors: FieldError[] },
): void {
  const found: FieldError[] = [];
  VALIDATORS[name](args, path, found);
  for (const error of found) errors.push({ ...error, field: error.field.replace(/^\./, "") });
}

function validateFit(args: PluginArgs["NodeResourcesFit"], path: string, errors: FieldError[]): void {
  const { ignoredResources, ignoredResourceGroups, scoringStrategy } = args;
  for (const [index, name] of ignoredResources.entries()) {
    validateLabelName(name, `${path}.ignoredResources[${index}]`, errors);
  }
  for (const [index, group] of ignoredResourceGroups.entries()) {
    const field = `${path}.ignoredResourceGroups[${index}]`;
    if (group.includes("/")) errors.push(invalidValue(field, group, "resource group name can't contain '/'"));
    validateLabelName(group, field, errors);
  }
  const strategy = `${path}.scoringStrategy`;
  const { type, resources, requestedToCapacityRatio } = scoringStrategy;
  if (!STRATEGIES.includes(type)) errors.push(notSupported(`${strategy}.type`, type, STRATEGIES));
  validateResources(resources, `${strategy}.resources`, errors);
  const ratio = `${strategy}.requestedToCapacityRatio`;
  if (type !== "RequestedToCapacityRatio") {
    if (requestedToCapacityRatio === undefined) return;
    errors.push(forbiddenField(ratio, "must be nil when type is not RequestedToCapacityRatio"));
  } else if (requestedToCapacityRatio === undefined) {
    errors.push(required(ratio, "must be specified when type is RequestedToCapacityRatio"));
  } else {
    validateShape(requestedToCapacityRatio.shape ?? [], `${ratio}.shape`, errors);
  }
}

function validateResources(resources: readonly ResourceSpec[], path: string, errors: FieldError[]): void {
  for (const [index, { name, weight }] of resources.entries()) {
    if (weight > 0 && weight <= 100) continue;
    const detail = `resource weight of ${name} not in valid range (0, 100]`;
    errors.push(invalidValue(`${path}[${index}].weight`, weight, detail));
  }
}

function validateShape(shape: readonly ShapePoint[], path: string, errors: FieldError[]): void {
  if (shape.length === 0) {
    errors.push(required(path, "at least one point must be specified"));
    return;
  }
  const unsorted = shape.findIndex(
    (point, at) => at > 0 && (shape[at - 1] as ShapePoint).utilization >= point.utilization,
  );
  if (unsorted > 0) {
    const { utilization } = shape[unsorted] as ShapePoint;
    const detail = "values must be sorted in increasing order";
    errors.push(invalidValue(`${path}[${unsorted}].utilization`, utilization, detail));
  }
  for (const [index, { utilization, score }] of shape.entries()) {
    if (utilization < 0 || utilization > 100) {
      errors.push(invalidValue(`${path}[${index}].utilization`, utilization, "not in valid range [0, 100]"));
    }
    if (score < 0 || score > MAX_SHAPE_SCORE) {
      errors.push(invalidValue(`${path}[${index}].score`, score, `not in valid range [0, ${MAX_SHAPE_SCORE}]`));
    }
  }
}

function validateSpread(args: PluginArgs["PodTopologySpread"], path: string, errors: FieldError[]): void {
  const { defaultingType, defaultConstraints } = args;
  const type = `${path}.defaultingType`;
  if (defaultingType !== "System" && defaultingType !== "List") {
    errors.push(notSupportedInOrder(type, defaultingType, ["System", "List"]));
  } else if (defaultingType === "System" && defaultConstraints.length > 0) {
    errors.push(invalidValue(type, defaultingType, "when .defaultConstraints are not empty"));
  }
  for (const [index, constraint] of defaultConstraints.entries()) {
    const field = `${path}.defaultConstraints[${index}]`;
    const { maxSkew = 0, topologyKey = "", whenUnsatisfiable = "", labelSelector } = constraint;
    if (maxSkew <= 0) errors.push(invalidValue(`${field}.maxSkew`, maxSkew, "not in valid range (0, inf)"));
    if (topologyKey === "") errors.push(required(`${field}.topologyKey`, "can not be empty"));
    else validateLabelName(topologyKey, `${field}.topologyKey`, errors);
    if (whenUnsatisfiable === "") errors.push(required(`${field}.whenUnsatisfiable`, "can not be empty"));
    else if (whenUnsatisfiable !== "DoNotSchedule" && whenUnsatisfiable !== "ScheduleAnyway") {
      const supported = ["DoNotSchedule", "ScheduleAnyway"];
      errors.push(notSupported(`${field}.whenUnsatisfiable`, whenUnsatisfiable, supported));
    }
    if (labelSelector !== undefined) {
      const detail = "constraint must not define a selector, as they deduced for each pod";
      errors.push(forbiddenField(`${field}.labelSelector`, detail));
    }
    const same = defaultConstraints.findIndex(
      (other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable,
    );
    if (same < index) errors.push(duplicate(field, `{${topologyKey}, ${whenUnsatisfiable}}`));
  }
}
