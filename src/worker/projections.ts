/** Everything that the page sees of one cluster, kept while that cluster lives. */
import { compareSeen, lastSeen, timesSeen } from "../engine/api/core/event-seen.ts";
import type { Endpoint, EndpointSlice, Event, Service } from "../engine/api/generated/types.ts";
import type { KubeObject } from "../engine/api/meta/object.ts";
import { selectorFromLabels } from "../engine/api/meta/selectors.ts";
import { parseTime } from "../engine/base/time.ts";
import { endpointSlices, events, pods, services } from "../engine/api/registry.ts";
import { storageKey, storagePrefix } from "../engine/apiserver/storage/storage-keys.ts";
import { explainPending } from "../engine/diagnose/pending.ts";
import { COMPONENTS } from "../engine/index.ts";
import type { Cluster, JournalEntry } from "../engine/index.ts";
import { inspect } from "../views/inspector.ts";
import type { InspectorReader } from "../views/inspector.ts";
import { Topology } from "../views/topology.ts";
import { Traffic } from "../views/traffic.ts";
import type { ClusterEvent, Frame, Happening, InspectorView, InstrumentsView, ObjectRef, PodView } from "./protocol.ts";
import { storeSource } from "./store-source.ts";

/** Happenings that a page gets at once; when more come, the oldest of the batch are dropped. */
const MOST_HAPPENINGS = 200;
/** Events that a page gets at once, likewise. */
const MOST_EVENTS = 500;
/** Kinds of journal lines that the page lists; the rest is plumbing. */
const SHOWN = new Set(["write", "denied", "schedule", "container", "node", "fault", "input"]);

