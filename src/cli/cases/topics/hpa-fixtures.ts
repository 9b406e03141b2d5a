/** Pods and autoscalers as the tables of the autoscaler's tests mean them. */
import type { Pod, V2HorizontalPodAutoscaler } from "../../../engine/api/generated/types.ts";
import { horizontalPodAutoscalers } from "../../../engine/api/registry.ts";
import { formatTime } from "../../../engine/base/time.ts";

export interface Ago {
  secondsAgo: number;
}

export const NOW = Date.UTC(2026, 0, 1);
export const TOLERANCE = 0.1;
export const DOWNSCALE_MS = 300_000;
/** The tests' own, shorter than the controller's. */
export const PATIENCE = { cpuInitializationMs: 120_000, initialReadinessMs: 10_000 };

export interface MadePods {
  /** Where no list says how many there are. */
  count: number;
  containers: number;
  /** Of each container, by pod. */
  requests: readonly string[];
  readiness?: readonly string[] | undefined;
  startTimes?: readonly Ago[] | undefined;
  phases?: readonly string[] | undefined;
  deleted?: readonly boolean[] | undefined;
}

export function madePods({ count, containers, requests, readiness, startTimes, phases, deleted }: MadePods): Pod[] {
  const lists = [readiness, phases, deleted].map((list) => list?.length ?? 0);
  return Array.from({ length: Math.max(count, ...lists) }, (_, i) => {
    const ago = startTimes?.[i];
    // A zero time: long ago.
    const startTime = ago === undefined ? "0001-01-01T00:00:00Z" : formatTime(NOW - ago.secondsAgo * 1000);
    const request = requests[i];
    return whole({
      metadata: { name: `web-${i}`, ...(deleted?.[i] === true && { deletionTimestamp: formatTime(NOW) }) },
      spec: {
        containers: Array.from({ length: containers }, (__, at) => ({
          name: `container${at + 1}`,
          ...(request !== undefined && { resources: { requests: { cpu: request } } }),
        })),
      },
      status: {
        phase: phases?.[i] ?? "Running",
        startTime,
        conditions: [{ type: "Ready", status: readiness?.[i] ?? "True", lastTransitionTime: startTime }],
      },
    });
  });
}

/** A pod of the tables, with what every pod has. Times may be in seconds before now. */
export function whole({ metadata, spec, status }: { metadata: object; spec?: object; status: object }): Pod {
  const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [], ...spec }, status };
  return JSON.parse(JSON.stringify(pod), (_key, value: unknown) =>
    isAgo(value) ? formatTime(NOW - value.secondsAgo * 1000) : value,
  ) as Pod;
}

function isAgo(value: unknown): value is Ago {
  return typeof value === "object" && value !== null && "secondsAgo" in value;
}

export function autoscaler({ spec }: { spec: object }): V2HorizontalPodAutoscaler {
  const { example } = horizontalPodAutoscalers;
  return {
    ...(example as V2HorizontalPodAutoscaler),
    metadata: { name: "web", namespace: "default", uid: "", resourceVersion: "1", creationTimestamp: formatTime(NOW) },
    spec: { ...(example as V2HorizontalPodAutoscaler).spec, ...spec },
    status: { desiredReplicas: 0 },
  };
}
