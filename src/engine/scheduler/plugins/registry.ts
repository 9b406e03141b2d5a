/** Every plugin: where it may act, and how it is made of its args. */
import type { ExtensionPoint, PluginArgs, PluginReference, PluginWithArgs } from "../config/configuration.ts";
import type { Plugin, ProfilePlugin } from "../framework.ts";
import { balancedAllocation, createBalancedAllocation } from "./balanced-allocation.ts";
import { dynamicResources } from "./dynamic-resources.ts";
import { imageLocality } from "./image-locality.ts";
import { createInterPodAffinity, interPodAffinity } from "./inter-pod-affinity.ts";
import { createNodeAffinity, nodeAffinity } from "./node-affinity.ts";
import { nodeName } from "./node-name.ts";
import { nodePorts } from "./node-ports.ts";
import { createNodeResourcesFit, nodeResourcesFit } from "./node-resources-fit.ts";
import { nodeUnschedulable } from "./node-unschedulable.ts";
import { nodeVolumeLimits } from "./node-volume-limits.ts";
import { createPodTopologySpread, podTopologySpread } from "./pod-topology-spread.ts";
import { schedulingGates } from "./scheduling-gates.ts";
import { taintToleration } from "./taint-toleration.ts";
import { volumeBinding } from "./volume-binding.ts";
import { volumeRestrictions } from "./volume-restrictions.ts";
import { volumeZone } from "./volume-zone.ts";

export interface PluginFactory {
  readonly points: readonly ExtensionPoint[];
  /** Absent for what the scheduler does itself: the order of its queue, preempting, binding. */
  readonly create?: (args: never) => Plugin;
}

const FILTERS: readonly ExtensionPoint[] = ["preFilter", "filter"];
const SCORES: readonly ExtensionPoint[] = ["preScore", "score"];

function withArgs<N extends PluginWithArgs>(
  points: readonly ExtensionPoint[],
  _name: N,
  create: (args: PluginArgs[N]) => Plugin,
): PluginFactory {
  return { points, create };
}

function plain(points: readonly ExtensionPoint[], plugin: Plugin): PluginFactory {
  return { points, create: () => plugin };
}

/** Upstream: pkg/scheduler/framework/plugins/registry.go. */
export const PLUGIN_FACTORIES: Readonly<Record<string, PluginFactory>> = {
  SchedulingGates: plain(["preEnqueue"], schedulingGates),
  PrioritySort: { points: ["queueSort"] },
  NodeUnschedulable: plain(["filter"], nodeUnschedulable),
  NodeName: plain(["filter"], nodeName),
  TaintToleration: plain(["filter", ...SCORES], taintToleration),
  NodeAffinity: withArgs([...FILTERS, ...SCORES], "NodeAffinity", ({ addedAffinity }) =>
    createNodeAffinity(addedAffinity),
  ),
  NodePorts: plain(FILTERS, nodePorts),
  NodeResourcesFit: withArgs([...FILTERS, ...SCORES], "NodeResourcesFit", createNodeResourcesFit),
  VolumeRestrictions: plain(FILTERS, volumeRestrictions),
  NodeVolumeLimits: plain(FILTERS, nodeVolumeLimits),
  VolumeBinding: plain([...FILTERS, "reserve", ...SCORES, "preBind"], volumeBinding),
  VolumeZone: plain(FILTERS, volumeZone),
  PodTopologySpread: withArgs([...FILTERS, ...SCORES], "PodTopologySpread", createPodTopologySpread),
  InterPodAffinity: withArgs([...FILTERS, ...SCORES], "InterPodAffinity", createInterPodAffinity),
  DynamicResources: plain(["preEnqueue", ...FILTERS, "postFilter", "reserve", "preBind"], dynamicResources),
  DefaultPreemption: { points: ["postFilter", "preEnqueue"] },
  NodeResourcesBalancedAllocation: withArgs(SCORES, "NodeResourcesBalancedAllocation", ({ resources }) =>
    createBalancedAllocation(resources),
  ),
  ImageLocality: plain(["score"], imageLocality),
  DefaultBinder: { points: ["bind"] },
};

/** What is enabled at all its points unless told otherwise. Upstream: pkg/scheduler/apis/config/v1/default_plugins.go. */
export const DEFAULT_SET: readonly PluginReference[] = [
  { name: "SchedulingGates" },
  { name: "PrioritySort" },
  { name: "NodeUnschedulable" },
  { name: "NodeName" },
  { name: "TaintToleration", weight: 3 },
  { name: "NodeAffinity", weight: 2 },
  { name: "NodePorts" },
  { name: "NodeResourcesFit", weight: 1 },
  { name: "VolumeRestrictions" },
  { name: "NodeVolumeLimits" },
  { name: "VolumeBinding" },
  { name: "VolumeZone" },
  { name: "PodTopologySpread", weight: 2 },
  { name: "InterPodAffinity", weight: 2 },
  { name: "DynamicResources" },
  { name: "DefaultPreemption" },
  { name: "NodeResourcesBalancedAllocation", weight: 1 },
  { name: "ImageLocality", weight: 1 },
  { name: "DefaultBinder" },
];

/** The default profile's, ready made. */
export const DEFAULT_PLUGINS: readonly ProfilePlugin[] = [
  { plugin: schedulingGates, weight: 0 },
  { plugin: nodeUnschedulable, weight: 0 },
  { plugin: nodeName, weight: 0 },
  { plugin: taintToleration, weight: 3 },
  { plugin: nodeAffinity, weight: 2 },
  { plugin: nodePorts, weight: 0 },
  { plugin: nodeResourcesFit, weight: 1 },
  { plugin: volumeRestrictions, weight: 0 },
  { plugin: nodeVolumeLimits, weight: 0 },
  { plugin: volumeBinding, weight: 0 },
  { plugin: volumeZone, weight: 0 },
  { plugin: podTopologySpread, weight: 2 },
  { plugin: interPodAffinity, weight: 2 },
  { plugin: dynamicResources, weight: 0 },
  { plugin: balancedAllocation, weight: 1 },
  { plugin: imageLocality, weight: 1 },
];