export class Projections {
  private readonly cluster: Cluster;
  private readonly topology: Topology;
  private readonly traffic: Traffic;
  private happenings: Happening[] = [];
  private events: ClusterEvent[] = [];
  private inspected: ObjectRef | null = null;
  private inspectorDirty = false;
  private lastInspector = "";
  private lastInstruments = "";
  private lastRates = "";
  private lastKinds = -1;
  private readonly powered = new Map<string, boolean>();
  private readonly pulling = new Set<string>();
  private readonly stopJournal: () => void;
  private readonly stopEvents: () => void;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    const source = storeSource(cluster);
    this.topology = new Topology(source, {
      powered: (node) => cluster.nodes.get(node)?.powered ?? true,
      pull: (uid) => this.pull(uid),
    });
    this.traffic = new Traffic((station) => this.stationId(station));
    this.stopJournal = cluster.sim.journal.subscribe((entry) => this.see(entry));
    this.stopEvents = source.subscribe(events, (changes) => {
      const written = changes.filter(({ type }) => type !== "DELETED").map(({ object }) => clusterEvent(object));
      this.events.push(...written.sort((a, b) => a.time - b.time));
      if (this.events.length > MOST_EVENTS) this.events.splice(0, this.events.length - MOST_EVENTS);
    });
  }

  stop(): void {
    this.topology.stop();
    this.stopJournal();
    this.stopEvents();
  }

  /** The next frame carries everything. */
  resend(): void {
    this.topology.resend();
    this.lastInstruments = "";
    this.lastInspector = "";
    this.inspectorDirty = true;
  }

  inspect(ref: ObjectRef | null): void {
    this.inspected = ref;
    this.inspectorDirty = true;
    this.lastInspector = "";
  }

  /** Adds what changed since the last call. */
  fill(frame: Frame): void {
    this.followExtras();
    const topology = this.topology.take();
    if (topology !== undefined) {
      frame.topology = topology;
      this.inspectorDirty = true;
    }
    const pulses = this.traffic.take();
    if (pulses !== undefined) frame.pulses = pulses;
    this.fillRates(frame);
    if (this.happenings.length > 0) {
      frame.happenings = this.happenings;
      this.happenings = [];
      this.inspectorDirty = true;
    }
    if (this.events.length > 0) {
      frame.events = this.events;
      this.events = [];
    }
    this.fillInspector(frame);
    const kinds = this.cluster.server.catalog.generation;
    if (kinds !== this.lastKinds) frame.kinds = this.lastKinds = kinds;
    const instruments = this.instruments();
    const key = JSON.stringify(instruments);
    if (key !== this.lastInstruments) {
      this.lastInstruments = key;
      frame.instruments = instruments;
    }
  }

  /** The object in the store, whether or not the API server runs. */
  object(ref: ObjectRef): KubeObject | undefined {
    const resource = this.cluster.server.catalog.all.find(({ kind }) => kind === ref.kind);
    return resource === undefined
      ? undefined
      : this.cluster.store.get(storageKey(resource, ref.namespace, ref.name))?.value;
  }

  list(kind: string, namespace: string): KubeObject[] {
    const resource = this.cluster.server.catalog.all.find((candidate) => candidate.kind === kind);
    if (resource === undefined) return [];
    return this.cluster.store.range(storagePrefix(resource, namespace)).items.map(({ value }) => value);
  }

  endpoints(service: Service): Endpoint[] {
    const { namespace, name } = service.metadata;
    return (this.list(endpointSlices.kind, namespace) as EndpointSlice[])
      .filter((slice) => slice.metadata.labels?.["kubernetes.io/service-name"] === name)
      .flatMap((slice) => slice.endpoints ?? []);
  }

  private fillRates(frame: Frame): void {
    const rates = this.traffic.ratesAt(this.cluster.sim.now);
    if (rates.length === 0 && this.lastRates === "") return;
    const key = rates.length === 0 ? "" : JSON.stringify(rates);
    if (key === this.lastRates) return;
    this.lastRates = key;
    frame.rates = rates;
  }

  private fillInspector(frame: Frame): void {
    if (!this.inspectorDirty) return;
    this.inspectorDirty = false;
    const view: InspectorView | null = this.inspected === null ? null : inspect(this.inspected, this.reader());
    const key = JSON.stringify(view);
    if (key === this.lastInspector) return;
    this.lastInspector = key;
    frame.inspector = view;
  }

  private reader(): InspectorReader {
    return {
      now: () => this.cluster.sim.now,
      object: (ref) => this.object(ref),
      events: (uid) => this.eventsAbout(uid),
      pull: (uid) => this.pull(uid),
      powered: (node) => this.cluster.nodes.get(node)?.powered ?? true,
      endpoints: (service) => this.endpoints(service),
      podsMatching: (service) => {
        const selector = selectorFromLabels(service.spec.selector);
        return this.list(pods.kind, service.metadata.namespace).filter((pod) => selector.matches(pod.metadata.labels))
          .length;
      },
      placement: ({ metadata }) => this.cluster.placement(metadata.namespace, metadata.name),
      pending: (pod) => explainPending(pod, this.cluster.decision(pod.metadata.namespace ?? "", pod.metadata.name)),
    };
  }

  private eventsAbout(uid: string): Event[] {
    const namespace = this.inspected?.namespace ?? "";
    return (this.list(events.kind, namespace === "" ? "default" : namespace) as Event[])
      .filter((event) => event.involvedObject.uid === uid)
      .sort((a, b) => compareSeen(b, a));
  }

  private pull(uid: string): PodView["pull"] | undefined {
    return this.cluster.pullFor(uid);
  }

  /** Power and pulls are no API objects: look whether they changed. */
  private followExtras(): void {
    for (const node of this.cluster.nodes.values()) {
      if (this.powered.get(node.name) !== node.powered) {
        this.powered.set(node.name, node.powered);
        this.topology.touchNode(node.name);
      }
    }
    const now = new Set(this.cluster.pullingPods());
    for (const uid of now) if (!this.pulling.has(uid)) this.topology.touchPod(uid);
    for (const uid of this.pulling) if (!now.has(uid)) this.topology.touchPod(uid);
    this.pulling.clear();
    for (const uid of now) this.pulling.add(uid);
  }

  private see(entry: JournalEntry): void {
    this.traffic.see(entry);
    if (!SHOWN.has(entry.kind) || entry.subject.startsWith("leases.") || entry.subject.startsWith("events/")) return;
    const { by, ...line } = entry;
    this.happenings.push({
      ...line,
      ...(by?.impersonator !== undefined && { as: by.name, actor: by.impersonator.name }),
    });
    if (this.happenings.length > MOST_HAPPENINGS) this.happenings.shift();
  }

  private stationId(station: string): string | undefined {
    const [kind, namespace = "", name = ""] = station.split("/");
    if (kind === "laptop" || kind === "node") return station;
    const resource = kind === "service" ? services : kind === "pod" ? pods : undefined;
    if (resource === undefined) return undefined;
    const object = this.object({ kind: resource.kind, namespace, name });
    return object === undefined ? undefined : `${kind}/${object.metadata.uid}`;
  }

  private instruments(): InstrumentsView {
    const { cluster } = this;
    const stats = cluster.server.stats();
    return {
      apiRequestsPerSecond: stats.requestsPerSecond,
      etcdRevision: stats.revision,
      schedulerPending: cluster.scheduler.pendingCount,
      controllersBusy: cluster.manager.busy,
      stopped: COMPONENTS.filter((component) => !cluster.isUp(component)),
    };
  }
}

function clusterEvent(event: Event): ClusterEvent {
  const { kind = "", namespace = "", name = "" } = event.involvedObject;
  return {
    uid: event.metadata.uid,
    time: parseTime(lastSeen(event) ?? event.metadata.creationTimestamp),
    type: event.type ?? "Normal",
    reason: event.reason ?? "",
    object: { kind, namespace, name },
    message: event.message ?? "",
    count: timesSeen(event),
  };
}
