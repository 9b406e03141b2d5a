/**
 * Changes the scale of workloads after what their pods use. Upstream: pkg/controller/podautoscaler.
 * An autoscaler is looked at every 15 seconds and not before; a change of it waits for its turn.
 */
import type { Pod, Scale, V2HorizontalPodAutoscaler } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { keyOf } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import type { Selector } from "../../api/meta/selectors.ts";
import { horizontalPodAutoscalers } from "../../api/registry.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import type { AutoscalerSettings, ManagerSettings } from "../manager-settings.ts";
import { indexPodLabels, podsWithLabels } from "../pods-by-label.ts";
import { writeStatus } from "../write-status.ts";
import { apiMetrics } from "./api-metrics.ts";
import { NO_MEMORY, syncAutoscaler, type Memory } from "./sync.ts";

/** What the controller keeps of each autoscaler, by key. */
interface State {
  readonly memories: Map<string, Memory>;
  /** What each selected when it was last looked at. */
  readonly selectors: Map<string, Selector>;
  /** Keys whose next turn is set. */
  readonly due: Set<string>;
  readonly settings: AutoscalerSettings;
}

export function horizontalPodAutoscalerController({
  autoscaler: settings,
}: ManagerSettings): ControllerDefinition<V2HorizontalPodAutoscaler> {
  const state: State = { memories: new Map(), selectors: new Map(), due: new Set(), settings };
  return defineController<V2HorizontalPodAutoscaler>({
    name: "horizontal-pod-autoscaler",
    for: horizontalPodAutoscalers,
    // Turns are taken in `setup`: a change doesn't bring one forward.
    keys: () => [],
    setup(informers, ctx) {
      indexPodLabels(informers);
      informers.informer(horizontalPodAutoscalers).addHandler({
        onAdd: (autoscaler) => schedule(ctx, state, keyOf(autoscaler)),
        onUpdate: (autoscaler) => schedule(ctx, state, keyOf(autoscaler)),
        onDelete: (autoscaler) => ctx.enqueue(keyOf(autoscaler)),
      });
      return () => {
        for (const kept of [state.memories, state.selectors, state.due]) kept.clear();
      };
    },
    reconcile: (ctx, key) => reconcile(ctx, state, key),
  });
}

function schedule(ctx: ControllerContext, { due, settings }: State, key: string): void {
  if (due.has(key)) return;
  due.add(key);
  ctx.timer(settings.syncPeriod, () => {
    due.delete(key);
    ctx.enqueue(key);
  });
}

function reconcile(ctx: ControllerContext, state: State, key: string): ReconcileResult {
  const { memories, selectors, settings } = state;
  const autoscaler = ctx.lister(horizontalPodAutoscalers).get(key);
  if (autoscaler === undefined) {
    memories.delete(key);
    selectors.delete(key);
    return {};
  }
  schedule(ctx, state, key);
  const { namespace = "" } = autoscaler.metadata;
  const target = { resource: undefined as Resource | undefined };
  const { status, memory } = syncAutoscaler(autoscaler, memories.get(key) ?? NO_MEMORY, {
    source: apiMetrics(ctx.client),
    patience: { cpuInitializationMs: settings.cpuInitialization, initialReadinessMs: settings.initialReadiness },
    tolerance: settings.tolerance,
    downscaleMs: settings.downscaleStabilization,
    now: ctx.sim.now,
    getScale() {
      target.resource = targetResource(ctx, autoscaler);
      return scaleOf(ctx, target.resource, { namespace, name: autoscaler.spec.scaleTargetRef.name });
    },
    setReplicas: (scale, replicas) => setReplicas(ctx, target.resource as Resource, { scale, replicas }),
    podsOf: (selector) => podsOf(ctx, namespace, selector),
    rivals(candidates, selector) {
      selectors.set(key, selector);
      return rivalsOf(selectors, namespace, candidates);
    },
    event: (type, reason, message) => ctx.events.event(autoscaler, type, { reason, message }),
  });
  memories.set(key, memory);
  writeStatus(ctx, horizontalPodAutoscalers, { object: autoscaler, status });
  return {};
}

/** Upstream's RESTMapping of the reference: any version of the kind that is served. */
function targetResource(ctx: ControllerContext, { spec }: V2HorizontalPodAutoscaler): Resource {
  const { apiVersion = "", kind } = spec.scaleTargetRef;
  const { catalog } = ctx.client.transport;
  const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
  const found =
    catalog.byKind(apiVersion, kind) ??
    catalog.all.find((resource) => resource.group === group && resource.kind === kind);
  if (found !== undefined) return found;
  throw new Error(`no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`);
}

function scaleOf(ctx: ControllerContext, resource: Resource, target: { namespace: string; name: string }): Scale {
  const request = ctx.client.build(resource, "get", { ...target, options: {} });
  return ctx.client.transport.request<Scale>({ ...request, subresource: "scale" }).object;
}

function setReplicas(
  ctx: ControllerContext,
  resource: Resource,
  { scale, replicas }: { scale: Scale; replicas: number },
): void {
  const { name, namespace = "" } = (scale as KubeObject).metadata;
  const body = { ...scale, spec: { ...scale.spec, replicas } } as KubeObject;
  ctx.client.put(resource, { namespace, name, subresource: "scale" }, body);
}

function podsOf(ctx: ControllerContext, namespace: string, selector: Selector): readonly Pod[] {
  const labels: Record<string, string> = {};
  for (const { key } of selector.requirements) {
    const value = selector.exactValue(key);
    if (value !== undefined) labels[key] = value;
  }
  return podsWithLabels(ctx, namespace, labels).filter(({ metadata }) => selector.matches(metadata.labels));
}

/** Autoscalers whose pods any of these are. */
function rivalsOf(
  selectors: ReadonlyMap<string, Selector>,
  namespace: string,
  candidates: readonly Pod[],
): readonly string[] {
  const rivals: string[] = [];
  for (const [key, selector] of selectors) {
    if (!key.startsWith(`${namespace}/`)) continue;
    if (candidates.some(({ metadata }) => selector.matches(metadata.labels))) rivals.push(key);
  }
  return rivals.sort();
}
