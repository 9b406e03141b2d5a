/**
 * What a profile's plugins are at each point, after defaults, "*" and multiPoint. Upstream:
 * pkg/scheduler/apis/config/v1/default_plugins.go (mergePlugins), pkg/scheduler/framework/runtime/framework.go
 * (expandMultiPointPlugins).
 * Simplified: PreFilter and Filter are one thing here, and so are PreScore and Score; the second of each counts.
 */
import { fieldErrorText } from "../../api/meta/field-error.ts";
import type { FieldError } from "../../api/meta/field-error.ts";
import type { Plugin, ProfilePlugin } from "../framework.ts";
import { DEFAULT_SET, PLUGIN_FACTORIES } from "../plugins/registry.ts";
import type { ProfileOptions } from "../profile.ts";
import { EXTENSION_POINTS } from "./configuration.ts";
import type {
  ExtensionPoint,
  KubeSchedulerConfiguration,
  PluginReference,
  PluginSet,
  SchedulerProfile,
} from "./configuration.ts";
import { argsOf, ConfigurationError, hasArgs } from "./read.ts";
import { validateArgs } from "./validate-args.ts";
import { aggregate } from "../../base/go-errors.ts";

/** Upstream's bound on the sum of weighted scores. */
const MAX_TOTAL_SCORE = 2 ** 63;
const MAX_NODE_SCORE = 100;

/** Throws a `ConfigurationError` when a profile can't be made. */
export function profilesOf({ profiles, percentageOfNodesToScore }: KubeSchedulerConfiguration): ProfileOptions[] {
  return profiles.map((profile) => {
    try {
      return profileOf(profile, percentageOfNodesToScore);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      const where = `creating profile for scheduler name ${profile.schedulerName ?? ""}`;
      throw new ConfigurationError(`initializing profiles: ${where}: ${error.message}`);
    }
  });
}

function profileOf(profile: SchedulerProfile, percentage: number): ProfileOptions {
  const { schedulerName = "", plugins = {} } = profile;
  const multiPoint = merge(DEFAULT_SET, plugins.multiPoint ?? {});
  const at = new Map<ExtensionPoint, readonly PluginReference[]>();
  for (const point of EXTENSION_POINTS) {
    checkNames(point, plugins[point]?.enabled ?? []);
    at.set(point, expand(point, multiPoint, plugins[point] ?? {}));
  }
  const sorters = at.get("queueSort")?.length ?? 0;
  if (sorters !== 1) {
    const problem = "only one queue sort plugin required for profile with scheduler name";
    throw new ConfigurationError(`${problem} ${JSON.stringify(schedulerName)}, but got ${sorters}`);
  }
  if (at.get("bind")?.length === 0) {
    const problem = "at least one bind plugin is needed for profile with scheduler name";
    throw new ConfigurationError(`${problem} ${JSON.stringify(schedulerName)}`);
  }
  const weights = weightsOf([...(plugins.score?.enabled ?? []), ...multiPoint]);
  const made = new Map<string, Plugin>();
  const make = ({ name }: PluginReference): Plugin[] => {
    const plugin = made.get(name) ?? create(name, profile);
    if (plugin === undefined) return [];
    made.set(name, plugin);
    return [plugin];
  };
  const all: ProfilePlugin[] = [];
  for (const point of ["preEnqueue", "filter", "postFilter", "score"] as const) {
    for (const reference of at.get(point) ?? []) {
      for (const plugin of make(reference)) all.push({ plugin, weight: weights.get(plugin.name) ?? 1, at: point });
    }
  }
  const preempts = at.get("postFilter")?.some(({ name }) => name === "DefaultPreemption") === true;
  return {
    schedulerName,
    plugins: all,
    percentageOfNodesToScore: profile.percentageOfNodesToScore ?? percentage,
    preemption: preempts ? argsOf(profile, "DefaultPreemption") : "off",
  };
}

