/** Why a service leads nowhere: its selector, its pods' readiness, its ports, its traffic policy. */
import { isPodActive, isPodReady } from "../api/core/pod/conditions.ts";
import type { Deployment, Pod, ReplicaSet, Service, ServicePort } from "../api/generated/types.ts";
import { controllerOf } from "../api/meta/object.ts";
import { selectorFromLabels } from "../api/meta/selectors.ts";
import { deployments, pods, replicaSets, services } from "../api/registry.ts";
import type { Station } from "../network/station.ts";
import type { Trace } from "../network/trace.ts";
import type { Explanation } from "./explanation.ts";
import type { ClusterFacts } from "./facts.ts";
import { found } from "./explanation.ts";
import { distance, nearest } from "./nearest.ts";

interface Looking {
  facts: ClusterFacts;
  trace: Trace;
}

/** `-n shop`, with a blank before it; nothing for the default namespace. */
export function inNamespace(namespace: string): string {
  return namespace === "default" ? "" : ` -n ${namespace}`;
}

export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

/** A service of that `namespace/name` that has no endpoint which could be used. */
export function explainService(key: string, looking: Looking): Explanation | undefined {
  const { facts, trace } = looking;
  const [namespace = "", name = ""] = key.split("/");
  const service = facts.get(services, namespace, name);
  if (service === undefined) return undefined;
  if (trace.rule?.hasEndpoints === true && trace.proxy === undefined) {
    return found({ cause: "no-healthy-node", change: "nodes-for-balancer" }, { service: key });
  }
  if (trace.rule?.hasEndpoints === true) return localPolicy(service, trace);
  return explainNoEndpoints(service, portIndex(service, trace), facts);
}

/** Why none of a service's endpoints can be used; `index` is that of the port that was asked for. */
export function explainNoEndpoints(service: Service, index: number, facts: ClusterFacts): Explanation | undefined {
  const { name, namespace } = service.metadata;
  const { selector = {} } = service.spec;
  const values = { service: `${namespace}/${name}`, name, namespace };
  if (Object.keys(selector).length === 0) {
    return found({ cause: "no-selector", change: "endpoints-by-hand" }, values);
  }
  const matches = selectorFromLabels(selector);
  const all = facts.list(pods, namespace).filter(isPodActive);
  const chosen = all.filter(({ metadata }) => matches.matches(metadata.labels));
  if (chosen.length === 0) return explainSelector(service, all, facts);
  const ready = chosen.filter(isPodReady);
  if (ready.length === 0) return explainUnready(service, chosen, facts);
  if (!facts.isUp("kube-controller-manager")) {
    return found(
      { cause: "endpoints-stale", change: "start-component" },
      { ...values, component: "kube-controller-manager" },
      {
        command: "drydock start kube-controller-manager",
      },
    );
  }
  return explainPortName(service, index, { ready, facts });
}

function localPolicy({ metadata, spec }: Service, { via, proxy }: Trace): Explanation {
  const outside = via === "nodePort";
  const field = outside ? "externalTrafficPolicy" : "internalTrafficPolicy";
  const { name, namespace } = metadata;
  const values = { service: `${namespace}/${name}`, field, node: proxy?.name ?? "", type: spec.type ?? "ClusterIP" };
  return found({ cause: "no-local-endpoint", change: "traffic-policy" }, values, {
    command: `kubectl patch service ${name}${inNamespace(namespace)} -p '{"spec":{"${field}":"Cluster"}}'`,
  });
}

/** The selector finds nothing: which pods it was meant for. */
function explainSelector({ metadata, spec }: Service, all: readonly Pod[], facts: ClusterFacts): Explanation {
  const { name, namespace } = metadata;
  const selector = (spec.selector ?? {}) as Record<string, string>;
  const values = { service: `${namespace}/${name}`, selector: labelText(selector) };
  const idle = facts
    .list(deployments, namespace)
    .find((deployment) => selectorFromLabels(selector).matches(deployment.spec.template.metadata?.labels));
  if (idle !== undefined && idle.spec.replicas === 0) {
    const more = { ...values, deployment: idle.metadata.name };
    return found({ cause: "scaled-to-zero", change: "scale-up" }, more, {
      command: `kubectl scale deployment/${idle.metadata.name}${inNamespace(namespace)} --replicas=1`,
    });
  }
  const meant = nearestLabels(selector, all);
  if (meant !== undefined) {
    const labels = labelText(meant.labels);
    const more = { ...values, labels, pod: meant.pod, wrong: labelText(meant.wrong) };
    return found({ cause: "selector-misses", change: "selector" }, more, {
      command: `kubectl set selector service/${name}${inNamespace(namespace)} ${labels}`,
    });
  }
  const elsewhere = facts.list(pods, "").find((pod) => selectorFromLabels(selector).matches(pod.metadata.labels));
  if (elsewhere !== undefined) {
    const more = { ...values, namespace, other: elsewhere.metadata.namespace };
    return found({ cause: "pods-elsewhere", change: "same-namespace" }, more);
  }
  return found({ cause: "selector-matches-nothing", change: "create-pods" }, { ...values, namespace });
}

