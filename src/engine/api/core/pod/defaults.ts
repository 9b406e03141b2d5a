/**
 * Defaults of pods and pod templates. Upstream: pkg/apis/core/v1/defaults.go, zz_generated.defaults.go, conversion.go.
 *
 * Everything is kept by the identity of the spec: a thousand pods that share their template's spec are defaulted once.
 */
import { deepEqual } from "../../../base/json.ts";
import type {
  Container,
  EphemeralContainer,
  Lifecycle,
  LifecycleHandler,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Probe,
  ResourceFieldSelector,
  ResourceRequirements,
  Volume,
  VolumeProjection,
} from "../../generated/types.ts";
import { defaultVolumeSource } from "../default-volume-source.ts";
import { defaultClaimSpec } from "../persistent-volume-claim/default-spec.ts";
import { parseImageName } from "../../meta/image-name.ts";
import { canonicalQuantity, formatQuantity, parseQuantity, roundUpQuantity } from "../../meta/quantity.ts";
import { podTotals } from "./totals.ts";
import { fill, fillZero, mapField, mapShared, memoizeIdempotent, withFields } from "../../meta/share.ts";

const NO_RESOURCES: ResourceRequirements = Object.freeze({});
const NO_SECURITY_CONTEXT = Object.freeze({});
const FILE_MODE = 0o644;

/** A body without spec: validation then says what is missing. */
const NO_SPEC: PodSpec = Object.freeze({ containers: [] });

type AnyContainer = Container | EphemeralContainer;

/** Defaults of a pod. Idempotent; the same object when there is nothing to fill in. */
export function defaultPod(pod: Pod): Pod {
  const spec = defaultPodSpec(pod.spec ?? NO_SPEC);
  return spec === pod.spec && pod.status !== undefined ? pod : { ...pod, spec, status: pod.status ?? {} };
}

/** Defaults of the template of a workload: those of a pod without what only a pod gets. */
export function defaultPodTemplate(template: PodTemplateSpec): PodTemplateSpec {
  const spec = defaultTemplateSpec(template.spec ?? NO_SPEC);
  return spec === template.spec ? template : { ...template, spec };
}

/** Spec of a template (upstream's SetDefaults_PodSpec and what lies below). */
export const defaultTemplateSpec = memoizeIdempotent((spec: PodSpec): PodSpec => {
  let result = fill(spec, {
    dnsPolicy: "ClusterFirst",
    restartPolicy: "Always",
    securityContext: NO_SECURITY_CONTEXT,
    terminationGracePeriodSeconds: 30,
    schedulerName: "default-scheduler",
  });
  // The old name of the field is kept equal to the new one (upstream: conversion.go).
  const account = result.serviceAccountName || result.serviceAccount || undefined;
  result = withFields(result, { serviceAccountName: account, serviceAccount: account });
  result = mapField(result, "containers", (list) => mapShared(list, defaultContainer));
  result = mapField(result, "initContainers", (list) => mapShared(list, defaultContainer));
  result = mapField(result, "ephemeralContainers", (list) => mapShared(list, defaultContainer));
  return mapField(result, "volumes", (list) => mapShared(list, defaultVolume));
});

/** Spec of a pod (upstream's SetDefaults_Pod after SetDefaults_PodSpec). */
export const defaultPodSpec = memoizeIdempotent((spec: PodSpec): PodSpec => {
  let result = fill(defaultTemplateSpec(spec), { enableServiceLinks: true });
  const finish = (container: Container): Container => {
    const limited = mapField(container, "resources", requestsFromLimits);
    return result.hostNetwork === true ? withHostPorts(limited) : limited;
  };
  const finishAll = (list: Container[]): Container[] => mapShared(list, finish);
  result = mapField(result, "containers", finishAll);
  result = mapField(result, "initContainers", finishAll);
  return mapField(result, "resources", (own) => {
    try {
      return defaultOwnResources(own, { ...result, resources: undefined });
    } catch {
      // Validation says which amounts are none.
      return own;
    }
  });
});

/** What the pod as a whole asks for, where it says a part of it: huge pages and requests as its containers need. */
function defaultOwnResources(own: ResourceRequirements, containers: PodSpec): ResourceRequirements {
  const requests = { ...own.requests };
  const limits = { ...own.limits };
  if (Object.keys(requests).length === 0 && Object.keys(limits).length === 0) return own;
  for (const [name, amount] of Object.entries(podTotals(containers, "limits"))) {
    if (isHugePages(name) && requests[name] === undefined) limits[name] ??= amount;
  }
  if (Object.keys(limits).length > 0) {
    for (const [name, amount] of Object.entries(podTotals(containers, "requests"))) {
      if (name === "cpu" || name === "memory") requests[name] ??= amount;
    }
    for (const [name, amount] of Object.entries(limits)) {
      if (name === "cpu" || name === "memory" || isHugePages(name)) requests[name] ??= amount;
    }
  }
  const filled = { ...own, ...someAmounts("limits", limits), ...someAmounts("requests", requests) };
  return deepEqual(filled, own) ? own : filled;
}

function isHugePages(resource: string): boolean {
  return resource.startsWith("hugepages-");
}

function someAmounts(field: "limits" | "requests", amounts: Record<string, string>): Partial<ResourceRequirements> {
  return Object.keys(amounts).length > 0 ? { [field]: amounts } : {};
}

