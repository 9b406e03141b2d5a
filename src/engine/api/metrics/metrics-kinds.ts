/**
 * NodeMetrics and PodMetrics: what metrics-server adds to the API while it runs; computed, never stored.
 * Upstream: kubernetes/metrics pkg/apis/metrics/v1beta1, kubernetes-sigs/metrics-server pkg/api.
 */
import { defineResource } from "../meta/resource.ts";
import type { KubeObject } from "../meta/object.ts";

export interface ResourceUsage {
  readonly cpu: string;
  readonly memory: string;
}

interface Sampled extends KubeObject {
  readonly timestamp: string;
  /** `15s` */
  readonly window: string;
}

export interface NodeMetrics extends Sampled {
  readonly usage: ResourceUsage;
}

export interface PodMetrics extends Sampled {
  readonly containers: readonly { readonly name: string; readonly usage: ResourceUsage }[];
}

const COMMON = {
  group: "metrics.k8s.io",
  version: "v1beta1",
  without: ["create", "update", "delete", "deletecollection", "watch"],
  computed: true,
} as const;

const SAMPLE = { timestamp: "2026-01-01T00:00:00Z", window: "15s" };

export const nodeMetrics = defineResource<NodeMetrics>({
  ...COMMON,
  kind: "NodeMetrics",
  plural: "nodes",
  singular: "",
  scope: "Cluster",
  example: {
    apiVersion: "metrics.k8s.io/v1beta1",
    kind: "NodeMetrics",
    metadata: { name: "worker-1" },
    ...SAMPLE,
    usage: { cpu: "100m", memory: "500Mi" },
  },
});

export const podMetrics = defineResource<PodMetrics>({
  ...COMMON,
  kind: "PodMetrics",
  plural: "pods",
  singular: "",
  scope: "Namespaced",
  example: {
    apiVersion: "metrics.k8s.io/v1beta1",
    kind: "PodMetrics",
    metadata: { name: "web" },
    ...SAMPLE,
    containers: [{ name: "web", usage: { cpu: "1m", memory: "9Mi" } }],
  },
});