interface Meant {
  pod: string;
  labels: Record<string, string>;
  /** The part of the selector that no pod has. */
  wrong: Record<string, string>;
}

/** The selector that would find the pods whose labels are most like it: the fewest letters changed. */
function nearestLabels(selector: Record<string, string>, all: readonly Pod[]): Meant | undefined {
  let best: Meant | undefined;
  let least = Infinity;
  const size = labelText(selector).length;
  for (const { metadata } of all) {
    const labels: Record<string, string> = {};
    const wrong: Record<string, string> = {};
    const own = (metadata.labels ?? {}) as Record<string, string>;
    let steps = 0;
    for (const [key, value] of Object.entries(selector)) {
      if (own[key] === value) {
        labels[key] = value;
        continue;
      }
      wrong[key] = value;
      const key2 = own[key] === undefined ? nearest(key, Object.keys(own)) : key;
      if (key2 !== undefined) labels[key2] = own[key2] as string;
      steps += key2 === undefined ? key.length + value.length : distance(`${key}=${value}`, `${key2}=${own[key2]}`);
    }
    if (Object.keys(labels).length === 0 || steps >= least || steps > Math.max(3, size * 0.7)) continue;
    least = steps;
    best = { pod: metadata.name, labels, wrong };
  }
  return best;
}

/** Pods are chosen, none of them is ready: why the first is not. */
function explainUnready({ metadata }: Service, chosen: readonly Pod[], facts: ClusterFacts): Explanation {
  const { name, namespace } = metadata;
  const pod = chosen[0] as Pod;
  const values = {
    service: `${namespace}/${name}`,
    count: chosen.length,
    pod: pod.metadata.name,
    state: podTrouble(pod),
  };
  const probe = probePort(pod, facts);
  if (probe !== undefined) {
    const more = { ...values, probe: probe.wrong, port: probe.right };
    return found({ cause: "probe-port", change: "probe-port" }, more, { command: probe.command });
  }
  return found(
    { cause: "none-ready", change: "make-ready" },
    { ...values, why: `drydock why pod/${namespace}/${pod.metadata.name}` },
  );
}

/** What keeps a pod from being ready, in kubelet's words. */
export function podTrouble({ spec, status }: Pod): string {
  if ((spec.nodeName ?? "") === "") {
    const scheduled = status.conditions?.find(({ type }) => type === "PodScheduled");
    return scheduled?.message ?? "not scheduled yet";
  }
  for (const container of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    const { waiting, terminated } = container.state ?? {};
    if (
      waiting?.reason !== undefined &&
      waiting.reason !== "PodInitializing" &&
      waiting.reason !== "ContainerCreating"
    ) {
      return `${container.name}: ${waiting.reason}${waiting.message === undefined ? "" : `: ${waiting.message}`}`;
    }
    if (terminated !== undefined && terminated.exitCode !== 0) {
      return `${container.name} ended with exit code ${terminated.exitCode}`;
    }
  }
  const ready = status.conditions?.find(({ type }) => type === "Ready");
  return ready?.message ?? status.phase ?? "not ready";
}

/** A readiness probe of a running container that asks a port other than the one the container declares. */
export function probePort(
  pod: Pod,
  facts: ClusterFacts,
): { wrong: number | string; right: number; command: string } | undefined {
  for (const [index, container] of pod.spec.containers.entries()) {
    const probe = container.readinessProbe;
    const kind = probe?.httpGet !== undefined ? "httpGet" : probe?.tcpSocket !== undefined ? "tcpSocket" : undefined;
    const declared = (container.ports ?? []).filter(({ protocol = "TCP" }) => protocol === "TCP");
    if (probe === undefined || kind === undefined || declared.length !== 1) continue;
    const asked = probe[kind]?.port as number | string;
    const [{ containerPort, name }] = declared as [{ containerPort: number; name?: string }];
    if (asked === containerPort || asked === name) continue;
    const owner = deploymentOf(pod, facts);
    if (owner === undefined) continue;
    const patch = [
      {
        op: "replace",
        path: `/spec/template/spec/containers/${index}/readinessProbe/${kind}/port`,
        value: containerPort,
      },
    ];
    const { name: deployment, namespace } = owner.metadata;
    const command = `kubectl patch deployment ${deployment}${inNamespace(namespace)} --type=json -p '${JSON.stringify(patch)}'`;
    return { wrong: asked, right: containerPort, command };
  }
  return undefined;
}