function create(name: string, profile: SchedulerProfile): Plugin | undefined {
  if (name === "NodeResourcesFit") {
    const errors: FieldError[] = [];
    validateArgs(name, argsOf(profile, name), { path: "", errors });
    const texts = errors.map(fieldErrorText);
    if (texts.length > 0) {
      throw new ConfigurationError(`initializing plugin ${JSON.stringify(name)}: ${aggregate(texts)}`);
    }
  }
  const args = hasArgs(name) ? argsOf(profile, name) : {};
  return PLUGIN_FACTORIES[name]?.create?.(args as never);
}

/** Defaults keep their order; the ones that are named take the place of their namesakes, others go to the end. */
function merge(defaults: readonly PluginReference[], { enabled = [], disabled = [] }: PluginSet): PluginReference[] {
  const off = new Set(disabled.map(({ name }) => name));
  const custom = new Map(enabled.map((reference) => [reference.name, reference]));
  const kept = off.has("*") ? [] : defaults.filter(({ name }) => !off.has(name));
  const replaced = new Set<string>();
  const merged = kept.map((reference) => {
    const own = custom.get(reference.name);
    if (own !== undefined) replaced.add(reference.name);
    return own ?? reference;
  });
  return [...merged, ...enabled.filter(({ name }) => !replaced.has(name))];
}

/** `ScorePlugin`, as messages name an extension point. */
function typeOf(point: ExtensionPoint): string {
  return `${(point[0] as string).toUpperCase()}${point.slice(1)}Plugin`;
}

function checkNames(point: ExtensionPoint, enabled: readonly PluginReference[]): void {
  const seen = new Set<string>();
  for (const { name } of enabled) {
    const quoted = JSON.stringify(name);
    const factory = Object.hasOwn(PLUGIN_FACTORIES, name) ? PLUGIN_FACTORIES[name] : undefined;
    if (factory === undefined) throw new ConfigurationError(`${typeOf(point)} ${quoted} does not exist`);
    if (!factory.points.includes(point)) {
      throw new ConfigurationError(`plugin ${quoted} does not extend ${typeOf(point)} plugin`);
    }
    if (seen.has(name))
      throw new ConfigurationError(`plugin ${quoted} already registered as ${JSON.stringify(typeOf(point))}`);
    seen.add(name);
  }
}

function expand(
  point: ExtensionPoint,
  multiPoint: readonly PluginReference[],
  { enabled = [], disabled = [] }: PluginSet,
): readonly PluginReference[] {
  const off = new Set(disabled.map(({ name }) => name));
  if (off.has("*")) return enabled;
  const own = new Set(enabled.map(({ name }) => name));
  const general: PluginReference[] = [];
  const overriding = new Set<string>();
  for (const reference of multiPoint) {
    const { name } = reference;
    const factory = Object.hasOwn(PLUGIN_FACTORIES, name) ? PLUGIN_FACTORIES[name] : undefined;
    if (factory === undefined) throw new ConfigurationError(`${typeOf(point)} ${JSON.stringify(name)} does not exist`);
    if (!factory.points.includes(point) || off.has(name)) continue;
    if (own.has(name)) {
      overriding.add(name);
      continue;
    }
    if (general.some((other) => other.name === name)) {
      const type = JSON.stringify(typeOf(point));
      throw new ConfigurationError(`plugin ${JSON.stringify(name)} already registered as ${type}`);
    }
    general.push(reference);
  }
  return [
    ...enabled.filter(({ name }) => overriding.has(name)),
    ...general,
    ...enabled.filter(({ name }) => !overriding.has(name)),
  ];
}

/** The weight at the score point goes before the general one; none is 1. Upstream: getScoreWeights. */
function weightsOf(references: readonly PluginReference[]): Map<string, number> {
  const weights = new Map<string, number>();
  let total = 0;
  for (const { name, weight = 1 } of references) {
    if (weights.has(name) || PLUGIN_FACTORIES[name]?.points.includes("score") !== true) continue;
    weights.set(name, weight);
    total += weight * MAX_NODE_SCORE;
    if (total >= MAX_TOTAL_SCORE) throw new ConfigurationError("total score of Score plugins could overflow");
  }
  return weights;
}
