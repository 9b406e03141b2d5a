/**
 * The extenders of a configuration. Upstream: pkg/scheduler/apis/config/validation (validateExtenders),
 * pkg/scheduler/extender.go (NewHTTPExtender), pkg/scheduler/scheduler.go (buildExtenders).
 *
 * Simplified: a configuration of TLS is refused: there is no cryptography that it could be about.
 */
import { forbiddenField, invalidValue, type FieldError } from "../../api/meta/field-error.ts";
import { parseGoDuration } from "../../base/go-duration.ts";
import { validateLabelName } from "../../api/meta/validate-meta.ts";
import { SECOND } from "../../base/time.ts";
import type { ExtenderOptions } from "../extenders.ts";
import type { ExtenderConfig, KubeSchedulerConfiguration, SchedulerProfile } from "./configuration.ts";
import { ConfigurationError } from "./read.ts";

const DEFAULT_TIMEOUT = 5 * SECOND;
const FIT = "NodeResourcesFit";

export function validateExtenders(extenders: readonly ExtenderConfig[], errors: FieldError[]): void {
  const managed = new Set<string>();
  for (const [index, extender] of extenders.entries()) {
    const path = `extenders[${index}]`;
    const { prioritizeVerb = "", weight = 0, managedResources = [], tlsConfig } = extender;
    if (prioritizeVerb !== "" && weight <= 0) {
      errors.push(invalidValue(`${path}.weight`, weight, "must have a positive weight applied to it"));
    }
    for (const [at, { name = "" }] of managedResources.entries()) {
      const field = `${path}.managedResources[${at}].name`;
      validateLabelName(name, field, errors);
      if (managed.has(name)) errors.push(invalidValue(field, name, "duplicate extender managed resource name"));
      managed.add(name);
    }
    if (tlsConfig !== undefined) errors.push(forbiddenField(`${path}.tlsConfig`, "TLS to extenders is not simulated"));
  }
  const binders = extenders.filter(({ bindVerb = "" }) => bindVerb !== "").length;
  if (binders > 1) {
    const found = `found ${binders} extenders implementing bind`;
    errors.push(invalidValue("extenders", found, "only one extender can implement bind"));
  }
}

/** Throws a `ConfigurationError`. */
export function extendersOf({ extenders = [] }: KubeSchedulerConfiguration): ExtenderOptions[] {
  return extenders.map((extender) => ({
    urlPrefix: extender.urlPrefix ?? "",
    filterVerb: extender.filterVerb ?? "",
    prioritizeVerb: extender.prioritizeVerb ?? "",
    preemptVerb: extender.preemptVerb ?? "",
    bindVerb: extender.bindVerb ?? "",
    weight: extender.weight ?? 0,
    timeoutMs: timeoutOf(extender.httpTimeout),
    nodeCacheCapable: extender.nodeCacheCapable === true,
    managedResources: new Set((extender.managedResources ?? []).map(({ name = "" }) => name)),
    ignorable: extender.ignorable === true,
  }));
}

function timeoutOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TIMEOUT;
  const parsed = parseGoDuration(text);
  if (typeof parsed !== "number") throw new ConfigurationError(parsed.problem);
  return parsed === 0 ? DEFAULT_TIMEOUT : parsed;
}

/** With the resources that extenders count themselves taken from NodeResourcesFit. */
export function withoutTheirResources(configuration: KubeSchedulerConfiguration): KubeSchedulerConfiguration {
  const theirs = (configuration.extenders ?? [])
    .flatMap(({ managedResources = [] }) => managedResources)
    .flatMap(({ name, ignoredByScheduler }) => (name !== undefined && ignoredByScheduler === true ? [name] : []));
  if (theirs.length === 0) return configuration;
  const ignoring = (profile: SchedulerProfile): SchedulerProfile => {
    const { pluginConfig = [] } = profile;
    const args = pluginConfig.find(({ name }) => name === FIT)?.args ?? {};
    const before = Array.isArray(args["ignoredResources"]) ? args["ignoredResources"] : [];
    const fit = { name: FIT, args: { ...args, ignoredResources: [...before, ...theirs] } };
    return { ...profile, pluginConfig: [...pluginConfig.filter(({ name }) => name !== FIT), fit] };
  };
  return { ...configuration, profiles: configuration.profiles.map(ignoring) };
}