export function deploymentOf(pod: Pod, facts: ClusterFacts): Deployment | undefined {
  const { namespace } = pod.metadata;
  const owner = controllerOf(pod);
  if (owner?.kind !== "ReplicaSet") return undefined;
  const set: ReplicaSet | undefined = facts.get(replicaSets, namespace, owner.name);
  const above = set === undefined ? undefined : controllerOf(set);
  return above?.kind === "Deployment" ? facts.get(deployments, namespace, above.name) : undefined;
}

/** Ready pods, but no endpoint: the target port's name is nobody's. */
function explainPortName(
  service: Service,
  index: number,
  { ready, facts }: { ready: readonly Pod[]; facts: ClusterFacts },
): Explanation | undefined {
  const { metadata, spec } = service;
  const port = spec.ports?.[index];
  if (port === undefined || typeof port.targetPort !== "string") return undefined;
  const pod = ready[0] as Pod;
  const declared = pod.spec.containers.flatMap(({ ports = [] }) => ports);
  const names = declared.flatMap((each) => (each.name === undefined ? [] : [each.name]));
  if (names.includes(port.targetPort)) return undefined;
  const meant = nearest(port.targetPort, names) ?? names[0] ?? declared[0]?.containerPort ?? openPort(pod, facts);
  const values = {
    service: `${metadata.namespace}/${metadata.name}`,
    target: port.targetPort,
    pod: pod.metadata.name,
    names: names.join(", "),
    meant: meant ?? "",
  };
  if (meant === undefined) return found({ cause: "port-name", change: "name-port" }, values);
  return found({ cause: "port-name", change: "target-port-name" }, values, {
    command: patchTarget(service, index, meant),
  });
}

/** The first port where the pod's programs listen, whatever it declares. */
function openPort({ metadata }: Pod, facts: ClusterFacts): number | undefined {
  return [...(facts.openPorts(metadata.namespace ?? "", metadata.name)?.keys() ?? [])][0];
}

function portIndex({ spec }: Service, { rule }: Trace): number {
  const ports: readonly ServicePort[] = spec.ports ?? [];
  return ports.findIndex(({ port, protocol = "TCP" }) => port === rule?.port && protocol === rule?.protocol);
}

function patchTarget({ metadata }: Service, index: number, target: number | string): string {
  const patch = [{ op: "replace", path: `/spec/ports/${index}/targetPort`, value: target }];
  return `kubectl patch service ${metadata.name}${inNamespace(metadata.namespace)} --type=json -p '${JSON.stringify(patch)}'`;
}

/** An endpoint was chosen and refused: its program listens elsewhere, or does not run. */
export function explainTargetPort(key: string, { facts, trace }: Looking): Explanation | undefined {
  const [namespace = "", name = ""] = key.split("/");
  const service = facts.get(services, namespace, name);
  const { to, endpoint } = trace;
  if (service === undefined || to === undefined || endpoint === undefined) return undefined;
  return explainRefusal(service, { facts, to, port: endpoint.port, index: portIndex(service, trace) });
}

/** The TCP ports that are open in a network namespace, in order, and the address that each keeps to. */
export function openPorts(namespace: Station["namespace"]): Map<number, string> {
  const ports = [...namespace.listeners.keys(), ...namespace.tcp.keys()].sort((a, b) => a - b);
  return new Map(ports.map((port) => [port, namespace.scope(port)]));
}

/** `to` refused a connection to `port`, to which the service's port of that index leads. */
export function explainRefusal(
  service: Service,
  at: { facts: ClusterFacts; to: Station; port: number; index: number },
): Explanation | undefined {
  const { to, ...more } = at;
  return explainClosedPort(service, { ...more, pod: to.name, listening: openPorts(to.namespace) });
}

/** The pod (`pod/namespace/name`) listens on other ports, or none: where the service should send to. */
export function explainClosedPort(
  service: Service,
  at: { facts: ClusterFacts; pod: string; listening: ReadonlyMap<number, string>; port: number; index: number },
): Explanation | undefined {
  const { facts, port, index } = at;
  const address = at.listening.get(port);
  if (address !== undefined)
    return found({ cause: "listens-elsewhere", change: "listen-everywhere" }, { pod: at.pod, port, address });
  const listening = [...at.listening.keys()];
  const [, podNamespace = "", podName = ""] = at.pod.split("/");
  const key = `${service.metadata.namespace}/${service.metadata.name}`;
  const values = { service: key, pod: at.pod, port, listening: listening.join(", ") };
  const pod = facts.get(pods, podNamespace, podName);
  if (listening.length === 0) {
    const state = pod === undefined ? "" : podTrouble(pod);
    return found({ cause: "no-program", change: "look-at-pod" }, { ...values, state });
  }
  if (index < 0) return undefined;
  const declared = pod?.spec.containers.flatMap(({ ports = [] }) => ports) ?? [];
  const open = listening.find((each) => declared.some(({ containerPort }) => containerPort === each)) ?? listening[0];
  const more = { ...values, open: open as number };
  return found({ cause: "target-port", change: "target-port" }, more, {
    command: patchTarget(service, index, open as number),
  });
}
