/**
 * KubeSchedulerConfiguration as its file has it. Upstream: staging/src/k8s.io/kube-scheduler/config/v1.
 * A field whose zero is not the same as nothing has a `!` in the structures below.
 */
import type { NodeAffinity, TopologySpreadConstraint } from "../../api/generated/types.ts";
import { addStructures } from "../../api/meta/structure-type.ts";

export const GROUP = "kubescheduler.config.k8s.io";
export const VERSION = "v1";

/** Where a plugin may act, in upstream's order. */
export const EXTENSION_POINTS = [
  "preFilter",
  "filter",
  "postFilter",
  "reserve",
  "preScore",
  "score",
  "preBind",
  "bind",
  "postBind",
  "permit",
  "preEnqueue",
  "queueSort",
] as const;
export type ExtensionPoint = (typeof EXTENSION_POINTS)[number];

export interface PluginReference {
  readonly name: string;
  readonly weight?: number;
}

export interface PluginSet {
  readonly enabled?: readonly PluginReference[];
  readonly disabled?: readonly { readonly name: string }[];
}

export type Plugins = { readonly [point in ExtensionPoint | "multiPoint"]?: PluginSet };

export interface PluginConfig {
  readonly name: string;
  readonly args?: Readonly<Record<string, unknown>>;
}

export interface SchedulerProfile {
  readonly schedulerName?: string;
  readonly percentageOfNodesToScore?: number;
  readonly plugins?: Plugins;
  readonly pluginConfig?: readonly PluginConfig[];
}

export interface LeaderElection {
  readonly leaderElect: boolean;
  readonly leaseDuration: string;
  readonly renewDeadline: string;
  readonly retryPeriod: string;
  readonly resourceLock: string;
  readonly resourceName: string;
  readonly resourceNamespace: string;
}

/** With its defaults; profiles and args get theirs where they are used. */
export interface KubeSchedulerConfiguration {
  readonly parallelism: number;
  readonly leaderElection: LeaderElection;
  readonly clientConnection?: { readonly kubeconfig?: string };
  readonly percentageOfNodesToScore: number;
  readonly podInitialBackoffSeconds: number;
  readonly podMaxBackoffSeconds: number;
  readonly profiles: readonly SchedulerProfile[];
  readonly extenders?: readonly ExtenderConfig[];
}

export interface ExtenderConfig {
  readonly urlPrefix?: string;
  readonly filterVerb?: string;
  readonly preemptVerb?: string;
  readonly prioritizeVerb?: string;
  readonly weight?: number;
  readonly bindVerb?: string;
  readonly enableHTTPS?: boolean;
  readonly tlsConfig?: unknown;
  readonly httpTimeout?: string;
  readonly nodeCacheCapable?: boolean;
  readonly managedResources?: readonly { readonly name?: string; readonly ignoredByScheduler?: boolean }[];
  readonly ignorable?: boolean;
}

export interface ResourceSpec {
  readonly name: string;
  readonly weight: number;
}

export interface ShapePoint {
  readonly utilization: number;
  readonly score: number;
}

export interface ScoringStrategyArgs {
  readonly type: string;
  readonly resources: readonly ResourceSpec[];
  readonly requestedToCapacityRatio?: { readonly shape?: readonly ShapePoint[] };
}

/** The args of each plugin that has some, with their defaults. */
export interface PluginArgs {
  DefaultPreemption: { readonly minCandidateNodesPercentage: number; readonly minCandidateNodesAbsolute: number };
  InterPodAffinity: {
    readonly hardPodAffinityWeight: number;
    readonly ignorePreferredTermsOfExistingPods: boolean;
  };
  NodeAffinity: { readonly addedAffinity?: NodeAffinity };
  NodeResourcesBalancedAllocation: { readonly resources: readonly ResourceSpec[] };
  NodeResourcesFit: {
    readonly ignoredResources: readonly string[];
    readonly ignoredResourceGroups: readonly string[];
    readonly scoringStrategy: ScoringStrategyArgs;
  };
  PodTopologySpread: {
    readonly defaultConstraints: readonly TopologySpreadConstraint[];
    readonly defaultingType: string;
  };
  VolumeBinding: { readonly bindTimeoutSeconds: number; readonly shape?: readonly ShapePoint[] };
}
export type PluginWithArgs = keyof PluginArgs;

