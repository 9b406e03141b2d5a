/** What the right-hand panel shows of one object: status, why, facts, live YAML, events. */
import { stringify } from "yaml";
import { lastSeen, timesSeen } from "../engine/api/core/event-seen.ts";
import { podStatusText } from "../engine/api/core/pod/columns.ts";
import type {
  Deployment,
  Endpoint,
  Event,
  Node,
  Pod,
  PodTemplateSpec,
  Service,
} from "../engine/api/generated/types.ts";
import type { KubeObject } from "../engine/api/meta/object.ts";
import { controllerOf } from "../engine/api/meta/object.ts";
import { parseTime } from "../engine/base/time.ts";
import type { InspectorView, ObjectRef, PodView } from "../worker/protocol.ts";
import { podState } from "./object-views.ts";
import { pendingRows, placedByRow, scoresOf } from "./placement.ts";
import type { PendingFacts, PlacementFacts } from "./placement.ts";
import { isWorkload, progressOf, type Workload } from "./workload-view.ts";
import { whyDeployment, whyNode, whyPod, whyService } from "./why.ts";

/** What the inspector asks of its cluster. Answers are at most as old as the last delivery. */
export interface InspectorReader {
  now(): number;
  object(ref: ObjectRef): KubeObject | undefined;
  /** Events about the object, newest first. */
  events(uid: string): Event[];
  pull(podUid: string): PodView["pull"] | undefined;
  powered(node: string): boolean;
  endpoints(service: Service): Endpoint[];
  podsMatching(service: Service): number;
  /** How the scheduler came to its choice, when it is remembered. */
  placement(pod: Pod): PlacementFacts | undefined;
  /** What keeps a pod from the nodes while it has none. */
  pending(pod: Pod): readonly PendingFacts[];
}

type Row = InspectorView["rows"][number];

function row(key: string, value: string, ref?: ObjectRef): Row {
  return { label: { key: `inspector.${key}` }, value, ...(ref !== undefined && { ref }) };
}

function ownerRow(object: KubeObject): Row[] {
  const owner = controllerOf(object);
  if (owner === undefined) return [];
  const namespace = object.metadata.namespace ?? "";
  return [row("owner", `${owner.kind}/${owner.name}`, { kind: owner.kind, namespace, name: owner.name })];
}

function labelRows(object: KubeObject): Row[] {
  const labels = Object.entries(object.metadata.labels ?? {});
  return labels.length === 0 ? [] : [row("labels", labels.map(([key, value]) => `${key}=${value}`).join("\n"))];
}

export function inspect(ref: ObjectRef, reader: InspectorReader): InspectorView {
  const object = reader.object(ref);
  const base: InspectorView = {
    ref,
    exists: object !== undefined,
    status: { state: "none", text: "" },
    place: "",
    rows: [],
    yaml: "",
    events: [],
    containers: [],
  };
  if (object === undefined) return base;
  const events = reader.events(object.metadata.uid);
  const view = {
    ...base,
    yaml: yamlOf(object),
    events: events.map((event) => ({
      time: parseTime(lastSeen(event) ?? event.metadata.creationTimestamp),
      type: event.type ?? "Normal",
      reason: event.reason ?? "",
      message: event.message ?? "",
      count: timesSeen(event),
    })),
  };
  switch (object.kind) {
    case "Pod":
      return inspectPod(view, object as Pod, { reader, events });
    case "Node":
      return inspectNode(view, object as Node, reader);
    case "Service":
      return inspectService(view, object as Service, reader);
    default:
      if (isWorkload(object)) return inspectWorkload(view, object);
      return { ...view, rows: [...ownerRow(object), ...labelRows(object)] };
  }
}

/** YAML as `kubectl get -o yaml` orders it: without managed fields. */
export function yamlOf(object: KubeObject): string {
  const { managedFields: _, ...metadata } = object.metadata;
  return stringify({ ...object, metadata }, { sortMapEntries: true, lineWidth: 0, version: "1.1" });
}

function withWhy(view: InspectorView, why: InspectorView["why"]): InspectorView {
  return why === undefined ? view : { ...view, why };
}

function inspectPod(view: InspectorView, pod: Pod, facts: { reader: InspectorReader; events: Event[] }): InspectorView {
  const { reader, events } = facts;
  const status = podStatusText(pod);
  const node = pod.spec.nodeName ?? "";
  const nodeObject =
    node === "" ? undefined : (reader.object({ kind: "Node", namespace: "", name: node }) as Node | undefined);
  const nodeReady = nodeObject?.status.conditions?.find((condition) => condition.type === "Ready")?.status === "True";
  const pull = reader.pull(pod.metadata.uid);
  const placement = reader.placement(pod);
  const rows: Row[] = [
    ...ownerRow(pod),
    row("image", pod.spec.containers.map((container) => container.image ?? "").join("\n")),
    ...(node === "" ? [] : [row("node", node, { kind: "Node", namespace: "", name: node })]),
    ...(node === "" ? pendingRows(reader.pending(pod)) : placedByRow(placement, pod)),
    row("address", pod.status.podIP ?? "–"),
    row(
      "ready",
      `${pod.status.containerStatuses?.filter((container) => container.ready).length ?? 0}/${pod.spec.containers.length}`,
    ),
    row(
      "restarts",
      String(pod.status.containerStatuses?.reduce((sum, container) => sum + container.restartCount, 0) ?? 0),
    ),
    row("qos", pod.status.qosClass ?? "–"),
    ...labelRows(pod),
  ];
  const full = {
    ...view,
    status: { state: podState(pod, status), text: status },
    place: node,
    rows,
    ...scoresOf(placement),
    containers: pod.spec.containers.map((container) => container.name),
  };
  return withWhy(full, whyPod(pod, { pull, now: reader.now(), events, nodeReady: node === "" || nodeReady }));
}