function requestsFromLimits(resources: ResourceRequirements): ResourceRequirements {
  const { limits, requests = {} } = resources;
  if (limits === undefined) return resources;
  const missing = Object.keys(limits).filter((name) => requests[name] === undefined);
  if (missing.length === 0) return resources;
  const filled = { ...requests };
  for (const name of missing) filled[name] = limits[name] as string;
  return { ...resources, requests: filled };
}

function withHostPorts(container: Container): Container {
  return mapField(container, "ports", (ports) =>
    mapShared(ports, (port) => fillZero(port, { hostPort: port.containerPort })),
  );
}

/** `Always` for the tag `latest`, written or implied; else `IfNotPresent`. */
export function defaultPullPolicy(image: string): "Always" | "IfNotPresent" {
  return parseImageName(image)?.tag === "latest" ? "Always" : "IfNotPresent";
}

function defaultContainer<C extends AnyContainer>(container: C): C {
  let result: AnyContainer = fill<AnyContainer>(container, {
    imagePullPolicy: defaultPullPolicy(container.image ?? ""),
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    resources: NO_RESOURCES,
  });
  result = mapField(result, "ports", (ports) => mapShared(ports, (port) => fill(port, { protocol: "TCP" })));
  result = mapField(result, "resources", defaultResources);
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"] as const) {
    result = mapField(result, probe, defaultProbe);
  }
  result = mapField(result, "lifecycle", defaultLifecycle);
  result = mapField(result, "env", (list) =>
    mapShared(list, (item) =>
      mapField(item, "valueFrom", (source) =>
        mapField(defaultDivisor(source), "fieldRef", (reference) => fill(reference, { apiVersion: "v1" })),
      ),
    ),
  );
  return result as C;
}

/** `divisor: 0` is how upstream shows that none was given. */
function defaultDivisor<S extends { resourceFieldRef?: ResourceFieldSelector | undefined }>(source: S): S {
  const fillDivisor = (reference: ResourceFieldSelector): ResourceFieldSelector => fill(reference, { divisor: "0" });
  return mapField(
    source,
    "resourceFieldRef",
    fillDivisor as (value: NonNullable<S["resourceFieldRef"]>) => typeof value,
  );
}

function defaultResources(resources: ResourceRequirements): ResourceRequirements {
  return mapField(mapField(resources, "limits", roundToMilli), "requests", roundToMilli);
}

/** Resource values are rounded up to thousandths and take their canonical form. */
function roundToMilli(list: Record<string, string>): Record<string, string> {
  let result = list;
  for (const name in list) {
    const text = list[name] as string;
    const rounded = roundedText(text);
    if (rounded === text) continue;
    if (result === list) result = { ...list };
    result[name] = rounded;
  }
  return result;
}

function roundedText(text: string): string {
  try {
    const { quantity, exact } = roundUpQuantity(parseQuantity(text), -3);
    return exact ? canonicalQuantity(text) : formatQuantity(quantity);
  } catch {
    return text;
  }
}

function defaultProbe(probe: Probe): Probe {
  const filled = fillZero(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  const handler = mapField(filled, "grpc", (grpc) => (grpc.service === undefined ? { ...grpc, service: "" } : grpc));
  return mapField(handler, "httpGet", (action) => fill(action, { path: "/", scheme: "HTTP" }));
}

function defaultLifecycle(lifecycle: Lifecycle): Lifecycle {
  const handler = (hook: LifecycleHandler): LifecycleHandler =>
    mapField(hook, "httpGet", (action) => fill(action, { path: "/", scheme: "HTTP" }));
  return mapField(mapField(lifecycle, "postStart", handler), "preStop", handler);
}

function defaultVolume(volume: Volume): Volume {
  if (Object.keys(volume).every((key) => key === "name" || volume[key as keyof Volume] === undefined)) {
    return { ...volume, emptyDir: {} };
  }
  let result = mapField(volume, "secret", (source) => fill(source, { defaultMode: FILE_MODE }));
  result = mapField(result, "configMap", (source) => fill(source, { defaultMode: FILE_MODE }));
  result = mapField(result, "downwardAPI", (source) => fill(source, { defaultMode: FILE_MODE }));
  result = mapField(result, "downwardAPI", defaultDownward);
  result = defaultVolumeSource(result);
  result = mapField(result, "ephemeral", (source) =>
    mapField(source, "volumeClaimTemplate", (template) => mapField(template, "spec", defaultClaimSpec)),
  );
  result = mapField(result, "image", (source) =>
    fill(source, { pullPolicy: defaultPullPolicy(source.reference ?? "") }),
  );
  return mapField(result, "projected", (source) =>
    mapField(fill(source, { defaultMode: FILE_MODE }), "sources", (list) => mapShared(list, defaultProjection)),
  );
}

function defaultProjection(projection: VolumeProjection): VolumeProjection {
  const result = mapField(projection, "serviceAccountToken", (token) => fill(token, { expirationSeconds: 3600 }));
  return mapField(result, "downwardAPI", defaultDownward);
}

function defaultDownward<S extends { items?: NonNullable<Volume["downwardAPI"]>["items"] }>(source: S): S {
  return mapField(
    source,
    "items",
    (items) =>
      mapShared(items as NonNullable<typeof items>, (item) =>
        mapField(defaultDivisor(item), "fieldRef", (reference) => fill(reference, { apiVersion: "v1" })),
      ) as NonNullable<S["items"]>,
  );
}
