/** What is wrong with a configuration. Upstream: pkg/scheduler/apis/config/validation/validation.go. */
import { duplicate, fieldErrorText, invalidValue, required, type FieldError } from "../../api/meta/field-error.ts";
import { deepEqual } from "../../base/json.ts";
import { aggregate } from "../../base/go-errors.ts";
import { GROUP, VERSION } from "./configuration.ts";
import type { KubeSchedulerConfiguration, PluginSet, SchedulerProfile } from "./configuration.ts";
import { EXTENSION_POINTS } from "./configuration.ts";
import { validateExtenders } from "./extender-settings.ts";
import { argsOf, ConfigurationError, hasArgs } from "./read.ts";
import { validateArgs } from "./validate-args.ts";

/** Plugins that this version has no longer. */
const REMOVED = ["AzureDiskLimits", "CinderLimits", "EBSLimits", "GCEPDLimits"];
const WAS_INVALID = `was invalid in version "v1" (KubeSchedulerConfiguration is version "${GROUP}/${VERSION}")`;

/** Throws a `ConfigurationError` that names all complaints; one alone stands without brackets, as Go's aggregate has it. */
export function checkConfiguration(configuration: KubeSchedulerConfiguration): void {
  const texts = [...new Set(validateConfiguration(configuration).map(fieldErrorText))];
  if (texts.length === 0) return;
  throw new ConfigurationError(aggregate(texts));
}

export function validateConfiguration(configuration: KubeSchedulerConfiguration): FieldError[] {
  const errors: FieldError[] = [];
  const { leaderElection, parallelism, profiles, percentageOfNodesToScore } = configuration;
  const { resourceLock, leaderElect } = leaderElection;
  if (leaderElect && resourceLock !== "leases") {
    errors.push(invalidValue("leaderElection.resourceLock", resourceLock, 'resourceLock value must be "leases"'));
  }
  if (parallelism <= 0) {
    errors.push(invalidValue("parallelism", parallelism, "should be an integer value greater than zero"));
  }
  for (const [index, profile] of profiles.entries()) {
    const path = `profiles[${index}]`;
    validateProfile(profile, path, errors);
    const same = profiles.findIndex(({ schedulerName }) => schedulerName === profile.schedulerName);
    if (same < index) errors.push(duplicate(`${path}.schedulerName`, `profiles[${same}].schedulerName`));
  }
  validateQueueSort(profiles, errors);
  validatePercentage(percentageOfNodesToScore, "percentageOfNodesToScore", errors);
  validateExtenders(configuration.extenders ?? [], errors);
  const { podInitialBackoffSeconds: first, podMaxBackoffSeconds: most } = configuration;
  if (first <= 0) errors.push(invalidValue("podInitialBackoffSeconds", first, "must be greater than 0"));
  if (most < first) {
    const detail = "must be greater than or equal to PodInitialBackoffSeconds";
    errors.push(invalidValue("podMaxBackoffSeconds", most, detail));
  }
  return errors;
}

function validatePercentage(percentage: number | undefined, field: string, errors: FieldError[]): void {
  if (percentage === undefined || (percentage >= 0 && percentage <= 100)) return;
  errors.push(invalidValue(field, percentage, "not in valid range [0-100]"));
}

function validateProfile(profile: SchedulerProfile, path: string, errors: FieldError[]): void {
  const { schedulerName = "", percentageOfNodesToScore, plugins = {}, pluginConfig = [] } = profile;
  if (schedulerName === "") errors.push(required(`${path}.schedulerName`));
  validatePercentage(percentageOfNodesToScore, `${path}.percentageOfNodesToScore`, errors);
  for (const point of EXTENSION_POINTS) {
    for (const [index, { name }] of (plugins[point]?.enabled ?? []).entries()) {
      const field = `${path}.plugins.${point}.enabled[${index}]`;
      if (REMOVED.includes(name)) errors.push(invalidValue(field, name, WAS_INVALID));
    }
  }
  for (const [index, { name }] of pluginConfig.entries()) {
    const field = `${path}.pluginConfig[${index}]`;
    if (pluginConfig.findIndex((other) => other.name === name) < index) errors.push(duplicate(field, name));
    if (REMOVED.includes(name)) errors.push(invalidValue(field, name, WAS_INVALID));
    // Upstream leaves the args of NodeResourcesFit to the plugin, which finds them when it is made.
    else if (hasArgs(name) && name !== "NodeResourcesFit") {
      validateArgs(name, argsOf(profile, name), { path: `${field}.args`, errors });
    }
  }
}

function validateQueueSort(profiles: readonly SchedulerProfile[], errors: FieldError[]): void {
  const NONE: PluginSet = {};
  const [first, ...others] = profiles.map(({ plugins }) => plugins?.queueSort ?? NONE);
  const count = first?.enabled?.length ?? 0;
  if (count > 1) {
    const field = "profiles[0].plugins.queueSort.Enabled";
    errors.push(invalidValue(field, count, "only one queue sort plugin can be enabled"));
  }
  for (const [index, other] of others.entries()) {
    if (deepEqual(other, first)) continue;
    const field = `profiles[${index + 1}].plugins.queueSort`;
    errors.push(invalidValue(field, other, "must be the same for all profiles"));
  }
}