function inspectNode(view: InspectorView, node: Node, reader: InspectorReader): InspectorView {
  const { name } = node.metadata;
  const powered = reader.powered(name);
  const ready = node.status.conditions?.find((condition) => condition.type === "Ready")?.status === "True";
  const cordoned = node.spec.unschedulable === true ? ",SchedulingDisabled" : "";
  const info = node.status.nodeInfo;
  const full: InspectorView = {
    ...view,
    status: { state: ready ? "ready" : "not-ready", text: `${ready ? "Ready" : "NotReady"}${cordoned}` },
    rows: [
      row("address", node.status.addresses?.find((address) => address.type === "InternalIP")?.address ?? "–"),
      row("pod-cidr", node.spec.podCIDR ?? "–"),
      row("capacity", `${node.status.capacity?.["cpu"] ?? "?"} CPU\n${node.status.capacity?.["memory"] ?? "?"}`),
      row(
        "taints",
        node.spec.taints
          ?.map((taint) => `${taint.key}${taint.value ? `=${taint.value}` : ""}:${taint.effect}`)
          .join("\n") ?? "–",
      ),
      ...(info === undefined ? [] : [row("version", `${info.kubeletVersion}\n${info.containerRuntimeVersion}`)]),
      ...labelRows(node),
    ],
  };
  return withWhy(full, whyNode(node, { powered, name }));
}

function inspectService(view: InspectorView, service: Service, reader: InspectorReader): InspectorView {
  const endpoints = reader.endpoints(service);
  const ready = endpoints.filter((endpoint) => endpoint.conditions?.ready === true);
  const { spec } = service;
  const full: InspectorView = {
    ...view,
    status: { state: "none", text: spec.type ?? "ClusterIP" },
    rows: [
      row("address", spec.clusterIP ?? "–"),
      row(
        "ports",
        (spec.ports ?? [])
          .map(
            (port) =>
              `${port.port}${port.nodePort ? `:${port.nodePort}` : ""}/${port.protocol ?? "TCP"} → ${port.targetPort ?? port.port}`,
          )
          .join("\n"),
      ),
      row(
        "selector",
        Object.entries(spec.selector ?? {})
          .map(([key, value]) => `${key}=${value}`)
          .join("\n") || "–",
      ),
      row(
        "endpoints",
        `${ready.length}/${endpoints.length}\n${endpoints.flatMap((endpoint) => endpoint.addresses).join("\n")}`.trim(),
      ),
      ...labelRows(service),
    ],
  };
  return withWhy(full, whyService(service, { endpoints, matchingPods: reader.podsMatching(service) }));
}

function inspectWorkload(view: InspectorView, object: Workload): InspectorView {
  const { desired, ready } = progressOf(object);
  const containers = templateOf(object)?.spec?.containers ?? [];
  const full: InspectorView = {
    ...view,
    status: { state: ready >= desired ? "ready" : "waiting", text: `${ready}/${desired}` },
    rows: [
      ...ownerRow(object),
      row("image", containers.map((container) => container.image ?? "").join("\n")),
      ...ruleRows(object),
      ...labelRows(object),
    ],
  };
  return object.kind === "Deployment" ? withWhy(full, whyDeployment(object as Deployment)) : full;
}

function templateOf({ spec }: Workload): PodTemplateSpec | undefined {
  return "jobTemplate" in spec ? spec.jobTemplate.spec?.template : spec.template;
}

/** How many it makes, when, how they are replaced, and which pods it takes for its own. */
function ruleRows({ spec }: Workload): Row[] {
  const rows: Row[] = [];
  if ("schedule" in spec) rows.push(row("schedule", spec.schedule));
  if ("replicas" in spec) rows.push(row("replicas", String(spec.replicas ?? 1)));
  if ("completions" in spec) rows.push(row("completions", String(spec.completions)));
  if ("parallelism" in spec) rows.push(row("parallelism", String(spec.parallelism)));
  if ("strategy" in spec) rows.push(row("strategy", spec.strategy?.type ?? "RollingUpdate"));
  if ("updateStrategy" in spec) rows.push(row("strategy", spec.updateStrategy?.type ?? "RollingUpdate"));
  const selector = "selector" in spec ? (spec.selector?.matchLabels ?? spec.selector) : undefined;
  const labels = Object.entries(selector ?? {}).filter(([, value]) => typeof value === "string");
  if (labels.length > 0) rows.push(row("selector", labels.map(([key, value]) => `${key}=${value}`).join("\n")));
  return rows;
}
