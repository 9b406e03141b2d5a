/**
 * The one place that knows all parts: builds a cluster from a preset, wires its components to the containers that carry
 * them, and breaks things on request. Models what kubeadm, kind or minikube do.
 */
import type { Descriptions } from "../api/descriptions.ts";
import type { KubeObject } from "../api/meta/object.ts";
import { loopbackUser, serviceAccountUser } from "../api/meta/user-info.ts";
import { deviceSelectors } from "../apiserver/cel/devices.ts";
import { ApiServer } from "../apiserver/server.ts";
import { Client } from "../client/client.ts";
import { ControllerManager } from "../controllers/controller-manager.ts";
import { explainExchange } from "../diagnose/exchange.ts";
import type { ExchangeFinding } from "../diagnose/exchange.ts";
import { explainPlacement } from "../diagnose/placement.ts";
import type { Placement } from "../diagnose/placement.ts";
import { Store } from "../etcd/store.ts";
import { remoteFileSystems } from "../kubelet/remote-file-systems.ts";
import type { LinkFault } from "../network/links.ts";
import type { ProxySettings } from "../network/proxy-settings.ts";
import { Network } from "../network/network.ts";
import type { Exchange } from "../network/trace.ts";
import type { Container } from "../runtime/containers/container.ts";
import type { Pull } from "../runtime/containers/image-store.ts";
import type { ImageDefinition } from "../runtime/containers/image.ts";
import type { SizedFileSystem } from "../runtime/sized-file-system.ts";
import type { Kernel } from "../runtime/kernel.ts";
import type { Decision } from "../scheduler/decisions.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import type { Simulation } from "../sim/simulation.ts";
import { ApiServers } from "./api-servers.ts";
import { Cloud, DISK_DRIVER } from "./cloud.ts";
import { bootstrapObjects } from "./bootstrap-objects.ts";
import type { BootstrapOptions } from "./bootstrap-objects.ts";
import { clusterControllers } from "./cluster-controllers.ts";
import { clusterImages } from "./cluster-images.ts";
import { ClusterNode } from "./cluster-node.ts";
import { setKubeProxy } from "./bootstrap-proxy.ts";
import { controlPlaneCarrier } from "./control-plane-port.ts";
import { ComponentInstances } from "./control-plane.ts";
import type { ComponentHook } from "./control-plane.ts";
import { Membership } from "./etcd/membership.ts";
import { controlPlaneMembers } from "./etcd/node-files.ts";
import { managerLeadership } from "./leadership.ts";
import { NodeTransport } from "./node-transport.ts";
import type { ComponentProcess, Leadership } from "./leadership.ts";
import { presentAddons, switchAddon, type AddonName } from "./addons.ts";
import { DNS_IP } from "./bootstrap-dns.ts";
import { volumeContents } from "./csi/volume-contents.ts";
import { clusterReady } from "./readiness.ts";
import { publishedFiles } from "./published/published-files.ts";
import { isBare, networkGateway, serverPort, serviceRange } from "./presets.ts";
import { remoteServers } from "./remote-servers.ts";
import { webhookCaller } from "./webhook-calls.ts";
import { ServerEndpoints } from "./server-endpoints.ts";
import { SchedulerProcesses } from "./scheduler-processes.ts";
import type { Preset } from "./presets.ts";
import type { ComponentName } from "./static-pods.ts";

export interface ClusterOptions {
  sim: Simulation;
  kernel: Kernel;
  preset: Preset;
  /** Images that can be pulled besides the control plane's own. */
  images: readonly ImageDefinition[];
  /** Texts for `kubectl explain`, if there are any yet. */
  descriptions?: (() => Descriptions | undefined) | undefined;
}