const TYPE = { apiVersion: "string", kind: "string" };
const POINTS = Object.fromEntries([...EXTENSION_POINTS, "multiPoint"].map((point) => [point, "PluginSet"]));

addStructures({
  KubeSchedulerConfiguration: {
    ...TYPE,
    "parallelism!": "int32",
    leaderElection: "LeaderElectionConfiguration",
    clientConnection: "ClientConnectionConfiguration",
    "enableProfiling!": "boolean",
    "enableContentionProfiling!": "boolean",
    "percentageOfNodesToScore!": "int32",
    "podInitialBackoffSeconds!": "int64",
    "podMaxBackoffSeconds!": "int64",
    profiles: "[]KubeSchedulerProfile",
    extenders: "[]Extender",
    delayCacheUntilActive: "boolean",
  },
  LeaderElectionConfiguration: {
    "leaderElect!": "boolean",
    leaseDuration: "string",
    renewDeadline: "string",
    retryPeriod: "string",
    resourceLock: "string",
    resourceName: "string",
    resourceNamespace: "string",
  },
  ClientConnectionConfiguration: {
    kubeconfig: "string",
    acceptContentTypes: "string",
    contentType: "string",
    qps: "number",
    burst: "int32",
  },
  KubeSchedulerProfile: {
    schedulerName: "string",
    "percentageOfNodesToScore!": "int32",
    plugins: "Plugins",
    pluginConfig: "[]PluginConfig",
  },
  Plugins: POINTS,
  PluginSet: { enabled: "[]Plugin", disabled: "[]Plugin" },
  Plugin: { name: "string", weight: "int32" },
  PluginConfig: { name: "string", args: "any" },
  Extender: {
    urlPrefix: "string",
    filterVerb: "string",
    preemptVerb: "string",
    prioritizeVerb: "string",
    weight: "int64",
    bindVerb: "string",
    enableHTTPS: "boolean",
    tlsConfig: "any",
    httpTimeout: "string",
    nodeCacheCapable: "boolean",
    managedResources: "[]ExtenderManagedResource",
    ignorable: "boolean",
  },
  ExtenderManagedResource: { name: "string", ignoredByScheduler: "boolean" },
  DefaultPreemptionArgs: { ...TYPE, "minCandidateNodesPercentage!": "int32", "minCandidateNodesAbsolute!": "int32" },
  InterPodAffinityArgs: {
    ...TYPE,
    "hardPodAffinityWeight!": "int32",
    ignorePreferredTermsOfExistingPods: "boolean",
  },
  NodeAffinityArgs: { ...TYPE, addedAffinity: "NodeAffinity" },
  NodeResourcesBalancedAllocationArgs: { ...TYPE, resources: "[]ResourceSpec" },
  NodeResourcesFitArgs: {
    ...TYPE,
    ignoredResources: "[]string",
    ignoredResourceGroups: "[]string",
    scoringStrategy: "ScoringStrategy",
  },
  ScoringStrategy: {
    type: "string",
    resources: "[]ResourceSpec",
    requestedToCapacityRatio: "RequestedToCapacityRatioParam",
  },
  RequestedToCapacityRatioParam: { shape: "[]UtilizationShapePoint" },
  UtilizationShapePoint: { "utilization!": "int32", "score!": "int32" },
  ResourceSpec: { name: "string", weight: "int64" },
  PodTopologySpreadArgs: {
    ...TYPE,
    defaultConstraints: "[]TopologySpreadConstraint",
    defaultingType: "string",
  },
  VolumeBindingArgs: { ...TYPE, "bindTimeoutSeconds!": "int64", shape: "[]UtilizationShapePoint" },
});
