/**
 * Shows Endpoints that somebody keeps by hand, for a service without selector, as EndpointSlices.
 * Upstream: pkg/controller/endpointslicemirroring.
 */
import type { Endpoints, EndpointSlice, Service } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { isNotFound, StatusError } from "../../api/meta/status-error.ts";
import { endpoints, endpointSlices, services } from "../../api/registry.ts";
import { deepEqual } from "../../base/json.ts";
import { defineController } from "../define-controller.ts";
import type {
  ControllerContext,
  ControllerDefinition,
  ControllerWatch,
  ReconcileResult,
} from "../define-controller.ts";
import { Expectations } from "../expectations.ts";
import { controllerReference, isNamespaceTerminating } from "../pod-control.ts";
import { hasSelector } from "../service-pods.ts";
import { desiredMirrors } from "./mirrors.ts";
import type { Mirror } from "./mirrors.ts";

const SERVICE_NAME = "kubernetes.io/service-name";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const CONTROLLER_NAME = "endpointslicemirroring-controller.k8s.io";
const SKIP_MIRROR = "endpointslice.kubernetes.io/skip-mirror";
/** Endpoints that components of old elected their leader with. */
const LEADER = "control-plane.alpha.kubernetes.io/leader";
/** Annotations that say something of the Endpoints alone. */
const OWN_ANNOTATIONS: ReadonlySet<string> = new Set([
  "endpoints.kubernetes.io/last-change-trigger-time",
  "kubectl.kubernetes.io/last-applied-configuration",
]);

const serviceWatch: ControllerWatch<Service> = {
  resource: services,
  keys: (service, ctx) => (ctx.lister(endpoints).get(keyOf(service)) === undefined ? [] : [keyOf(service)]),
};

export function endpointSliceMirroringController(): ControllerDefinition<Endpoints> {
  const expectations = new Expectations();
  return defineController<Endpoints>({
    name: "endpointslice-mirroring-controller",
    account: "endpointslicemirroring-controller",
    for: endpoints,
    // Those that controllers keep are most of all.
    keys: (object, ctx) => (isCandidate(object, ctx) ? [keyOf(object)] : []),
    owns: [endpointSlices as never],
    watches: [serviceWatch as ControllerWatch],
    setup(informers) {
      informers.informer(endpointSlices).addHandler({
        onAdd: ({ metadata }) => {
          const service = metadata.labels?.[SERVICE_NAME];
          if (service !== undefined) expectations.creationObserved(`${metadata.namespace}/${service}`);
        },
      });
    },
    reconcile: (ctx, key) => reconcile(ctx, key, expectations),
  });
}

function isCandidate(object: Endpoints, ctx: ControllerContext): boolean {
  if (!isMirrored(object)) return false;
  const service = ctx.lister(services).get(keyOf(object));
  return service === undefined || !hasSelector(service);
}

function isMirrored({ metadata }: Endpoints): boolean {
  return metadata.labels?.[SKIP_MIRROR] !== "true" && metadata.annotations?.[LEADER] === undefined;
}

function reconcile(ctx: ControllerContext, key: string, expectations: Expectations): ReconcileResult {
  const object = ctx.lister(endpoints).get(key);
  // Slices of Endpoints that are gone are the garbage collector's.
  if (object === undefined) return {};
  if (!expectations.satisfied(key, ctx.sim.now)) return {};
  const existing = ctx
    .lister(endpointSlices)
    .byIndex("controller", object.metadata.uid)
    .filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === CONTROLLER_NAME);
  const service = ctx.lister(services).get(key);
  const wanted = service !== undefined && !hasSelector(service) && isMirrored(object);
  const mirrors = wanted ? desiredMirrors(object) : [];
  const surplus = new Set(existing);
  let made = 0;
  for (const mirror of mirrors) {
    const present = existing.find((slice) => surplus.has(slice) && isFor(slice, mirror));
    if (present === undefined) made += Number(create(ctx, object, mirror));
    else {
      surplus.delete(present);
      update(ctx, object, { present, mirror });
    }
  }
  if (made > 0) expectations.expectCreations(key, made, ctx.sim.now);
  for (const { metadata } of surplus) remove(ctx, metadata);
  return {};
}

function isFor(slice: EndpointSlice, mirror: Mirror): boolean {
  return slice.addressType === mirror.addressType && deepEqual(slice.ports ?? [], mirror.ports);
}

function metadataOf({ metadata }: Endpoints): { labels: Record<string, string>; annotations?: Record<string, string> } {
  const own = Object.entries(metadata.annotations ?? {}).filter(([name]) => !OWN_ANNOTATIONS.has(name));
  return {
    labels: { ...metadata.labels, [SERVICE_NAME]: metadata.name, [MANAGED_BY]: CONTROLLER_NAME },
    ...(own.length > 0 && { annotations: Object.fromEntries(own) }),
  };
}

function create(ctx: ControllerContext, object: Endpoints, mirror: Mirror): boolean {
  const { namespace, name } = object.metadata;
  try {
    ctx.client.resource(endpointSlices).create({
      metadata: {
        generateName: `${name}-`,
        namespace,
        ownerReferences: [controllerReference(object)],
        ...metadataOf(object),
      },
      ...mirror,
    });
  } catch (error) {
    if (!(error instanceof StatusError && isNamespaceTerminating(error))) throw error;
    return false;
  }
  return true;
}

function update(
  ctx: ControllerContext,
  object: Endpoints,
  { present, mirror }: { present: EndpointSlice; mirror: Mirror },
): void {
  const { labels, annotations } = metadataOf(object);
  const { labels: oldLabels, annotations: oldAnnotations, ...rest } = present.metadata;
  const isSame =
    deepEqual(present.endpoints ?? [], mirror.endpoints) &&
    deepEqual(oldLabels, labels) &&
    deepEqual(oldAnnotations, annotations);
  if (isSame) return;
  const metadata = { ...rest, labels, ...(annotations !== undefined && { annotations }) };
  ctx.client.resource(endpointSlices).update({ ...present, metadata, endpoints: mirror.endpoints });
}

function remove(ctx: ControllerContext, { namespace, name }: EndpointSlice["metadata"]): void {
  try {
    ctx.client.resource(endpointSlices).delete(namespace, name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
