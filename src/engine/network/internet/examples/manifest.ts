/** What the documentation's examples are made of: objects as one writes them, with the short forms that most of them share. */
import type {
  Container,
  ContainerPort,
  DaemonSetSpec,
  DeploymentSpec,
  EnvVar,
  EnvVarSource,
  JobSpec,
  LabelSelector,
  LimitRangeItem,
  NetworkPolicySpec,
  PersistentVolumeClaimSpec,
  PodSpec,
  ResourceRequirements,
  ServicePort,
  ServiceSpec,
  StatefulSetSpec,
  Volume,
  VolumeMount,
} from "../../../api/generated/types.ts";

export type Labels = Record<string, string>;

interface Meta {
  name: string;
  namespace?: string;
  labels?: Labels;
  annotations?: Labels;
}
/** An object's name alone, or what else its metadata has. */
export type Named = string | Meta;

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: Meta;
}

/** The documents of each example by its path below `examples/`; made when somebody asks for one. */
export type Examples = Record<string, () => readonly object[]>;

/** `type`: `apps/v1 Deployment`. */
export function object(type: string, named: Named, fields: object): Manifest {
  const [apiVersion = "", kind = ""] = type.split(" ");
  return { apiVersion, kind, metadata: typeof named === "string" ? { name: named } : named, ...fields };
}

export function pod(named: Named, containers: Container | Container[], more: Partial<PodSpec> = {}): Manifest {
  return object("v1 Pod", named, { spec: podSpec(containers, more) });
}

export function podSpec(containers: Container | Container[], more: Partial<PodSpec> = {}): PodSpec {
  return { containers: Array.isArray(containers) ? containers : [containers], ...more };
}

export function container(name: string, image: string, more: Partial<Container> = {}): Container {
  return { name, image, ...more };
}

/** What a controller makes pods of: their labels, which its selector asks for unless it is said, and their spec. */
interface Template {
  labels: Labels;
  selects?: Labels;
  pod: PodSpec;
}

function withTemplate({ labels, selects = labels, pod, ...more }: Template & object): object {
  return { ...more, selector: { matchLabels: selects }, template: { metadata: { labels }, spec: pod } };
}

export function deployment(named: Named, spec: Template & Partial<DeploymentSpec>): Manifest {
  return object("apps/v1 Deployment", named, { spec: withTemplate(spec) });
}

export function daemonSet(named: Named, spec: Template & Partial<DaemonSetSpec>): Manifest {
  return object("apps/v1 DaemonSet", named, { spec: withTemplate(spec) });
}

export function replicaSet(named: Named, spec: Template & { replicas: number }): Manifest {
  return object("apps/v1 ReplicaSet", named, { spec: withTemplate(spec) });
}

/** `claims`: what it claims for each pod, by name. */
export function statefulSet(
  named: Named,
  spec: Template & Partial<StatefulSetSpec> & { claims?: Record<string, PersistentVolumeClaimSpec> },
): Manifest {
  const { claims = {}, ...rest } = spec;
  const volumeClaimTemplates = Object.entries(claims).map(([name, each]) => ({ metadata: { name }, spec: each }));
  const more = volumeClaimTemplates.length > 0 ? { volumeClaimTemplates } : {};
  return object("apps/v1 StatefulSet", named, { spec: { ...withTemplate(rest), ...more } });
}

export function job(named: Named, podOfIt: PodSpec, more: Partial<JobSpec> = {}): Manifest {
  return object("batch/v1 Job", named, { spec: { ...more, template: { spec: podOfIt } } });
}

export function service(
  named: Named,
  selector: Labels,
  more: { port: number | ServicePort[] } & ServiceSpec,
): Manifest {
  const { port, ...rest } = more;
  const servicePorts = typeof port === "number" ? [{ port }] : port;
  return object("v1 Service", named, { spec: { ...rest, selector, ports: servicePorts } });
}

/** Of one gibibyte or so, for one node. */
export function claimSpec(storage: string, more: PersistentVolumeClaimSpec = {}): PersistentVolumeClaimSpec {
  return { accessModes: ["ReadWriteOnce"], ...more, resources: { requests: { storage } } };
}

export function claim(named: Named, storage: string, more: PersistentVolumeClaimSpec = {}): Manifest {
  return object("v1 PersistentVolumeClaim", named, { spec: claimSpec(storage, more) });
}

export function configMap(named: Named, data: Labels): Manifest {
  return object("v1 ConfigMap", named, { data });
}

export function networkPolicy(named: Named, spec: NetworkPolicySpec): Manifest {
  return object("networking.k8s.io/v1 NetworkPolicy", named, { spec });
}

export function limitRange(named: Named, limits: Omit<LimitRangeItem, "type">, type = "Container"): Manifest {
  return object("v1 LimitRange", named, { spec: { limits: [{ ...limits, type }] } });
}

/* ---- Parts of a container ---- */

export function ports(...numbers: number[]): ContainerPort[] {
  return numbers.map((containerPort) => ({ containerPort }));
}

/** `{ client: 2181 }` */
export function namedPorts(numbers: Record<string, number>): ContainerPort[] {
  return Object.entries(numbers).map(([name, containerPort]) => ({ name, containerPort }));
}

export function shell(script: string, sh = "sh"): string[] {
  return [sh, "-c", script];
}

/** Variables by name, with their value or where it comes from. */
export function env(variables: Record<string, string | EnvVarSource>): EnvVar[] {
  return Object.entries(variables).map(([name, value]) =>
    typeof value === "string" ? { name, value } : { name, valueFrom: value },
  );
}

export function resources(requests: Labels | undefined, limits?: Labels): ResourceRequirements {
  return { ...(limits && { limits }), ...(requests && { requests }) };
}

/** Where volumes are mounted, by their name. */
export function mounts(paths: Record<string, string>, more: Partial<VolumeMount> = {}): VolumeMount[] {
  return Object.entries(paths).map(([name, mountPath]) => ({ name, mountPath, ...more }));
}

export function emptyDir(name: string): Volume {
  return { name, emptyDir: {} };
}

export function ofClaim(name: string, claimName: string): Volume {
  return { name, persistentVolumeClaim: { claimName } };
}

export function hostPath(name: string, path: string): Volume {
  return { name, hostPath: { path } };
}

export function keyIn(key: string, values: string[]): LabelSelector & { matchExpressions: object[] } {
  return { matchExpressions: [{ key, operator: "In", values }] };
}
