/** One metric of an autoscaler. Upstream: validateMetricSpec in pkg/apis/autoscaling/validation/validation.go. */
import { validateContainerResourceName } from "../core/pod/validate-resources.ts";
import type {
  V2CrossVersionObjectReference,
  V2MetricIdentifier,
  V2MetricSpec,
  V2MetricTarget,
} from "../generated/types.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { isDNS1123Label, isPathSegment } from "../meta/names.ts";
import { parseQuantity } from "../meta/quantity.ts";

const SOURCES = ["object", "external", "pods", "resource", "containerResource"] as const;
type Source = (typeof SOURCES)[number];

const SOURCE_OF_TYPE: Readonly<Record<string, Source>> = {
  Object: "object",
  External: "external",
  Pods: "pods",
  Resource: "resource",
  ContainerResource: "containerResource",
};
const TYPES = Object.keys(SOURCE_OF_TYPE);
const TARGET_TYPES = ["Utilization", "Value", "AverageValue"];

export function validateMetric(metric: V2MetricSpec, field: string, errors: FieldError[]): void {
  const { type = "" } = metric;
  const expected = Object.hasOwn(SOURCE_OF_TYPE, type) ? SOURCE_OF_TYPE[type] : undefined;
  if (type === "") errors.push(required(`${field}.type`, "must specify a metric source type"));
  if (expected === undefined) errors.push(notSupported(`${field}.type`, type, TYPES));
  const present = SOURCES.filter((source) => metric[source] !== undefined);
  // Of several sources only the first one is looked at.
  if (present[0] !== undefined) validateSource(metric, present[0], { field: `${field}.${present[0]}`, errors });
  if (expected !== undefined && metric[expected] === undefined) {
    errors.push(required(`${field}.${expected}`, "must populate information for the given metric source"));
  }
  if (present.length === 1) return;
  for (const source of present) {
    if (source === expected) continue;
    errors.push(forbiddenField(`${field}.${source}`, "must populate the given metric source only"));
  }
}

function validateSource(
  metric: V2MetricSpec,
  source: Source,
  { field, errors }: { field: string; errors: FieldError[] },
): void {
  const { object, external, pods, resource, containerResource } = metric;
  if (source === "object" && object !== undefined) {
    validateObjectReference(object.describedObject, `${field}.describedObject`, errors);
    validateIdentifier(object.metric, `${field}.metric`, errors);
    validateTarget(object.target, `${field}.target`, errors);
    if (object.target?.value === undefined && object.target?.averageValue === undefined) {
      errors.push(required(`${field}.target.averageValue`, "must set either a target value or averageValue"));
    }
  } else if (source === "external" && external !== undefined) {
    validateIdentifier(external.metric, `${field}.metric`, errors);
    validateTarget(external.target, `${field}.target`, errors);
    const { value, averageValue } = external.target ?? {};
    if (value === undefined && averageValue === undefined) {
      const detail = "must set either a target value for metric or a per-pod target";
      errors.push(required(`${field}.target.averageValue`, detail));
    }
    if (value !== undefined && averageValue !== undefined) {
      const detail = "may not set both a target value for metric and a per-pod target";
      errors.push(forbiddenField(`${field}.target.value`, detail));
    }
  } else if (source === "pods" && pods !== undefined) {
    validateIdentifier(pods.metric, `${field}.metric`, errors);
    validateTarget(pods.target, `${field}.target`, errors);
    if (pods.target?.averageValue === undefined) {
      errors.push(required(`${field}.target.averageValue`, "must specify a positive target averageValue"));
    }
  } else if (source === "resource" && resource !== undefined) {
    if (!resource.name) errors.push(required(`${field}.name`, "must specify a resource name"));
    validateUsage(resource.target, `${field}.target`, errors);
  } else if (containerResource !== undefined) {
    const { name = "", container = "", target } = containerResource;
    if (name === "") errors.push(required(`${field}.name`, "must specify a resource name"));
    else validateContainerResourceName(name, `${field}.name`, errors);
    if (container === "") errors.push(required(`${field}.container`, "must specify a container"));
    else for (const text of isDNS1123Label(container)) errors.push(invalidValue(`${field}.container`, container, text));
    validateUsage(target, `${field}.target`, errors);
  }
}

/** Resources are measured as a share of the request or as they are. */
function validateUsage(target: V2MetricTarget | undefined, field: string, errors: FieldError[]): void {
  validateTarget(target, field, errors);
  const { averageUtilization, averageValue } = target ?? {};
  if (averageUtilization === undefined && averageValue === undefined) {
    const detail = "must set either a target raw value or a target utilization";
    errors.push(required(`${field}.averageUtilization`, detail));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const detail = "may not set both a target raw value and a target utilization";
    errors.push(forbiddenField(`${field}.averageValue`, detail));
  }
}

function validateTarget(target: V2MetricTarget | undefined, field: string, errors: FieldError[]): void {
  const { type = "", averageUtilization } = target ?? {};
  if (type === "") errors.push(required(`${field}.type`, "must specify a metric target type"));
  if (!TARGET_TYPES.includes(type)) {
    errors.push(invalidValue(`${field}.type`, type, "must be either Utilization, Value, or AverageValue"));
  }
  for (const name of ["value", "averageValue"] as const) {
    const quantity = target?.[name];
    if (quantity === undefined || parseQuantity(quantity).unscaled > 0n) continue;
    errors.push(invalidValue(`${field}.${name}`, quantity, "must be positive"));
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(invalidValue(`${field}.averageUtilization`, averageUtilization, "must be greater than 0"));
  }
}

function validateIdentifier(metric: V2MetricIdentifier | undefined, field: string, errors: FieldError[]): void {
  const { name = "" } = metric ?? {};
  if (name === "") errors.push(required(`${field}.name`, "must specify a metric name"));
  for (const text of isPathSegment(name)) errors.push(invalidValue(`${field}.name`, name, text));
}

export function validateObjectReference(
  reference: V2CrossVersionObjectReference | undefined,
  field: string,
  errors: FieldError[],
): void {
  for (const name of ["kind", "name"] as const) {
    const value = reference?.[name] ?? "";
    if (value === "") errors.push(required(`${field}.${name}`));
    for (const text of isPathSegment(value)) errors.push(invalidValue(`${field}.${name}`, value, text));
  }
}
