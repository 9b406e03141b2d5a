/** Containers in descriptions. Upstream: kubectl pkg/describe/describe.go (describeContainers and below). */
import type {
  Container,
  ContainerPort,
  ContainerState,
  ContainerStatus,
  EnvFromSource,
  EnvVar,
  Pod,
  Probe,
  ResourceFieldSelector,
  ResourceRequirements,
} from "../../engine/api/generated/types.ts";
import { milliValue, quantityValue } from "../../engine/api/meta/quantity.ts";
import { type DescribeWriter, longTime } from "./writer.ts";

export interface ContainersOptions {
  title: string;
  /** Two spaces inside a pod template. */
  space?: string;
  statuses?: readonly ContainerStatus[];
  /** The pod itself, where fields of the environment are known. */
  pod?: Pod;
}

export function describeContainers(
  out: DescribeWriter,
  containers: readonly Container[],
  options: ContainersOptions,
): void {
  const { title, space = "", statuses = [], pod } = options;
  out.line(0, containers.length === 0 ? `${space}${title}: <none>` : `${space}${title}:`);
  for (const container of containers) {
    const status = statuses.find((entry) => entry.name === container.name);
    out.line(1, `${space === "" ? "" : " "}${container.name}:`);
    describeBasics(out, container, status);
    describeWords(out, "Command", container.command ?? []);
    describeWords(out, "Args", container.args ?? []);
    if (status !== undefined) describeState(out, status);
    describeResources(out, container, 2);
    for (const [name, probe] of [
      ["Liveness", container.livenessProbe],
      ["Readiness", container.readinessProbe],
      ["Startup", container.startupProbe],
    ] as const) {
      if (probe != null) out.line(2, `${name}:\t${probeText(probe)}`);
    }
    describeEnvFrom(out, container.envFrom ?? []);
    out.line(2, `Environment:${(container.env ?? []).length === 0 ? "\t<none>" : ""}`);
    for (const entry of container.env ?? []) describeEnv(out, entry, { pod, container });
    describeMounts(out, container);
  }
}

function describeBasics(out: DescribeWriter, container: Container, status: ContainerStatus | undefined): void {
  if (status !== undefined) out.line(2, `Container ID:\t${status.containerID ?? ""}`);
  out.line(2, `Image:\t${container.image ?? ""}`);
  if (status !== undefined) out.line(2, `Image ID:\t${status.imageID}`);
  const texts = (pick: (port: ContainerPort) => number): string =>
    (container.ports ?? []).map((port) => `${pick(port)}/${port.protocol ?? "TCP"}`).join(", ");
  const named = (container.ports ?? [])
    .map(
      (port) => `${port.containerPort}/${port.protocol ?? "TCP"}${(port.name ?? "") === "" ? "" : ` (${port.name})`}`,
    )
    .join(", ");
  const hosts = texts((port) => port.hostPort ?? 0);
  out.line(2, `${named.includes(",") ? "Ports" : "Port"}:\t${named || "<none>"}`);
  out.line(2, `${hosts.includes(",") ? "Host Ports" : "Host Port"}:\t${hosts || "<none>"}`);
  const seccomp = container.securityContext?.seccompProfile;
  if (seccomp != null) {
    out.line(2, `SeccompProfile:\t${seccomp.type}`);
    if (seccomp.type === "Localhost") out.line(3, `LocalhostProfile:\t${seccomp.localhostProfile ?? ""}`);
  }
}

function describeWords(out: DescribeWriter, title: string, words: readonly string[]): void {
  if (words.length === 0) return;
  out.line(2, `${title}:`);
  for (const word of words) for (const part of word.split("\n")) out.line(3, part);
}

function describeState(out: DescribeWriter, status: ContainerStatus): void {
  describeOneState(out, "State", status.state ?? {});
  if (status.lastState?.terminated != null) describeOneState(out, "Last State", status.lastState);
  out.line(2, `Ready:\t${status.ready ? "True" : "False"}`);
  out.line(2, `Restart Count:\t${status.restartCount}`);
}

function describeOneState(out: DescribeWriter, title: string, state: ContainerState): void {
  if (state.running != null) {
    out.line(2, `${title}:\tRunning`);
    out.line(3, `Started:\t${longTime(state.running.startedAt)}`);
  } else if (state.terminated != null) {
    const { reason, message, exitCode, signal, startedAt, finishedAt } = state.terminated;
    out.line(2, `${title}:\tTerminated`);
    if ((reason ?? "") !== "") out.line(3, `Reason:\t${reason}`);
    if ((message ?? "") !== "") out.line(3, `Message:\t${message}`);
    out.line(3, `Exit Code:\t${exitCode}`);
    if ((signal ?? 0) > 0) out.line(3, `Signal:\t${signal}`);
    out.line(3, `Started:\t${longTime(startedAt)}`);
    out.line(3, `Finished:\t${longTime(finishedAt)}`);
  } else {
    out.line(2, `${title}:\tWaiting`);
    if ((state.waiting?.reason ?? "") !== "") out.line(3, `Reason:\t${state.waiting?.reason}`);
  }
}

export function describeResources(
  out: DescribeWriter,
  { resources }: { resources?: ResourceRequirements | undefined },
  level: number,
): void {
  for (const [title, amounts] of [
    ["Limits", resources?.limits],
    ["Requests", resources?.requests],
  ] as const) {
    const names = Object.keys(amounts ?? {}).sort();
    if (names.length === 0) continue;
    out.line(level, `${title}:`);
    for (const name of names) out.line(level + 1, `${name}:\t${amounts?.[name]}`);
  }
}

