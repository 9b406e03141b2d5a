/**
 * A node's agent: takes the pods that are bound to its node, runs them, reports them and itself.
 * Upstream: pkg/kubelet/kubelet.go.
 *
 * **Simplified:** ConfigMaps and Secrets are read when they are needed instead of being watched; no device, CPU or topology
 * managers.
 */
import { nodes } from "../api/core/node.ts";
import { pods } from "../api/core/pod/index.ts";
import { services } from "../api/core/service.ts";
import type { Node, Pod, PodSpec } from "../api/generated/types.ts";
import { nodeUser } from "../api/meta/user-info.ts";
import type { HttpCarrier } from "../base/http.ts";
import { uuid } from "../base/hex.ts";
import { Client } from "../client/client.ts";
import { Recorder } from "../client/event-recorder.ts";
import { InformerFactory } from "../client/informer-factory.ts";
import type { Informer } from "../client/informer.ts";
import type { NodeNetwork } from "../network/node-network.ts";
import type { ContainerRuntime } from "../runtime/containers/container-runtime.ts";
import { hex64 } from "../runtime/containers/identity.ts";
import { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import { remoteFileSystems } from "./remote-file-systems.ts";
import type { RandomStream } from "../sim/random.ts";
import type { Simulation } from "../sim/simulation.ts";
import { addHoldings, admitPod } from "./admission.ts";
import { hostPortRefusal } from "./host-ports.ts";
import { configReader, tokenRequester } from "./api-readers.ts";
import type { Holdings, Refusal } from "./admission.ts";
import type { NodeDriver } from "../storage/csi.ts";
import { DevicePlugins } from "./device-plugins.ts";
import { addDriver, removeDriver } from "./driver-registration.ts";
import type { ConfigReader } from "../storage/volume-plugin.ts";
import { EvictionManager } from "./eviction-manager.ts";
import { ImageManager } from "./image-manager.ts";
import type { CniState, KubeletContext, NodeSpec } from "./kubelet-context.ts";
import { KubeletServer } from "./kubelet-server.ts";
import { NodeRegistration } from "./node-registration.ts";
import { allocatableOf, KUBELET_VERSION } from "./node-status.ts";
import { NodeShutdown, SHUTDOWN_REFUSAL } from "./node-shutdown.ts";
import { pullCredentials } from "./pull-credentials.ts";
import { PodWorker } from "./pod-worker.ts";
import { ServiceVariables } from "./service-variables.ts";
import { StaticPods, isMirrorPod } from "./static-pods.ts";
import { KubeletLog } from "./kubelet-log.ts";
import { DEFAULT_SETTINGS } from "./kubelet-settings.ts";
import { removeFinished } from "./finished-pod.ts";
import { refuseSysctls } from "./sysctls.ts";
import type { KubeletOptions } from "./kubelet-options.ts";

const DEFAULT_DNS = { dnsIP: "10.96.0.10", clusterDomain: "cluster.local" };

export class Kubelet implements KubeletContext {
  readonly sim: Simulation;
  readonly node: NodeSpec;
  readonly client: Client;
  readonly events: Recorder;
  readonly runtime: ContainerRuntime;
  readonly network: NodeNetwork;
  readonly images: ImageManager;
  readonly config: ConfigReader;
  readonly requestToken: KubeletContext["requestToken"];
  readonly remoteFileSystem: KubeletContext["remoteFileSystem"];
  private readonly ownDns: { dnsIP: string; clusterDomain: string };
  csiDrivers: readonly NodeDriver[];
  readonly devices = new DevicePlugins(this);
  readonly random: RandomStream;
  /** Takes effect with the next start of the process. */
  settings = DEFAULT_SETTINGS;
  readonly actor: string;
  /** What journald has of the process. */
  readonly log: KubeletLog;
  /** Of the program that runs: `v1.36.0`. */
  release = KUBELET_VERSION;
  /** The kubelet's own API, port 10250 of the node. */
  readonly carrier: HttpCarrier;
  private readonly informers: InformerFactory;
  private readonly podInformer: Informer<Pod>;
  private readonly registration: NodeRegistration;
  private readonly variables: ServiceVariables;
  private readonly statics: StaticPods;
  readonly eviction: EvictionManager;
  /** What happens to pods when the machine goes down. */
  readonly shutdown: NodeShutdown;
  /** Pods that came before all were heard of, by key; undefined afterwards. Upstream: the sources are not ready yet. */
  private arrivals: Set<string> | undefined = new Set();
  /** By `namespace/name`: pods of the API server and static ones (under their mirror's name). */
  private readonly workers = new Map<string, PodWorker>();
  private readonly used: Holdings = { cpu: 0, memory: 0, pods: 0 };
  private readonly makeDisk: () => MemoryFileSystem;
  readonly cni: () => CniState;
  private ownDisk: MemoryFileSystem | undefined;
  private running = false;
  private powered = true;
  private boots = 0;

  constructor(options: KubeletOptions) {
    const { sim, transport, node, runtime, network } = options;
    this.sim = sim;
    this.node = node;
    this.runtime = runtime;
    this.network = network;
    this.client = new Client(transport, nodeUser(node.name));
    this.events = new Recorder(sim, this.client, { component: "kubelet", host: node.name });
    this.images = new ImageManager(sim, {
      store: runtime.images,
      events: this.events,
      logins: (pod, registry) => pullCredentials(this, pod, registry),
      parallel: () => this.settings.parallelPulls,
    });
    this.config = configReader(this.client);
    this.requestToken = tokenRequester(this.client);
    this.csiDrivers = options.csiDrivers ?? [];
    this.ownDns = options.dns ?? DEFAULT_DNS;
    this.random = sim.random(`kubelet/${node.name}`);
    this.makeDisk = options.disk ?? (() => new MemoryFileSystem({ now: () => sim.now }));
    this.cni = options.cni ?? (() => ({ initialized: this.network.podCIDR !== "" }));
    this.remoteFileSystem = options.remoteFileSystem ?? remoteFileSystems(() => sim.now);
    this.actor = `kubelet/${node.name}`;
    this.log = options.log ?? new KubeletLog(() => sim.now);
    this.informers = new InformerFactory(sim, this.client);
    this.podInformer = this.informers.informer(pods, { fieldSelector: `spec.nodeName=${node.name}` });
    this.variables = new ServiceVariables(this.informers.informer(services));
    this.registration = new NodeRegistration(this, (object) => this.adoptNode(object));
    this.statics = new StaticPods(this, options.manifests ?? (() => []));
    this.shutdown = new NodeShutdown(this);
    this.eviction = new EvictionManager(this);
    runtime.watch = this.eviction;
    this.carrier = new KubeletServer(this);
    this.podInformer.addHandler({
      onAdd: (pod) => this.podAdded(pod),
      onUpdate: (pod) => this.podUpdated(pod),
      onDelete: (pod) => this.podDeleted(pod),
    });
    const nodeInformer = this.informers.informer(nodes, { fieldSelector: `metadata.name=${node.name}` });
    nodeInformer.addHandler({
      onAdd: (object) => this.registration.observe(object),
      onUpdate: (object) => this.registration.observe(object),
    });
    runtime.images.onChange(() => {
      this.registration.changed();
      this.eviction.due();
    });
  }

  get disk(): MemoryFileSystem {
    this.ownDisk ??= this.makeDisk();
    return this.ownDisk;
  }

  /** What is on it beyond what came with the system. */
  get diskUse(): MemoryFileSystem["ownUse"] {
    return this.ownDisk?.ownUse ?? { bytes: 0, inodes: 0 };
  }

  get allocatable(): Readonly<Record<string, string>> {
    return allocatableOf(this.node, this.settings);
  }

  get dns(): { dnsIP: string; clusterDomain: string } {
    const { clusterDNS: dnsIP, clusterDomain } = this.settings;
    return {
      ...this.ownDns,
      ...(dnsIP !== undefined && { dnsIP }),
      ...(clusterDomain !== undefined && { clusterDomain }),
    };
  }

  /** True while the kubelet process runs. */
  get active(): boolean {
    return this.running;
  }

  /** The node's object, once registered. */
  get nodeObject(): Node | undefined {
    return this.registration.object;
  }

  get nodeLabels(): Readonly<Record<string, string>> {
    return this.registration.object?.metadata.labels ?? this.node.labels ?? {};
  }

  /** Starts the kubelet process. */
  start(): void {
    if (this.running || !this.powered) return;
    this.running = true;
    this.registration.bootId = uuid(hex64(`boot/${this.node.name}/${this.boots}`).slice(0, 32));
    this.registration.start();
    if (this.node.podCIDR !== undefined) this.network.setPodCIDR(this.node.podCIDR);
    for (const worker of [...this.workers.values()]) worker.catchUp();
    this.statics.start();
    this.eviction.begin();
    this.informers.start();
    this.informers.whenSynced(() => this.sourcesReady());
  }

  /** Ends the kubelet process. Containers go on; nobody looks after them. */
  stop(): void {
    if (!this.running) return;
    this.running = false;
    this.statics.stop();
    this.eviction.stop();
    this.registration.stop();
    this.informers.stop();
    this.arrivals = new Set();
    for (const worker of this.workers.values()) worker.suspend();
  }

  /** Cuts the node's power: kubelet and containers are gone at once, images and logs stay on the disk. */
  powerOff(): void {
    if (!this.powered) return;
    this.stop();
    this.powered = false;
    this.shutdown.over();
    this.network.power(false);
    for (const worker of this.workers.values()) worker.powerOff();
    this.runtime.powerOff();
    this.sim.record("node", { actor: this.actor, subject: `nodes/${this.node.name}`, detail: "power off" });
  }

  /** Ends it for good with all containers: its node belongs to no cluster any more. */
  discard(): void {
    this.stop();
    for (const worker of this.workers.values()) worker.powerOff();
    this.workers.clear();
    this.runtime.powerOff();
    this.sim.record("node", { actor: this.actor, subject: `nodes/${this.node.name}`, detail: "left the cluster" });
  }

  /** A new kubelet is powered but doesn't run: this starts it. */
  powerOn(): void {
    if (!this.powered) {
      this.powered = true;
      this.boots++;
      this.network.power(true);
      this.sim.record("node", { actor: this.actor, subject: `nodes/${this.node.name}`, detail: "power on" });
    }
    this.start();
  }

  /** A csi driver's plugin registers with this node. Throws a StatusError when the API server takes no note of it. */
  registerDriver(driver: NodeDriver): void {
    addDriver(this, driver);
    this.csiDrivers = [...this.csiDrivers.filter(({ name }) => name !== driver.name), driver];
  }

  deregisterDriver(driver: string): void {
    this.csiDrivers = this.csiDrivers.filter(({ name }) => name !== driver);
    if (this.running) removeDriver(this, driver);
  }

  /** Something in the node's manifest folder has changed. */
  manifestsChanged(): void {
    this.statics.changed();
  }

  /** The mirror of a static pod as the API server shows it. */
  mirror(namespace: string, name: string): Pod | undefined {
    const pod = this.podInformer.lister.get(`${namespace}/${name}`);
    return pod !== undefined && isMirrorPod(pod) ? pod : undefined;
  }

  isAttached(uniqueName: string): boolean {
    const { volumesAttached = [], volumesInUse = [] } = this.registration.object?.status ?? {};
    return volumesInUse.includes(uniqueName) && volumesAttached.some(({ name }) => name === uniqueName);
  }

  statusChanged(): void {
    this.registration.changed();
  }

  volumesInUse(): readonly string[] {
    return [...new Set([...this.workers.values()].flatMap(({ volumes }) => [...volumes.attachable]))].sort();
  }

  serviceVariables(pod: Pod): Readonly<Record<string, string>> {
    return this.variables.forPod(pod);
  }

  worker(namespace: string, name: string): PodWorker | undefined {
    return this.workers.get(`${namespace}/${name}`);
  }

  /** Every pod on the node, for metrics and faults. */
  allWorkers(): Iterable<PodWorker> {
    return this.workers.values();
  }

  released(worker: PodWorker): void {
    addHoldings(this.used, worker.allocatedSpec, -1);
    this.shutdown.ended();
    this.reviewResizes();
  }

  reallocate(worker: PodWorker, spec: PodSpec): void {
    addHoldings(this.used, worker.allocatedSpec, -1);
    addHoldings(this.used, spec, 1);
  }

  holdingsBeside(worker: PodWorker): Holdings {
    const others = { ...this.used };
    addHoldings(others, worker.allocatedSpec, -1);
    return others;
  }

  /** Something that the node's status shows has changed: it goes out at once. */
  nodeChanged(): void {
    this.registration.reportNow();
  }

  /** An event about the node. */
  tellNode(reason: string, message: string, type: "Normal" | "Warning" = "Normal"): void {
    if (this.registration.object !== undefined) this.events.event(this.registration.object, type, { reason, message });
  }

  retired(worker: PodWorker): void {
    const { namespace, name } = worker.pod.metadata;
    const key = `${namespace}/${name}`;
    if (this.workers.get(key) !== worker) return;
    this.workers.delete(key);
    if (worker.isStatic) return this.statics.retired(namespace, name);
    const next = this.podInformer.lister.get(key);
    if (next !== undefined && next.metadata.uid !== worker.pod.metadata.uid) this.podAdded(next);
  }

  /** Begins to run a pod that the node has taken. */
  run(pod: Pod, options: { isStatic: boolean }): PodWorker {
    const worker = new PodWorker(this, pod, options);
    this.workers.set(`${pod.metadata.namespace}/${pod.metadata.name}`, worker);
    const refusal = this.refusal(pod, options) ?? hostPortRefusal(pod, this.workers.values());
    addHoldings(this.used, pod.spec, 1);
    if (refusal === undefined) worker.begin();
    else worker.reject(refusal.reason, refusal.message);
    return worker;
  }

  private refusal(pod: Pod, { isStatic }: { isStatic: boolean }): Refusal | undefined {
    if (isStatic) return undefined;
    if (this.shutdown.underWay) return SHUTDOWN_REFUSAL;
    const { allocatable, used, eviction, registration, settings } = this;
    const facts = { pressures: eviction.pressures, node: registration.object, allocatable, used };
    return refuseSysctls(pod, settings.unsafeSysctls) ?? admitPod(pod, facts);
  }

  /** Something was freed: resizes that wait for room are looked at again. */
  private reviewResizes(): void {
    for (const worker of this.workers.values()) if (worker.resizing?.pending !== undefined) worker.resize();
  }

  private adoptNode(node: Node): void {
    const { podCIDR, podCIDRs } = node.spec;
    if (podCIDR !== undefined) this.network.setPodCIDRs(podCIDRs ?? [podCIDR]);
  }

  private podAdded(pod: Pod): void {
    if (isMirrorPod(pod)) return this.statics.mirrorSeen(pod);
    const { namespace, name, uid } = pod.metadata;
    const known = this.workers.get(`${namespace}/${name}`);
    if (known?.pod.metadata.uid === uid) return known.update(pod);
    if (known !== undefined) return this.podDeleted(known.pod);
    const { phase } = pod.status;
    if (phase === "Succeeded" || phase === "Failed") return removeFinished(this.client, pod);
    if (this.arrivals === undefined) this.run(pod, { isStatic: false });
    else this.arrivals.add(`${namespace}/${name}`);
  }

  private podUpdated(pod: Pod): void {
    if (isMirrorPod(pod)) return this.statics.mirrorSeen(pod);
    const worker = this.workers.get(`${pod.metadata.namespace}/${pod.metadata.name}`);
    if (worker?.pod.metadata.uid === pod.metadata.uid) worker.update(pod);
    else this.podAdded(pod);
  }

  private podDeleted(pod: Pod): void {
    if (isMirrorPod(pod)) return this.statics.mirrorGone(pod);
    const worker = this.workers.get(`${pod.metadata.namespace}/${pod.metadata.name}`);
    if (worker === undefined || worker.pod.metadata.uid !== pod.metadata.uid) return;
    worker.terminate(pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30);
    if (worker.termination !== undefined) worker.termination.forgotten = true;
    worker.uncount();
  }

  /** Every pod of the node has been heard of: what is gone holds nothing, and only then are new ones looked at. */
  private sourcesReady(): void {
    this.forgetVanished();
    const arrived = this.arrivals ?? [];
    this.arrivals = undefined;
    for (const key of arrived) {
      const pod = this.podInformer.lister.get(key);
      if (pod !== undefined && !this.workers.has(key)) this.podAdded(pod);
    }
  }

  /** Pods that went away while the kubelet didn't look. */
  private forgetVanished(): void {
    for (const [key, worker] of [...this.workers]) {
      if (!worker.isStatic && this.podInformer.lister.get(key) === undefined) this.podDeleted(worker.pod);
    }
  }
}
