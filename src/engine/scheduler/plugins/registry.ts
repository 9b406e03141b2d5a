/** The default profile: plugins in the order in which they are asked, with their weights as scorers. */
import type { ProfilePlugin } from "../framework.ts";
import { nodeName } from "./node-name.ts";
import { nodeResourcesFit } from "./node-resources-fit.ts";
import { nodeUnschedulable } from "./node-unschedulable.ts";
import { taintToleration } from "./taint-toleration.ts";

/** Upstream: pkg/scheduler/apis/config/v1/default_plugins.go. */
export const DEFAULT_PLUGINS: readonly ProfilePlugin[] = [
  { plugin: nodeUnschedulable, weight: 0 },
  { plugin: nodeName, weight: 0 },
  { plugin: taintToleration, weight: 3 },
  { plugin: nodeResourcesFit, weight: 1 },
];