export class Cluster {
  readonly sim: Simulation;
  readonly kernel: Kernel;
  readonly preset: Preset;
  readonly store: Store<KubeObject>;
  readonly server: ApiServer;
  readonly network: Network;
  readonly manager: ControllerManager;
  /** The control plane's; others that the learner runs are known to `schedulers`. */
  readonly scheduler: Scheduler;
  private readonly schedulers: SchedulerProcesses;
  readonly nodes = new Map<string, ClusterNode>();
  /** What nfs servers and storage systems hold: all nodes see it. */
  readonly remoteFileSystem: (name: string) => SizedFileSystem;
  /** Whose machines the nodes are, if they are a cloud's. */
  readonly cloud: Cloud | undefined;
  private readonly serverEndpoints: ServerEndpoints;
  /** Of its etcd. */
  readonly membership: Membership;
  private readonly instances = new ComponentInstances();
  /** The controller managers, of which one does all the work. */
  private readonly managers: Leadership;
  readonly apiServers: ApiServers;
  private bootstrapped = false;
  /** Whether kubeadm's objects come with the API server's first start: false where somebody is to run kubeadm first. */
  private formed: boolean;

  constructor(options: ClusterOptions) {
    const { sim, kernel, preset } = options;
    this.sim = sim;
    this.kernel = kernel;
    this.preset = preset;
    this.formed = !isBare(preset);
    this.store = new Store<KubeObject>(sim);
    this.membership = new Membership({
      members: this.formed ? controlPlaneMembers(preset) : [],
      linked: (from, to) => this.network.linked(from, to),
      changed: () => this.followServer(),
    });
    this.remoteFileSystem = remoteFileSystems(() => sim.now);
    this.cloud = preset.cloud === true ? this.createCloud() : undefined;
    this.server = new ApiServer({
      sim,
      store: this.store,
      descriptions: options.descriptions,
      authorizationMode: "Node,RBAC",
      externalAddress: preset.server.replace(/^https:\/\//, ""),
      ...(preset.serviceCIDR !== undefined && { serviceRanges: preset.serviceCIDR.split(",") }),
      started: false,
    });
    this.server.connectComponents(() => [
      { name: "controller-manager", port: 10257, healthy: this.isUp("kube-controller-manager") },
      { name: "scheduler", port: 10259, healthy: this.isUp("kube-scheduler") },
      { name: "etcd-0", port: 2381, healthy: this.isUp("etcd") },
    ]);
    this.manager = new ControllerManager({
      sim,
      transport: this.server,
      controllers: clusterControllers(preset, this.cloud, this.nodes),
    });
    this.scheduler = new Scheduler({ sim, transport: this.server, selectors: deviceSelectors() });
    /** Of the components that elect a leader: it says what Go's HTTP client says when nobody answers. */
    const line = new NodeTransport(this.server, preset.server);
    const lineOf = (node: string): NodeTransport => this.apiServers.localLine(node) ?? line;
    this.managers = managerLeadership(sim, lineOf, this.manager);
    const gateway = networkGateway(preset);
    const proxyClient = new Client(this.server, serviceAccountUser("kube-system", "kube-proxy"));
    this.network = new Network({
      sim,
      client: proxyClient,
      policyClient: new Client(this.server, loopbackUser),
      dnsIP: DNS_IP,
      clusterCIDR: preset.clusterCIDR,
      serviceCIDR: serviceRange(preset),
      ...(gateway !== undefined && { laptopAddress: gateway }),
      laptopAddress6: preset.laptopAddress6,
      published: publishedFiles,
    });
    this.server.connectWebhooks(
      webhookCaller(
        () => this.network,
        preset,
        () => sim.now,
      ),
    );
    this.apiServers = new ApiServers({
      ...{ server: this.server, sim, preset },
      powered: (name) => this.nodes.get(name)?.powered === true,
      linked: (from, to) => this.network.linked(from, to),
    });
    this.server.connectNetwork(controlPlaneCarrier(() => this.network, preset));
    this.server.connectRemotes(remoteServers(() => this.network, preset));
    this.serverEndpoints = new ServerEndpoints({
      ...{ sim, client: new Client(this.server, loopbackUser), port: serverPort(preset) },
      able: () => this.server.running,
      addresses: () => this.apiServers.addresses,
    });
    const report: ComponentHook = (component, node, process) => this.report(component, node, process);
    this.schedulers = new SchedulerProcesses({
      sim,
      ...{ transport: line, lineOf },
      main: this.scheduler,
      report: (node, process) => report("kube-scheduler", node, process),
    });
    const images = clusterImages(this, {
      ...{ membership: this.membership, schedulers: this.schedulers, proxyClient, report, more: options.images },
      followProxy: this.followProxy.bind(this),
    });
    for (const node of preset.nodes) this.nodes.set(node.name, new ClusterNode(this, node, images));
  }

  /** True when something answers at the address that kubectl has. */
  get apiServerReachable(): boolean {
    return this.server.running;
  }

  /** Switches everything on. Without nodes, the API server alone runs (preset `empty`). */
  powerOn(): void {
    if (this.nodes.size === 0) this.startServer();
    for (const node of this.nodes.values()) node.powerOn();
  }

  /** Cuts the power of all machines: what is in etcd and on the disks stays. */
  powerOff(): void {
    for (const node of this.nodes.values()) node.powerOff();
    if (this.nodes.size === 0) this.server.stop();
  }

  /** Ends the cluster for good; nothing of it acts any more. */
  destroy(): void {
    this.powerOff();
    this.manager.stop();
    this.scheduler.stop();
    this.network.stop();
    this.server.stop();
  }

  /** Whether a component of the control plane is up. */
  isUp(component: ComponentName): boolean {
    return this.instances.running(component);
  }

  /** Whether an instance of it is up on that node. */
  runsOn(component: ComponentName, node: string): boolean {
    return this.instances.runsOn(component, node);
  }

  /** True when every node and every pod of kube-system is Ready. */
  get ready(): boolean {
    return clusterReady(this);
  }

  /** Kills a container's main process; its kubelet will notice. */
  killContainer(namespace: string, pod: string, name: string): void {
    for (const container of this.containers(namespace, pod))
      if (container.config.name === name) container.kill("SIGKILL");
  }

  /** Names of a pod's running containers. */
  containersOf(namespace: string, pod: string): string[] {
    return this.containers(namespace, pod).flatMap(({ config, running }) => (running ? [config.name] : []));
  }

  /** The pull that a pod waits for, if any. */
  pullFor(podUid: string): { image: string; from: number; to: number } | undefined {
    const pull = this.pulls.find((each) => each.podUid === podUid);
    return pull && { image: pull.image, from: pull.from, to: pull.to };
  }

  /** uids of pods that wait for a pull. */
  pullingPods(): string[] {
    return this.pulls.map(({ podUid }) => podUid);
  }

  /** Everything that the containers of a pod have logged. */
  podLog(namespace: string, pod: string, container?: string): string {
    return this.containers(namespace, pod)
      .filter(({ config }) => container === undefined || container === config.name)
      .flatMap(({ log }) => log.since(0).map(({ text }) => `${text}\n`))
      .join("");
  }

  /** Of a pod, on whatever node. */
  private containers(namespace: string, pod: string): Container[] {
    return [...this.nodes.values()].flatMap(({ runtime }) =>
      [...runtime.list()].filter(({ sandbox }) => sandbox.namespace === namespace && sandbox.name === pod),
    );
  }

  private get pulls(): Pull[] {
    return [...this.nodes.values()].flatMap(({ runtime }) => [...runtime.pulls]);
  }

  /** What a scheduler decided last on a pod, while that is remembered. */
  decision(namespace: string, name: string): Decision | undefined {
    return this.schedulers.decision(`${namespace}/${name}`);
  }

  /** How the scheduler came to its choice, while that is remembered. */
  placement(namespace: string, name: string): Placement | undefined {
    return explainPlacement(this.decision(namespace, name));
  }

  /** Where a request of this cluster's network ended, and what to change; undefined when it was answered. */
  whyNoAnswer(exchange: Exchange): ExchangeFinding | undefined {
    return explainExchange(exchange);
  }

  /**
   * Takes a component's manifest out of every control-plane node's folder, or puts it back. Where kube-proxy is a daemon
   * set's it goes from all nodes, if the API server runs.
   */
  setComponent(component: ComponentName, on: boolean): void {
    if (component === "kube-proxy" && this.preset.proxyDaemonSet === true) {
      if (this.server.running) setKubeProxy(new Client(this.server, loopbackUser), on);
      return;
    }
    for (const node of this.nodes.values()) node.setComponent(component, on);
  }

  /**
   * Breaks or mends the link between two nodes, or with `to` undefined all links of one. A node without a link to any
   * control-plane node hears nothing of the API server.
   */
  setLink(from: string, to: string | undefined, fault: Partial<LinkFault>): void {
    this.network.setLink(from, to, fault);
    const control = this.preset.nodes.filter(({ role }) => role === "control-plane");
    for (const [name, node] of this.nodes)
      node.followLinks(control.some((each) => this.network.linked(each.name, name)));
    this.membership.review();
  }

  /** Names of the add-ons that are switched on. */
  get addons(): string[] {
    return this.server.running ? presentAddons(new Client(this.server, loopbackUser)) : [];
  }

  /** Applies an add-on, or takes it away; the API server has to run. */
  setAddon(name: AddonName, on: boolean): void {
    switchAddon(new Client(this.server, loopbackUser), name, on);
  }

  get hasMetricsServer(): boolean {
    return this.addons.includes("metrics-server");
  }

  /** Applies the add-on metrics-server, or takes it away; the API server has to run. */
  setMetricsServer(on: boolean): void {
    this.setAddon("metrics-server", on);
  }

  /** One hash over all that the API server stores. */
  hash(): string {
    return this.server.hash();
  }

  private followProxy(name: string, settings: ProxySettings | undefined): void {
    const up = settings !== undefined;
    this.sim.record("node", { actor: `kubelet/${name}`, subject: "kube-proxy", detail: up ? "up" : "down" });
    this.instances.report("kube-proxy", name, up);
    this.network.setProxy(name, settings);
  }

  private report(component: ComponentName, node: string, process: ComponentProcess | undefined): void {
    const up = process !== undefined;
    const isServer = component === "kube-apiserver";
    if (isServer && process !== undefined && !this.apiServers.open(node, process)) return;
    this.sim.record("node", { actor: `kubelet/${node}`, subject: component, detail: up ? "up" : "down" });
    // Who looks for the API server finds it at its port alone.
    const found = up && (process.port === undefined || process.port === serverPort(this.preset));
    this.instances.report(component, node, found);
    if (isServer && process !== undefined) {
      this.server.version = process.version ?? this.server.version;
      if (process.settings !== undefined) this.server.configure(process.settings);
    }
    if (component === "kube-controller-manager") {
      if (process === undefined) this.managers.leave(node);
      else this.managers.join(node, process);
    }
    if (!isServer) return;
    if (!up) this.apiServers.close(node);
    this.followServer();
    for (const each of this.nodes.values()) each.followServers();
    this.serverEndpoints.changed();
  }

  /** The API server works iff an instance runs whose etcd is one of a majority of the members. */
  private followServer(): void {
    if (this.apiServers.anyAnswers) this.startServer();
    else if (this.apiServers.addresses.length > 0 && this.membership.anyRuns) this.server.stall();
    else this.server.stop();
  }

  private startServer(): void {
    this.server.start();
    if (this.bootstrapped) return;
    this.bootstrapped = true;
    this.bootstrap(this.formed ? {} : { by: ["kube-apiserver"] });
    this.network.start();
  }

  /** The etcd of that node is to be emptied: where it is the last one, there is no cluster any more. */
  dissolve(node: string): void {
    if (this.membership.members.every(({ name }) => name === node)) this.membership.replace([]);
  }

  /** The store is empty: what comes begins anew, with kubeadm. */
  beginsAnew(): void {
    this.bootstrapped = false;
    this.formed = false;
  }

  /** Makes what is there once kubeadm has initialized a cluster, as far as it is missing. */
  bootstrap(options: Omit<BootstrapOptions, "preset">): void {
    bootstrapObjects(this.sim, new Client(this.server, loopbackUser), { preset: this.preset, ...options });
  }

  private createCloud(): Cloud {
    return new Cloud({
      nodes: this.preset.nodes,
      powered: (name) => this.nodes.get(name)?.powered === true,
      ...volumeContents(DISK_DRIVER, { now: () => this.sim.now, fileSystem: this.remoteFileSystem }),
    });
  }

  /** Deletes the machine of a node from the cloud: it is off for good. */
  terminateMachine(name: string): void {
    this.nodes.get(name)?.powerOff();
    this.cloud?.terminate(name);
  }
}
