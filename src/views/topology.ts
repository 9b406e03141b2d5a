/**
 * The sea: nodes, pods, services and workloads as the graph draws them, kept up to date from a source of objects and
 * handed out as small diffs. Nothing here knows whether the cluster is simulated.
 */
import type { Endpoint, EndpointSlice, Node, Pod, Service } from "../engine/api/generated/types.ts";
import type { KubeObject } from "../engine/api/meta/object.ts";
import { controllerOf, keyOf } from "../engine/api/meta/object.ts";
import type { WatchEvent } from "../engine/api/meta/request.ts";
import { endpointSlices, nodes, pods, services } from "../engine/api/registry.ts";
import { deepEqual } from "../engine/base/json.ts";
import type { NodeView, PodView, ServiceView, TopologyDiff, WorkloadView } from "../worker/protocol.ts";
import { NodeUse } from "./node-use.ts";
import { nodeView, podView, serviceView } from "./object-views.ts";
import type { ObjectSource } from "./source.ts";
import { workloadKinds, workloadView, type Workload } from "./workload-view.ts";

/** What no API object tells: power, and pulls under way. A real cluster answers true and undefined. */
export interface TopologyExtras {
  powered(node: string): boolean;
  pull(podUid: string): PodView["pull"] | undefined;
}

type Part = "nodes" | "pods" | "services" | "workloads";
const PREFIXES: Record<Part, string> = { nodes: "node", pods: "pod", services: "service", workloads: "workload" };

export class Topology {
  private readonly extras: TopologyExtras;
  private readonly views = {
    nodes: new Map<string, NodeView>(),
    pods: new Map<string, PodView>(),
    services: new Map<string, ServiceView>(),
    workloads: new Map<string, WorkloadView>(),
  };
  private readonly objects = {
    nodes: new Map<string, Node>(),
    pods: new Map<string, Pod>(),
    services: new Map<string, Service>(),
    workloads: new Map<string, Workload>(),
  };
  private readonly slices = new Map<string, Map<string, EndpointSlice>>();
  private readonly serviceByKey = new Map<string, Service>();
  private readonly nodeUse = new NodeUse();
  /** Ids whose view may differ from the one sent last. */
  private readonly dirty: Record<Part, Set<string>> = {
    nodes: new Set(),
    pods: new Set(),
    services: new Set(),
    workloads: new Set(),
  };
  private reset = true;
  private readonly stops: (() => void)[];

  constructor(source: ObjectSource, extras: TopologyExtras) {
    this.extras = extras;
    const follow = <T extends KubeObject>(part: Part, id: (object: T) => string) => ({
      part,
      id,
      objects: this.objects[part] as unknown as Map<string, T>,
    });
    this.stops = [
      source.subscribe<Node>(nodes, (events) =>
        this.accept(
          events,
          follow<Node>("nodes", (node) => node.metadata.name),
        ),
      ),
      ...workloadKinds.map((resource) =>
        source.subscribe(resource, (events) =>
          this.accept(events as readonly WatchEvent<Workload>[], follow<Workload>("workloads", uid)),
        ),
      ),
      source.subscribe<Pod>(pods, (events) => this.takePods(events, follow<Pod>("pods", uid))),
      source.subscribe<Service>(services, (events) => {
        for (const { type, object } of events) {
          if (type === "DELETED") this.serviceByKey.delete(keyOf(object));
          else this.serviceByKey.set(keyOf(object), object);
        }
        this.accept(events, follow("services", uid));
      }),
      source.subscribe<EndpointSlice>(endpointSlices, (events) => this.takeSlices(events)),
    ];
  }

  stop(): void {
    for (const stop of this.stops) stop();
  }

  /** The next diff carries everything again: a page has (re)connected. */
  resend(): void {
    this.reset = true;
  }

  /** A node's power changed. */
  touchNode(name: string): void {
    this.dirty.nodes.add(name);
  }

  /** A pull began or ended. */
  touchPod(podUid: string): void {
    if (this.objects.pods.has(podUid)) this.dirty.pods.add(podUid);
  }

  pod(podUid: string): Pod | undefined {
    return this.objects.pods.get(podUid);
  }

