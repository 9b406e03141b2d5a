/** Asks one plugin about one pod in a small cluster without a server, for tests. */
import type { Node, Pod } from "../../api/generated/types.ts";
import { EVERYTHING } from "../../api/meta/selectors.ts";
import type { Selector } from "../../api/meta/selectors.ts";
import { ClusterCache } from "../cluster-cache.ts";
import type { Plugin } from "../framework.ts";
import { PodInfo } from "../pod-info.ts";

export interface PluginCase {
  nodes: Record<string, { labels?: Record<string, string>; spec?: Node["spec"]; status?: Node["status"] }>;
  /** Pods by node. */
  running?: Record<string, PodPart[]>;
  pod: PodPart;
  /** What the pod belongs to. */
  selector?: Selector;
}

export interface PodPart {
  labels?: Record<string, string>;
  spec?: Partial<Pod["spec"]>;
  metadata?: Partial<Pod["metadata"]>;
}

let count = 0;

export function podOf({ labels, spec, metadata }: PodPart): PodInfo {
  const name = `pod-${++count}`;
  return new PodInfo({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      uid: name,
      creationTimestamp: "",
      resourceVersion: "",
      ...(labels && { labels }),
      ...metadata,
    },
    spec: { containers: [{ name: "main" }], ...spec },
    status: {},
  });
}

export function clusterOf({ nodes, running = {}, selector = EVERYTHING }: Omit<PluginCase, "pod">): ClusterCache {
  const cluster = new ClusterCache({ selectorFor: () => selector });
  for (const [name, { labels, spec = {}, status = {} }] of Object.entries(nodes)) {
    const metadata = { name, uid: name, creationTimestamp: "", resourceVersion: "", ...(labels && { labels }) };
    cluster.setNode({ apiVersion: "v1", kind: "Node", metadata, spec, status });
  }
  for (const [node, parts] of Object.entries(running)) for (const part of parts) cluster.setPod(podOf(part), node);
  return cluster;
}

/** By node: "ok", or the reasons. A plugin that skips says "ok" of all. */
export function filterWith(plugin: Plugin, about: PluginCase): Record<string, string> {
  const cluster = clusterOf(about);
  const filter = plugin.filter?.(podOf(about.pod), cluster) ?? "skip";
  return Object.fromEntries(
    cluster.nodes.map((node) => {
      if (filter === "skip") return [node.name, "ok"];
      const verdict = "code" in filter ? filter : filter.check(node);
      return [node.name, verdict === undefined ? "ok" : verdict.reasons.join(", ")];
    }),
  );
}

/** Normalized scores by node, undefined when the plugin skips. */
export function scoreWith(plugin: Plugin, about: PluginCase): Record<string, number> | undefined {
  const cluster = clusterOf(about);
  const { nodes } = cluster;
  const scorer = plugin.score?.(podOf(about.pod), cluster, () => nodes) ?? "skip";
  if (scorer === "skip") return undefined;
  const scores = nodes.map((node) => scorer.of(node));
  scorer.normalize?.(scores, nodes);
  return Object.fromEntries(nodes.map(({ name }, index) => [name, scores[index] as number]));
}