export function probeText(probe: Probe): string {
  const {
    initialDelaySeconds = 0,
    timeoutSeconds = 0,
    periodSeconds = 0,
    successThreshold = 0,
    failureThreshold = 0,
  } = probe;
  const numbers = `delay=${initialDelaySeconds}s timeout=${timeoutSeconds}s period=${periodSeconds}s #success=${successThreshold} #failure=${failureThreshold}`;
  if (probe.exec != null) return `exec [${(probe.exec.command ?? []).join(" ")}] ${numbers}`;
  if (probe.httpGet != null) {
    const { scheme = "HTTP", host = "", port, path = "" } = probe.httpGet;
    const slash = path === "" || path.startsWith("/") ? path : `/${path}`;
    return `http-get ${scheme.toLowerCase()}://${host}:${port}${slash} ${numbers}`;
  }
  if (probe.tcpSocket != null) return `tcp-socket ${probe.tcpSocket.host ?? ""}:${probe.tcpSocket.port} ${numbers}`;
  if (probe.grpc != null) {
    const service = (probe.grpc.service ?? "") === "" ? "" : ` ${probe.grpc.service}`;
    return `grpc <pod>:${probe.grpc.port}${service} ${numbers}`;
  }
  return `unknown ${numbers}`;
}

function describeEnvFrom(out: DescribeWriter, sources: readonly EnvFromSource[]): void {
  if (sources.length === 0) return;
  out.line(2, "Environment Variables from:");
  for (const { configMapRef, secretRef, prefix } of sources) {
    const reference = configMapRef ?? secretRef;
    const kind = configMapRef == null ? "Secret" : "ConfigMap";
    const withPrefix = (prefix ?? "") === "" ? "" : ` with prefix '${prefix}'`;
    out.line(3, `${reference?.name ?? ""}\t${kind}${withPrefix}\tOptional: ${reference?.optional ?? false}`);
  }
}

function describeEnv(out: DescribeWriter, entry: EnvVar, of: { pod: Pod | undefined; container: Container }): void {
  const { pod, container } = of;
  const source = entry.valueFrom;
  if (source == null) {
    (entry.value ?? "")
      .split("\n")
      .forEach((part, index) => out.line(3, `${index === 0 ? `${entry.name}:` : ""}\t${part}`));
  } else if (source.fieldRef != null) {
    const { apiVersion = "v1", fieldPath } = source.fieldRef;
    out.line(3, `${entry.name}:\t${fieldValue(fieldPath, pod)} (${apiVersion}:${fieldPath})`);
  } else if (source.resourceFieldRef != null) {
    out.line(
      3,
      `${entry.name}:\t${resourceText(source.resourceFieldRef, container)} (${source.resourceFieldRef.resource})`,
    );
  } else if (source.secretKeyRef != null) {
    const { key, name = "", optional = false } = source.secretKeyRef;
    out.line(3, `${entry.name}:\t<set to the key '${key}' in secret '${name}'>\tOptional: ${optional}`);
  } else if (source.configMapKeyRef != null) {
    const { key, name = "", optional = false } = source.configMapKeyRef;
    out.line(3, `${entry.name}:\t<set to the key '${key}' of config map '${name}'>\tOptional: ${optional}`);
  }
}

/** A resource of the container in units of the divisor, rounded up; "" for what is no resource. */
function resourceText({ resource, divisor = "1" }: ResourceFieldSelector, { resources }: Container): string {
  const [, part, name = ""] = /^(limits|requests)\.(.+)$/.exec(resource) ?? [];
  if (part === undefined) return "";
  const amount = resources?.[part as "limits" | "requests"]?.[name] ?? "0";
  const unit = divisor === "0" ? "1" : divisor;
  const value =
    name === "cpu"
      ? Math.ceil(milliValue(amount) / milliValue(unit))
      : Math.ceil(quantityValue(amount) / quantityValue(unit));
  return value === 0 && part === "limits" && (name === "cpu" || name === "memory") ? "node allocatable" : String(value);
}

function fieldValue(path: string, pod: Pod | undefined): string {
  if (pod === undefined) return "";
  switch (path) {
    case "metadata.name":
      return pod.metadata.name;
    case "metadata.namespace":
      return String(pod.metadata.namespace);
    case "metadata.uid":
      return String(pod.metadata.uid);
    default:
      return "";
  }
}

function describeMounts(out: DescribeWriter, container: Container): void {
  const mounts = [...(container.volumeMounts ?? [])].sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1));
  out.line(2, `Mounts:${mounts.length === 0 ? "\t<none>" : ""}`);
  for (const mount of mounts) {
    const subPath = (mount.subPath ?? "") === "" ? [] : [`path=${JSON.stringify(mount.subPath)}`];
    out.line(
      3,
      `${mount.mountPath} from ${mount.name} (${[mount.readOnly === true ? "ro" : "rw", ...subPath].join(",")})`,
    );
  }
  const devices = container.volumeDevices ?? [];
  if (devices.length > 0) out.line(2, "Devices:");
  for (const device of devices) out.line(3, `${device.devicePath} from ${device.name}`);
}
