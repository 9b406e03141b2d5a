/**
 * What the server warns of in pods and templates that it takes. Upstream: pkg/api/pod/warnings.go, pkg/api/node/util.go.
 * Simplified: no warning of AppArmor annotations and of claim templates' fractional sizes.
 */
import type {
  Container,
  ContainerPort,
  NodeSelectorTerm,
  ObjectMeta,
  PodAffinityTerm,
  PodSpec,
  PodTemplateSpec,
  ProjectedVolumeSource,
  Volume,
} from "../../generated/types.ts";
import { deepEqual } from "../../../base/json.ts";
import { milliValue } from "../../meta/quantity.ts";

const NODE_LABELS: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};
const USE_SYSCTLS = 'non-functional in v1.11+; use the "sysctls" field instead';
const ANNOTATIONS: Readonly<Record<string, string>> = {
  "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls": USE_SYSCTLS,
  "security.alpha.kubernetes.io/unsafe-sysctls": USE_SYSCTLS,
};
/** Field of a volume, the name that the warning gives it, and what became of it. */
const VOLUMES: readonly (readonly [keyof Volume, string, string])[] = [
  ["photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["gitRepo", "gitRepo", "deprecated in v1.11"],
  ["scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"],
  ["storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"],
  ["quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  ["cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"],
];
const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
const USE_SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const WHOLE_BYTES = ["memory", "ephemeral-storage"] as const;

/** Of objects with a template in their spec, at create and when the spec changed. */
export function workloadWarnings<T extends { spec: { template?: PodTemplateSpec | undefined } }>(
  { spec }: T,
  old: T | undefined,
): string[] {
  return old === undefined || !deepEqual(spec, old.spec) ? templateWarnings(spec.template, "spec.template") : [];
}

/** Of `template` at `path` (`spec.template`). */
export function templateWarnings(template: PodTemplateSpec | undefined, path: string): string[] {
  if (template?.spec === undefined) return [];
  return podWarnings(template.spec, template.metadata ?? {}, `${path}.`);
}

/** Specs without a cause for warnings: pods of one template share theirs. */
const clean = new WeakSet<PodSpec>();

/** `prefix` is what stands before `spec` and `metadata`: "" for a pod. */
export function podWarnings(spec: PodSpec, metadata: Partial<ObjectMeta>, prefix = ""): string[] {
  if (metadata.annotations === undefined && clean.has(spec)) return [];
  const warnings = allWarnings(spec, metadata, prefix);
  if (warnings.length === 0) clean.add(spec);
  return warnings;
}

function allWarnings(spec: PodSpec, metadata: Partial<ObjectMeta>, prefix: string): string[] {
  const at = `${prefix}spec`;
  return [
    ...schedulingWarnings(spec, at),
    ...annotationWarnings(spec, metadata.annotations ?? {}, `${prefix}metadata.annotations`),
    ...volumeWarnings(spec.volumes ?? [], `${at}.volumes`),
    ...listWarnings(spec, at),
    ...visit(spec, at).flatMap(([container, path]) => containerWarnings(container, path)),
    ...portWarnings(spec, at),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [`${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...affinityWarnings(spec, at),
  ];
}

function visit(spec: PodSpec, at: string): [Container, string][] {
  const lists = ["initContainers", "containers", "ephemeralContainers"] as const;
  return lists.flatMap((list) =>
    ((spec[list] ?? []) as Container[]).map((item, index): [Container, string] => [item, `${at}.${list}[${index}]`]),
  );
}

function schedulingWarnings(spec: PodSpec, at: string): string[] {
  const warnings: string[] = [];
  for (const label in spec.nodeSelector) {
    if (NODE_LABELS[label] !== undefined) warnings.push(`${at}.nodeSelector[${label}]: ${NODE_LABELS[label]}`);
  }
  const {
    requiredDuringSchedulingIgnoredDuringExecution: required,
    preferredDuringSchedulingIgnoredDuringExecution: preferred,
  } = spec.affinity?.nodeAffinity ?? {};
  const path = `${at}.affinity.nodeAffinity`;
  for (const [index, term] of (required?.nodeSelectorTerms ?? []).entries()) {
    const where = `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${index}]`;
    warnings.push(...termWarnings(term, where));
  }
  for (const [index, { preference }] of (preferred ?? []).entries()) {
    const where = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}].preference`;
    warnings.push(...termWarnings(preference, where));
  }
  for (const [index, { topologyKey, labelSelector }] of (spec.topologySpreadConstraints ?? []).entries()) {
    const where = `${at}.topologySpreadConstraints[${index}]`;
    const label = NODE_LABELS[topologyKey];
    if (label !== undefined) warnings.push(`${where}.topologyKey: ${topologyKey} is ${label}`);
    if (labelSelector === undefined) warnings.push(`${where}.labelSelector: ${MATCHES_NOTHING}`);
  }
  return warnings;
}

const MATCHES_NOTHING = "a null labelSelector results in matching no pod";

function termWarnings(term: NodeSelectorTerm | undefined, at: string): string[] {
  return (term?.matchExpressions ?? []).flatMap(({ key }, index) => {
    const label = NODE_LABELS[key];
    return label === undefined ? [] : [`${at}.matchExpressions[${index}].key: ${key} is ${label}`];
  });
}

function annotationWarnings(spec: PodSpec, annotations: Readonly<Record<string, string>>, at: string): string[] {
  const warnings = Object.entries(ANNOTATIONS)
    .filter(([key]) => annotations[key] !== undefined)
    .map(([key, text]) => `${at}[${key}]: ${text}`);
  if (spec.securityContext?.seccompProfile === undefined && annotations[SECCOMP_POD] !== undefined) {
    warnings.push(`${at}[${SECCOMP_POD}]: ${USE_SECCOMP}`);
  }
  for (const [{ name, securityContext }] of visit(spec, "")) {
    const key = SECCOMP_CONTAINER + name;
    if (securityContext?.seccompProfile === undefined && annotations[key] !== undefined) {
      warnings.push(`${at}[${key}]: ${USE_SECCOMP}`);
    }
  }
  return warnings;
}

function volumeWarnings(volumes: readonly Volume[], at: string): string[] {
  const warnings = volumes.flatMap((volume, index) =>
    VOLUMES.filter(([field]) => volume[field] !== undefined).map(
      ([, name, text]) => `${at}[${index}].${name}: ${text}`,
    ),
  );
  const tokens = new Set<string>();
  for (const { projected } of volumes) {
    for (const { serviceAccountToken } of projected?.sources ?? []) {
      if (serviceAccountToken !== undefined) tokens.add(serviceAccountToken.path);
    }
  }
  if (tokens.size === 0) return warnings;
  for (const [index, { projected }] of volumes.entries()) {
    if (projected !== undefined)
      warnings.push(...projectedWarnings(projected, `${at}[${index}].projected.sources`, tokens));
  }
  return warnings;
}

function projectedWarnings({ sources = [] }: ProjectedVolumeSource, at: string, tokens: ReadonlySet<string>): string[] {
  const warnings: string[] = [];
  const check = (path: string | undefined, where: string): void => {
    if (path === undefined || !tokens.has(path)) return;
    warnings.push(`${at}.${where}: has duplicated path with ServiceAccountToken ${JSON.stringify(path)}`);
  };
  for (const { configMap, secret, downwardAPI, clusterTrustBundle } of sources) {
    for (const [index, { path }] of (configMap?.items ?? []).entries()) check(path, `configMap[${index}]`);
    for (const [index, { path }] of (secret?.items ?? []).entries()) check(path, `secrets[${index}]`);
    for (const [index, { path }] of (downwardAPI?.items ?? []).entries()) check(path, `downwardAPI[${index}]`);
    check(clusterTrustBundle?.path, "ClusterTrustBundle");
  }
  return warnings;
}

function listWarnings(spec: PodSpec, at: string): string[] {
  const { hostAliases = [], imagePullSecrets = [], overhead } = spec;
  return [
    ...repeated(hostAliases.map(({ ip }) => ip)).map(
      ([index, ip]) => `${at}.hostAliases[${index}].ip: duplicate ip ${JSON.stringify(ip)}`,
    ),
    ...repeated(imagePullSecrets.map(({ name = "" }) => name)).map(
      ([index, name]) => `${at}.imagePullSecrets[${index}].name: duplicate name ${JSON.stringify(name)}`,
    ),
    ...imagePullSecrets.flatMap(({ name = "" }, index) =>
      name === "" ? [`${at}.imagePullSecrets[${index}].name: invalid empty name ""`] : [],
    ),
    ...fractions(overhead, `${at}.overhead`),
  ];
}

function repeated(values: readonly string[]): [number, string][] {
  return [...values.entries()].filter(([index, value]) => values.indexOf(value) < index);
}

function fractions(quantities: Readonly<Record<string, string>> | undefined, at: string): string[] {
  return WHOLE_BYTES.flatMap((name) => {
    const value = quantities?.[name];
    if (value === undefined || milliValue(value) % 1000 === 0) return [];
    return [`${at}[${name}]: fractional byte value ${JSON.stringify(value)} is invalid, must be an integer`];
  });
}

function containerWarnings({ resources, env = [] }: Container, at: string): string[] {
  const warnings = [
    ...fractions(resources?.limits, `${at}.resources.limits`),
    ...fractions(resources?.requests, `${at}.resources.requests`),
  ];
  for (const [index, name] of repeated(env.map((item) => item.name))) {
    const { value = "", valueFrom } = env[index] ?? {};
    const reference = `$(${name})`;
    // X="$(X)/more" builds on the earlier one.
    if (valueFrom === undefined && value !== reference && value.includes(reference)) continue;
    const which = JSON.stringify(name);
    warnings.push(`${at}.env[${index}]: hides previous definition of ${which}, which may be dropped when using apply`);
  }
  return warnings;
}

function portWarnings(spec: PodSpec, at: string): string[] {
  const warnings: string[] = [];
  const known = new Map<string, { port: ContainerPort; path: string }[]>();
  for (const [{ ports = [] }, container] of visit(spec, at)) {
    for (const [index, port] of ports.entries()) {
      const path = `${container}.ports[${index}]`;
      const key = `${port.containerPort}/${port.protocol}`;
      const others = known.get(key) ?? [];
      for (const other of others) {
        const how = portConflict(port, other.port);
        if (how !== undefined) warnings.push(`${path}: ${how} port definition with ${other.path}`);
      }
      known.set(key, [...others, { port, path }]);
    }
  }
  return warnings;
}

function portConflict(port: ContainerPort, other: ContainerPort): string | undefined {
  const [ip, otherIp] = [port.hostIP ?? "", other.hostIP ?? ""];
  const [host, otherHost] = [port.hostPort ?? 0, other.hostPort ?? 0];
  if (ip === otherIp && host === otherHost) return "duplicate";
  if (host === 0 || otherHost === 0) return "overlapping";
  return host === otherHost && (ip === "") !== (otherIp === "") ? "dangerously ambiguous" : undefined;
}

function affinityWarnings(spec: PodSpec, at: string): string[] {
  return (["podAffinity", "podAntiAffinity"] as const).flatMap((kind) => {
    const {
      requiredDuringSchedulingIgnoredDuringExecution: required = [],
      preferredDuringSchedulingIgnoredDuringExecution: preferred = [],
    } = spec.affinity?.[kind] ?? {};
    const path = `${at}.affinity.${kind}`;
    return [
      ...unselective(required, (index) => `${path}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`),
      ...unselective(
        preferred.map(({ podAffinityTerm }) => podAffinityTerm),
        (index) => `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}].podAffinityTerm`,
      ),
    ];
  });
}

function unselective(terms: readonly PodAffinityTerm[], where: (index: number) => string): string[] {
  return terms.flatMap(({ labelSelector }, index) =>
    labelSelector === undefined ? [`${where(index)}.labelSelector: ${MATCHES_NOTHING}`] : [],
  );
}
