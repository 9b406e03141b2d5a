/** Keeps the Endpoints of services that select pods. Upstream: pkg/controller/endpoint/endpoints_controller.go. */
import type { Endpoints, Service } from "../../api/generated/types.ts";
import { keyOf, splitKey } from "../../api/meta/object.ts";
import { isNotFound, StatusError } from "../../api/meta/status-error.ts";
import { endpoints, pods, services } from "../../api/registry.ts";
import { deepEqual } from "../../base/json.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { isNamespaceTerminating } from "../pod-control.ts";
import { endpointLabels, hasSelector, indexServicePods, podsOfService, servicePodHandler } from "../service-pods.ts";
import { TriggerTimes, withTriggerTime } from "../trigger-times.ts";
import { desiredSubsets } from "./subsets.ts";

const OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";
const MANAGED_BY = { "endpoints.kubernetes.io/managed-by": "endpoint-controller" };

export function endpointController(): ControllerDefinition<Service> {
  const triggers = new TriggerTimes();
  return defineController<Service>({
    name: "endpoint-controller",
    for: services,
    setup(informers, ctx) {
      indexServicePods(informers);
      informers.informer(pods).addHandler(servicePodHandler(ctx));
      informers.informer(endpoints).addHandler({ onDelete: (object) => ctx.enqueue(keyOf(object)) });
    },
    reconcile: (ctx, key) => reconcile(ctx, key, triggers),
  });
}

function reconcile(ctx: ControllerContext, key: string, triggers: TriggerTimes): ReconcileResult {
  const service = ctx.lister(services).get(key);
  if (service === undefined) {
    triggers.forget(key);
    removeEndpoints(ctx, key);
    return {};
  }
  if (!hasSelector(service)) return {};
  const selected = podsOfService(ctx, service);
  const { subsets, truncated } = desiredSubsets(service, selected);
  const trigger = triggers.latest(service, selected);
  const present = ctx.lister(endpoints).get(key);
  const { [OVER_CAPACITY]: _, ...rest } = present?.metadata.annotations ?? {};
  const annotations = truncated ? { ...rest, [OVER_CAPACITY]: "truncated" } : rest;
  const labels = endpointLabels(service, MANAGED_BY);
  const written = withTriggerTime(annotations, trigger);
  if (present === undefined) createEndpoints(ctx, service, { labels, annotations: written, subsets });
  else if (
    !deepEqual(present.subsets ?? [], subsets) ||
    !deepEqual(present.metadata.labels, labels) ||
    !deepEqual(present.metadata.annotations ?? {}, annotations)
  ) {
    const { annotations: _old, ...metadata } = present.metadata;
    const hasAnnotations = Object.keys(written).length > 0;
    ctx.client.resource<Endpoints>(endpoints).update({
      ...present,
      metadata: { ...metadata, labels, ...(hasAnnotations && { annotations: written }) },
      subsets,
    });
  }
  return {};
}

function createEndpoints(
  ctx: ControllerContext,
  service: Service,
  {
    labels,
    annotations,
    subsets,
  }: { labels: Record<string, string>; annotations: Record<string, string>; subsets: Endpoints["subsets"] },
): void {
  const { namespace, name } = service.metadata;
  const hasAnnotations = Object.keys(annotations).length > 0;
  try {
    ctx.client.resource<Endpoints>(endpoints).create({
      metadata: { name, namespace, labels, ...(hasAnnotations && { annotations }) },
      subsets,
    });
  } catch (error) {
    if (error instanceof StatusError && isNamespaceTerminating(error)) return;
    if (error instanceof StatusError && error.reason === "Forbidden") {
      const message = `Failed to create endpoint for service ${namespace}/${name}: ${error.message}`;
      ctx.events.event(service, "Warning", { reason: "FailedToCreateEndpoint", message });
    }
    throw error;
  }
}

function removeEndpoints(ctx: ControllerContext, key: string): void {
  const present = ctx.lister(endpoints).get(key);
  // Endpoints that nobody made for a service here (a leader election record, a service without selector) stay.
  if (present?.metadata.labels?.["endpoints.kubernetes.io/managed-by"] === undefined) return;
  const { namespace, name } = splitKey(key);
  try {
    ctx.client.resource(endpoints).delete(namespace, name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
