/** Keeps the EndpointSlices of services that select pods. Upstream: pkg/controller/endpointslice. */
import type { EndpointSlice, Node, Pod, Service } from "../../api/generated/types.ts";
import { controllerOf } from "../../api/meta/object.ts";
import { endpointSlices, nodes, pods, services } from "../../api/registry.ts";
import { deepEqual } from "../../base/json.ts";
import { SECOND } from "../../base/time.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { Expectations } from "../expectations.ts";
import type { ManagerSettings } from "../manager-settings.ts";
import { controllerReference, isNamespaceTerminating } from "../pod-control.ts";
import {
  endpointLabels,
  familiesOf,
  hasSelector,
  indexServicePods,
  podsOfService,
  servicePodHandler,
} from "../service-pods.ts";
import { TriggerTimes, withTriggerTime } from "../trigger-times.ts";
import { isNotFound, StatusError } from "../../api/meta/status-error.ts";
import { desiredGroups } from "./endpoints.ts";
import { planSlices } from "./plan.ts";
import { countsForZones, TopologyHints } from "./topology-hints.ts";

const SERVICE_NAME = "kubernetes.io/service-name";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const CONTROLLER_NAME = "endpointslice-controller.k8s.io";

export function endpointSliceController({ endpointsPerSlice: max }: ManagerSettings): ControllerDefinition<Service> {
  const expectations = new Expectations();
  const hints = new TopologyHints();
  const triggers = new TriggerTimes();
  return defineController<Service>({
    name: "endpointslice-controller",
    eventSource: "endpoint-slice-controller",
    for: services,
    owns: [endpointSlices as never],
    setup(informers, ctx) {
      indexServicePods(informers);
      const nodesChanged = (): void => {
        hints.nodesChanged();
        for (const key of hints.asking) ctx.enqueue(key);
      };
      informers.informer(nodes).addHandler({
        onAdd: nodesChanged,
        onDelete: nodesChanged,
        onUpdate: (node, old) => {
          if (countsForZones(node, old)) nodesChanged();
        },
      });
      informers.informer(pods).addHandler(servicePodHandler(ctx));
      informers.informer(endpointSlices).addHandler({
        onAdd: ({ metadata }) => {
          const service = metadata.labels?.[SERVICE_NAME];
          if (service !== undefined) expectations.creationObserved(`${metadata.namespace}/${service}`);
        },
      });
    },
    reconcile: (ctx, key) => reconcile(ctx, key, { expectations, hints, triggers, max }),
  });
}

function reconcile(
  ctx: ControllerContext,
  key: string,
  {
    expectations,
    hints,
    triggers,
    max,
  }: { expectations: Expectations; hints: TopologyHints; triggers: TriggerTimes; max: number },
): ReconcileResult {
  const service = ctx.lister(services).get(key);
  if (service === undefined) {
    expectations.forget(key);
    hints.forget(key);
    triggers.forget(key);
  }
  // Slices of a deleted service are the garbage collector's.
  if (service === undefined || !hasSelector(service)) return {};
  if (service.metadata.deletionTimestamp !== undefined) return {};
  // Slices made in the last pass are not in the informer yet: another pass would make them twice. They'll bring one.
  if (!expectations.satisfied(key, ctx.sim.now)) return {};
  const existing = ctx
    .lister(endpointSlices)
    .byIndex("controller", service.metadata.uid)
    .filter((slice) => isOurs(slice, service));
  const families = familiesOf(service);
  const selected = podsOfService(ctx, service);
  const trigger = triggers.latest(service, selected);
  const tally = { made: 0, missing: false };
  try {
    for (const family of families) {
      const ofFamily = existing.filter(({ addressType }) => addressType === family);
      reconcileFamily(ctx, service, { family, existing: ofFamily, selected, trigger, tally, hints, max });
    }
  } finally {
    if (tally.made > 0) expectations.expectCreations(key, tally.made, ctx.sim.now);
  }
  // A service may have lost a family.
  for (const slice of existing) if (!families.includes(slice.addressType)) remove(ctx, slice);
  return tally.missing ? { requeueAfter: SECOND, background: true } : {};
}

/** Counts the slices that it makes; `missing` is set when a pod was left out because its node is not known yet. */
function reconcileFamily(
  ctx: ControllerContext,
  service: Service,
  of: {
    family: string;
    existing: readonly EndpointSlice[];
    selected: readonly Pod[];
    trigger: string | undefined;
    tally: { made: number; missing: boolean };
    hints: TopologyHints;
    max: number;
  },
): void {
  const { family, existing, selected, trigger, tally, hints, max } = of;
  const nodeLister = ctx.lister(nodes);
  const node = (name: string): Node | undefined => nodeLister.get(name);
  const { groups, missing } = desiredGroups(service, selected, { family, node });
  const told = hints.apply(service, groups, { family, nodes: () => nodeLister.list() });
  if (told !== undefined) ctx.events.event(service, told.type, { reason: told.reason, message: told.message });
  const plan = planSlices(existing, groups, max);
  const client = ctx.client.resource<EndpointSlice>(endpointSlices);
  const labels = endpointLabels(service, { [SERVICE_NAME]: service.metadata.name, [MANAGED_BY]: CONTROLLER_NAME });
  tally.missing ||= missing;
  for (const { ports, endpoints } of plan.create)
    if (createSlice(ctx, service, { family, labels, trigger, ports, endpoints })) tally.made++;
  const updated = new Map(plan.update.map(({ slice, endpoints }) => [slice, endpoints]));
  for (const slice of existing) {
    const endpoints = updated.get(slice);
    if (plan.remove.includes(slice) || (endpoints === undefined && deepEqual(slice.metadata.labels, labels))) continue;
    const { annotations, ...rest } = slice.metadata;
    const metadata = { ...rest, ...annotated(annotations, trigger), labels };
    client.update({ ...slice, metadata, ...(endpoints !== undefined && { endpoints }) });
  }
  for (const slice of plan.remove) remove(ctx, slice);
}

function annotated(
  annotations: Readonly<Record<string, string>> | undefined,
  trigger: string | undefined,
): { annotations?: Record<string, string> } {
  const written = withTriggerTime(annotations, trigger);
  return Object.keys(written).length > 0 ? { annotations: written } : {};
}

function remove(ctx: ControllerContext, { metadata }: EndpointSlice): void {
  try {
    ctx.client.resource(endpointSlices).delete(metadata.namespace, metadata.name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function isOurs(slice: EndpointSlice, service: Service): boolean {
  return controllerOf(slice)?.uid === service.metadata.uid && slice.metadata.labels?.[MANAGED_BY] === CONTROLLER_NAME;
}

function createSlice(
  ctx: ControllerContext,
  service: Service,
  content: { family: string; labels: Record<string, string>; trigger: string | undefined } & Pick<
    EndpointSlice,
    "endpoints"
  > & {
      ports: readonly NonNullable<EndpointSlice["ports"]>[number][];
    },
): boolean {
  const { namespace, name } = service.metadata;
  try {
    ctx.client.resource<EndpointSlice>(endpointSlices).create({
      metadata: {
        generateName: `${name}-`,
        namespace,
        labels: content.labels,
        ...annotated(undefined, content.trigger),
        ownerReferences: [controllerReference(service)],
      },
      addressType: content.family,
      endpoints: content.endpoints ?? [],
      ports: [...content.ports],
    });
  } catch (error) {
    if (!(error instanceof StatusError && isNamespaceTerminating(error))) throw error;
    return false;
  }
  return true;
}