  private accept<T extends KubeObject>(events: readonly WatchEvent<T>[], into: Into<T>): void {
    for (const { type, object } of events) {
      const id = into.id(object);
      if (type === "DELETED") into.objects.delete(id);
      else into.objects.set(id, object);
      this.dirty[into.part].add(id);
    }
  }

  private takePods(events: readonly WatchEvent<Pod>[], into: Into<Pod>): void {
    for (const { type, object } of events) {
      const before = this.objects.pods.get(object.metadata.uid);
      const after = type === "DELETED" ? undefined : object;
      for (const node of this.nodeUse.change(before, after)) this.dirty.nodes.add(node);
    }
    this.accept(events, into);
  }

  private takeSlices(events: readonly WatchEvent<EndpointSlice>[]): void {
    for (const { type, object } of events) {
      const service = object.metadata.labels?.["kubernetes.io/service-name"];
      if (service === undefined) continue;
      const key = `${object.metadata.namespace}/${service}`;
      let slices = this.slices.get(key);
      if (slices === undefined) this.slices.set(key, (slices = new Map()));
      if (type === "DELETED") slices.delete(object.metadata.name);
      else slices.set(object.metadata.name, object);
      const owner = this.serviceByKey.get(key);
      if (owner !== undefined) this.dirty.services.add(owner.metadata.uid);
    }
  }

  /** What changed since the last call; undefined when nothing did. */
  take(): TopologyDiff | undefined {
    const { reset } = this;
    this.reset = false;
    const removed: string[] = [];
    const diff: TopologyDiff = {
      reset,
      nodes: this.refresh("nodes", removed, (node: Node) =>
        nodeView(node, this.nodeUse.of(node.metadata.name), this.extras.powered(node.metadata.name)),
      ),
      workloads: this.refresh("workloads", removed, (object: Workload) => workloadView(object, this.familyOf(object))),
      pods: this.refresh("pods", removed, (pod: Pod) =>
        podView(pod, this.familyOf(pod), this.extras.pull(pod.metadata.uid)),
      ),
      services: this.refresh("services", removed, (service: Service) =>
        serviceView(service, this.endpointsOf(service)),
      ),
      removed,
    };
    if (reset) {
      return {
        reset,
        nodes: [...this.views.nodes.values()],
        workloads: [...this.views.workloads.values()],
        pods: [...this.views.pods.values()],
        services: [...this.views.services.values()],
        removed: [],
      };
    }
    const changes =
      diff.nodes.length + diff.workloads.length + diff.pods.length + diff.services.length + removed.length;
    return changes === 0 ? undefined : diff;
  }

  private refresh<T extends KubeObject, V>(part: Part, removed: string[], view: (object: T) => V): V[] {
    const changed: V[] = [];
    const sent = this.views[part] as Map<string, V>;
    const objects = this.objects[part] as unknown as Map<string, T>;
    for (const id of this.dirty[part]) {
      const object = objects.get(id);
      if (object === undefined) {
        if (sent.delete(id)) removed.push(`${PREFIXES[part]}/${id}`);
        continue;
      }
      const next = view(object);
      if (deepEqual(sent.get(id), next)) continue;
      sent.set(id, next);
      changed.push(next);
    }
    this.dirty[part].clear();
    return changed;
  }

  /** The top-most owner's `kind/name`: what gives siblings one hue. */
  private familyOf(object: KubeObject): string {
    let top: { kind: string; name: string } = { kind: object.kind, name: object.metadata.name };
    let owner = controllerOf(object);
    while (owner !== undefined) {
      top = owner;
      const next: KubeObject | undefined = this.objects.workloads.get(owner.uid);
      owner = next === undefined ? undefined : controllerOf(next);
    }
    return `${top.kind}/${top.name}`;
  }

  private endpointsOf(service: Service): Endpoint[] {
    const slices = this.slices.get(keyOf(service));
    return slices === undefined ? [] : [...slices.values()].flatMap((slice) => slice.endpoints ?? []);
  }
}

interface Into<T extends KubeObject> {
  part: Part;
  id: (object: T) => string;
  objects: Map<string, T>;
}

function uid(object: KubeObject): string {
  return object.metadata.uid;
}
