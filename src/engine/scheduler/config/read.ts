/**
 * From a file's content to a configuration with its defaults. Upstream: cmd/kube-scheduler/app/options/configfile.go,
 * pkg/scheduler/apis/config/v1/defaults.go, staging/src/k8s.io/kube-scheduler/config/v1 (DecodeNestedObjects).
 */
import { decode, DecodeError, strictDecodingError, unknownField } from "../../api/meta/decode.ts";
import { isObject } from "../../base/json.ts";
import { GROUP, VERSION } from "./configuration.ts";
import type {
  KubeSchedulerConfiguration,
  PluginArgs,
  PluginConfig,
  PluginWithArgs,
  ResourceSpec,
  SchedulerProfile,
  ScoringStrategyArgs,
} from "./configuration.ts";

/** What keeps a scheduler from starting; the message is what its log says. */
export class ConfigurationError extends Error {}

const KIND = "KubeSchedulerConfiguration";
const CPU_AND_MEMORY: readonly ResourceSpec[] = [
  { name: "cpu", weight: 1 },
  { name: "memory", weight: 1 },
];

function structureOf(kind: string) {
  return { kind, version: VERSION, structure: kind };
}

function decoded<T>(kind: string, value: unknown): { object: T; complaints: string[] } {
  const { object, unknownFields } = decode<T>(structureOf(kind), value);
  return { object, complaints: unknownFields.map(unknownField) };
}

/** Throws `ConfigurationError` for what can't be read; what is in it is not validated yet. */
export function readConfiguration(value: unknown): KubeSchedulerConfiguration {
  const { apiVersion = "", kind = "" } = isObject(value) ? (value as { apiVersion?: string; kind?: string }) : {};
  if (kind === "") throw new ConfigurationError("Object 'Kind' is missing");
  if (apiVersion !== `${GROUP}/${VERSION}` || kind !== KIND) {
    throw new ConfigurationError(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`,
    );
  }
  try {
    const { object, complaints } = decoded<Partial<KubeSchedulerConfiguration>>(KIND, value);
    for (const [index, { pluginConfig = [] }] of (object.profiles ?? []).entries()) {
      for (const [at, config] of pluginConfig.entries()) {
        complaints.push(...complaintsAboutArgs(config, `.profiles[${index}].pluginConfig[${at}]`));
      }
    }
    if (complaints.length > 0) throw new ConfigurationError(strictDecodingError(complaints));
    return withDefaults(object);
  } catch (error) {
    if (error instanceof DecodeError) throw new ConfigurationError(error.message);
    throw error;
  }
}

function complaintsAboutArgs({ name, args }: PluginConfig, path: string): string[] {
  if (!hasArgs(name) || args === undefined) return [];
  const kind = `${name}Args`;
  const wrong = args["kind"];
  if (wrong !== undefined && wrong !== kind) {
    const problem = `args for plugin ${name} were not of type ${kind}.${GROUP}, got ${String(wrong)}.${GROUP}`;
    throw new ConfigurationError(`decoding ${path}: ${problem}`);
  }
  try {
    const { complaints } = decoded(kind, args);
    if (complaints.length === 0) return [];
    return [`decoding ${path}: decoding args for plugin ${name}: ${strictDecodingError(complaints)}`];
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new ConfigurationError(`decoding ${path}: decoding args for plugin ${name}: ${error.message}`);
  }
}

function withDefaults(given: Partial<KubeSchedulerConfiguration>): KubeSchedulerConfiguration {
  const { profiles = [], leaderElection } = given;
  const all: readonly SchedulerProfile[] = profiles.length === 0 ? [{}] : profiles;
  const [only] = all;
  // Of several profiles each must have its name.
  const named = all.length === 1 ? [{ ...only, schedulerName: only?.schedulerName ?? "default-scheduler" }] : all;
  return {
    ...given,
    profiles: named,
    parallelism: given.parallelism ?? 16,
    percentageOfNodesToScore: given.percentageOfNodesToScore ?? 0,
    podInitialBackoffSeconds: given.podInitialBackoffSeconds ?? 1,
    podMaxBackoffSeconds: given.podMaxBackoffSeconds ?? 10,
    leaderElection: {
      leaderElect: true,
      leaseDuration: "15s",
      renewDeadline: "10s",
      retryPeriod: "2s",
      resourceLock: "leases",
      resourceName: "kube-scheduler",
      resourceNamespace: "kube-system",
      ...leaderElection,
    },
  };
}

export const DEFAULT_CONFIGURATION: KubeSchedulerConfiguration = withDefaults({});

const ARGS_DEFAULTS: { [name in PluginWithArgs]: (given: Partial<PluginArgs[name]>) => PluginArgs[name] } = {
  DefaultPreemption: (given) => ({ minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100, ...given }),
  InterPodAffinity: (given) => ({ hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false, ...given }),
  NodeAffinity: (given) => given,
  NodeResourcesBalancedAllocation: ({ resources }) => ({ resources: weighed(resources) }),
  NodeResourcesFit: ({ scoringStrategy, ...given }) => ({
    ignoredResources: [],
    ignoredResourceGroups: [],
    ...given,
    scoringStrategy: strategyOf(scoringStrategy),
  }),
  PodTopologySpread: (given) => ({ defaultConstraints: [], defaultingType: "System", ...given }),
  VolumeBinding: (given) => ({ bindTimeoutSeconds: 600, ...given }),
};

function strategyOf(given: Partial<ScoringStrategyArgs> | undefined): ScoringStrategyArgs {
  if (given === undefined) return { type: "LeastAllocated", resources: CPU_AND_MEMORY };
  return { type: "", ...given, resources: weighed(given.resources) };
}

function weighed(resources: readonly Partial<ResourceSpec>[] = []): readonly ResourceSpec[] {
  if (resources.length === 0) return CPU_AND_MEMORY;
  return resources.map(({ name = "", weight = 1 }) => ({ name, weight }));
}

export function hasArgs(name: string): name is PluginWithArgs {
  return Object.hasOwn(ARGS_DEFAULTS, name);
}

/** What a profile says of a plugin, with the defaults. */
export function argsOf<N extends PluginWithArgs>(profile: SchedulerProfile, name: N): PluginArgs[N] {
  const given = profile.pluginConfig?.find((config) => config.name === name)?.args ?? {};
  const { object } = decoded<Partial<PluginArgs[N]>>(`${name}Args`, given);
  return ARGS_DEFAULTS[name](object);
}
