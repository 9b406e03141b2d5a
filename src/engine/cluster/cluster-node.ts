/** One machine of the cluster: its disk, container runtime, network and kubelet. */
import { ROOT } from "../base/program.ts";
import { adminUser } from "../api/meta/user-info.ts";
import { Client } from "../client/client.ts";
import { Kubelet } from "../kubelet/kubelet.ts";
import { isNetworkReady } from "../kubelet/node-status.ts";
import type { KubeletLog } from "../kubelet/kubelet-log.ts";
import { SYSTEM_MEMORY } from "../kubelet/node-use.ts";
import type { NodeNetwork } from "../network/node-network.ts";
import type { StationPort } from "../network/port.ts";
import { nodeMounts } from "../runtime/containers/mount-table.ts";
import { ContainerRuntime } from "../runtime/containers/container-runtime.ts";
import type { ImageDefinition } from "../runtime/containers/image.ts";
import { addMachineFiles } from "../runtime/machine-load.ts";
import type { MachineLoad } from "../runtime/machine-load.ts";
import type { Neighbour } from "../runtime/machine.ts";
import type { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import { imageSource } from "../images/registry.ts";
import { ZONE_LABEL } from "./cloud.ts";
import type { BootstrapPart } from "./bootstrap-objects.ts";
import type { Cluster } from "./cluster.ts";
import { putEtcdFiles } from "./etcd/node-files.ts";
import { CNI_CONFIG, cniConfig, cniState, concernsCni } from "./node/cni-files.ts";
import { createNodeDisk, NODE_USER } from "./node/node-disk.ts";
import type { NodeHost } from "./node/node-host.ts";
import { KubeletService } from "./node/kubelet-service.ts";
import { NodeDaemons } from "./node/node-daemons.ts";
import { NodeMachine } from "./node/node-machine.ts";
import { NodeManifests, textOf } from "./node/node-manifests.ts";
import { NodeLines } from "./node/node-lines.ts";
import { NodePackages } from "./node/packages/node-packages.ts";
import { KUBERNETES_IMAGE_TAG } from "./bootstrap.ts";
import { kubeconfigFiles } from "./node/kubeconfig-files.ts";
import { KUBELET_CONFIG } from "./node/kubelet-configuration.ts";
import type { PkiFile } from "./node/pki-files.ts";
import { pkiFiles } from "./node/pki-files.ts";
import { NodeTransport } from "./node-transport.ts";
import { PodLogFiles } from "./node/pod-log-files.ts";
import { serverPort, serviceRange } from "./presets.ts";
import type { NodePreset } from "./presets.ts";
import type { StaticPodManifest } from "../kubelet/static-pod-file.ts";
import { folderStorageImages } from "./folder-storage/folder-storage.ts";
import { componentImage, staticPodsOf } from "./static-pods.ts";
import type { ComponentName } from "./static-pods.ts";

const HOSTS = "/etc/hosts";
const ADMIN_CONF = "/etc/kubernetes/admin.conf";
/** Of a kubelet that waits for one. **Simplified:** upstream's is taken for nobody, and forbidden everything. */
const WITHOUT_CERTIFICATE = { problem: "no client certificate is available yet" };

const EPHEMERAL_BYTES = 100 * 1024 ** 3;

/** What the kubelet, the container runtime and systemd take. */
const SYSTEM_MILLICORES = 60;
/** Of each of the three, the kernel has the rest. */
const DAEMON_USE = { cpuMillicores: SYSTEM_MILLICORES / 4, memoryBytes: SYSTEM_MEMORY / 4 };

/** From the command until the machine is off, and off until it is up again. */
const SHUTDOWN_MS = 1500;
const REBOOT_MS = 15_000;

export class ClusterNode implements NodeHost {
  readonly name: string;
  /** Another one once the machine has left its cluster. */
  kubelet: Kubelet;
  readonly network: NodeNetwork;
  readonly runtime: ContainerRuntime;
  /** The node's own Linux: who logs in with ssh is here. */
  readonly machine: NodeMachine;
  /** Its systemd, as far as the kubelet goes. */
  readonly service: KubeletService;
  readonly packages = new NodePackages();
  private readonly daemons: NodeDaemons;
  /** Of its static pods. */
  private release = KUBERNETES_IMAGE_TAG;
  podSubnet: string;
  controlPlaneEndpoint = "";
  private readonly cluster: Cluster;
  private readonly preset: NodePreset;
  private readonly transport: NodeTransport;
  private readonly lines: NodeLines;
  private readonly manifests: NodeManifests;
  /** Undefined until somebody looks at it: most nodes' disks never matter. */
  private disk: MemoryFileSystem | undefined;
  /** When the power came on last, in virtual time. */
  private since = 0;
  private on = false;

  constructor(cluster: Cluster, preset: NodePreset, images: readonly ImageDefinition[]) {
    const { sim, kernel, server } = cluster;
    this.cluster = cluster;
    this.preset = preset;
    this.podSubnet = cluster.preset.clusterCIDR;
    this.name = preset.name;
    this.daemons = new NodeDaemons(preset.name);
    this.transport = new NodeTransport(server, cluster.preset.server);
    this.lines = new NodeLines(cluster, preset.name, (host) => this.port().resolve(host));
    this.network = cluster.network.addNode(preset);
    this.network.power(false);
    this.network.proxyRunning = false;
    this.runtime = new ContainerRuntime({
      ...{ sim, node: preset.name },
      images: imageSource(images),
      createMachine: (options) => kernel.createMachine(options),
      disk: () => this.kubelet.disk,
      hostNode: () => ({ place: this.machine.place, processes: this.ownProcesses, load: () => this.load() }),
    });
    const staticPods = preset.bare === true ? [] : staticPodsOf(cluster.preset, preset);
    this.manifests = new NodeManifests(staticPods);
    for (const { spec } of staticPods)
      for (const { image } of spec.containers) this.runtime.images.preload(image ?? "");
    if (preset.bare !== true) {
      for (const image of [componentImage("kube-proxy"), ...folderStorageImages(cluster.preset)])
        this.runtime.images.preload(image);
    }
    this.machine = new NodeMachine({
      kernel,
      name: preset.name,
      disk: () => this.kubelet.disk,
      network: () => this.port(),
      host: this,
    });
    this.service = new KubeletService({
      kubelet: () => this.kubelet,
      disk: () => this.disk,
      network: () => this.port(),
      release: () => this.packages.release("kubelet"),
      configure: ({ staticPodPath, shutdown, logs, settings }, client) => {
        this.kubelet.settings = settings;
        if (typeof client === "string") this.transport.aim(client, () => WITHOUT_CERTIFICATE);
        else this.transport.aim(client.server, this.lines.finder(client));
        this.runtime.logLimits = logs;
        this.manifests.folder = staticPodPath;
        this.kubelet.shutdown.groups = shutdown;
      },
    });
    this.kubelet = this.createKubelet();
    if (preset.bare === true) this.createDisk();
  }

  /** The node's way out, by its own /etc/hosts. */
  private port(): StationPort {
    const hosts = (): string => (this.disk?.exists(HOSTS) === true ? this.disk.readFile(HOSTS) : "");
    return this.network.port({ hosts });
  }

  /** Instances of the API server have come or gone. */
  followServers(): void {
    this.transport.follow((node) => this.cluster.apiServers.runsOn(node));
  }

  private createKubelet(log?: KubeletLog): Kubelet {
    const { cluster, preset } = this;
    const { cloud } = cluster;
    return new Kubelet({
      sim: cluster.sim,
      transport: this.transport,
      node: {
        name: preset.name,
        address: preset.address,
        address6: preset.address6,
        labels: { ...preset.labels, ...(cloud !== undefined && { [ZONE_LABEL]: cloud.zoneOf(preset.name) }) },
        taints: preset.taints.map(({ key, value, effect }) => ({ key, effect, ...(value !== undefined && { value }) })),
        capacity: { cpu: preset.cpu, memory: preset.memoryBytes, pods: preset.maxPods, ephemeral: EPHEMERAL_BYTES },
      },
      runtime: this.runtime,
      network: this.network,
      disk: () => this.disk ?? this.createDisk(),
      cni: () => {
        const ranged = this.network.podCIDR !== "";
        return this.disk === undefined ? { initialized: ranged } : cniState(this.disk, ranged);
      },
      remoteFileSystem: cluster.remoteFileSystem,
      manifests: () => this.manifests.files(),
      ...(log !== undefined && { log }),
      ...(cloud !== undefined && { csiDrivers: [cloud.nodeDriver(preset.name)] }),
    });
  }

  get networkReady(): boolean {
    return isNetworkReady(this.kubelet);
  }

  get admin(): Client {
    const line = this.isBare ? this.lines.by(this.disk, ADMIN_CONF) : undefined;
    return new Client(line ?? this.transport, adminUser);
  }

  get server(): string {
    if (!this.isBare) return this.cluster.preset.server;
    return this.controlPlaneEndpoint === "" ? this.localServer : `https://${this.controlPlaneEndpoint}`;
  }

  get localServer(): string {
    return this.isBare ? `https://${this.preset.address}:${this.serverPort}` : this.cluster.preset.server;
  }

  get isBare(): boolean {
    return this.preset.bare === true;
  }

  becomes(role: NodePreset["role"]): void {
    if (this.isBare) this.preset.role = role;
  }

  problemAt(server: string): string | undefined {
    return this.lines.problemAt(server);
  }

  get founder(): string | undefined {
    return this.cluster.membership.members.find(({ name }) => name !== "")?.name;
  }

  get isControlPlane(): boolean {
    return this.preset.role === "control-plane";
  }

  manifestsAt(release: string): ReadonlyMap<string, string> {
    const manifests = this.staticPodsAt(release);
    return new Map(manifests.map((manifest) => [manifest.metadata.name, textOf(manifest)]));
  }

  adoptRelease(release: string): void {
    this.release = release;
    this.manifests.replace(this.staticPodsAt(release));
  }

  private staticPodsAt(release: string): StaticPodManifest[] {
    return staticPodsOf({ ...this.cluster.preset, clusterCIDR: this.podSubnet }, this.preset, release);
  }

  get clusterCIDR(): string {
    return this.cluster.preset.clusterCIDR;
  }

  get serviceCIDR(): string {
    return serviceRange(this.cluster.preset);
  }

  get serverPort(): number {
    return serverPort(this.cluster.preset);
  }

  runs(component: ComponentName): boolean {
    return this.cluster.runsOn(component, this.name);
  }

  clusterFiles(): readonly PkiFile[] {
    const { role, address } = this.preset;
    const { server, localServer: local } = this;
    const facts = { sim: this.cluster.sim, node: this.name, address, server, local };
    return [...pkiFiles(facts, role), ...kubeconfigFiles(facts, role)];
  }

  /** On a control-plane node, what kubeadm's last words tell to do; minikube's kubeconfig is on the laptop. */
  private ownKubeconfigs(): PkiFile[] {
    const admin = this.clusterFiles().find(({ path }) => path === ADMIN_CONF);
    if (admin === undefined || this.cluster.preset.name === "minikube") return [];
    return [ROOT, NODE_USER].map((owner) => ({ ...admin, path: `${owner.home}/.kube/config`, owner }));
  }

  initializeCluster(release: string, by: readonly BootstrapPart[]): void {
    const { podSubnet, server, controlPlaneEndpoint: endpoint } = this;
    this.cluster.bootstrap({ release, podSubnet, server, endpoint, by });
  }

  leaveCluster(): void {
    this.service.stop();
    this.kubelet.discard();
    for (const sandbox of [...this.runtime.listSandboxes()]) this.runtime.removeSandbox(sandbox);
    this.network.forgetPodCIDRs();
    this.kubelet = this.createKubelet(this.kubelet.log);
    this.followLinks(this.transport.connected);
    if (this.isControlPlane) this.cluster.dissolve(this.name);
    this.becomes("worker");
    this.controlPlaneEndpoint = "";
  }

  releaseOf(node: string): string | undefined {
    return this.cluster.nodes.get(node)?.release;
  }

  /** Removes a folder with all that is in it from the disk, if it is there. */
  removeFolder(path: string): void {
    if (this.disk?.exists(path) === true) this.disk.remove(path, { recursive: true });
  }

  /** Puts a component's manifest into the node's folder or takes it out; nodes that never had it stay as they are. */
  setComponent(component: ComponentName, on: boolean): void {
    if (this.manifests.set(component, on)) this.kubelet.manifestsChanged();
  }

  shutDown(how: "poweroff" | "reboot"): void {
    const { sim } = this.cluster;
    this.kubelet.shutdown.begin(() =>
      sim.after(SHUTDOWN_MS, () => {
        this.powerOff();
        if (how === "reboot") sim.after(REBOOT_MS, () => this.powerOn());
      }),
    );
  }

  get connected(): boolean {
    return this.transport.connected;
  }

  /** Whether a link leads to the control plane at present. */
  followLinks(connected: boolean): void {
    if (connected !== this.transport.connected) this.transport.connect(connected);
    this.network.heardOf = connected;
    this.cluster.server.connectNode(this.name, connected && this.on ? this.kubelet.carrier : undefined);
  }

  /** What systemd runs here. */
  private get ownProcesses(): Neighbour[] {
    const { since, service: kubelet } = this;
    return this.daemons.processes({ since, kubelet, place: () => this.machine.place, use: DAEMON_USE });
  }

  /** All processes of the node that were not started by who logged in. */
  get processes(): Neighbour[] {
    return [...this.ownProcesses, ...this.runtime.processes.list()];
  }

  load(): MachineLoad {
    let [cpuMillicores, usedBytes] = [SYSTEM_MILLICORES, SYSTEM_MEMORY];
    for (const container of this.runtime.list()) {
      if (!container.running) continue;
      const used = container.used();
      cpuMillicores += used.cpuMillicores;
      usedBytes += used.memoryBytes;
    }
    const { cpu, memoryBytes } = this.preset;
    return { cores: cpu, memoryBytes, usedBytes, cpuMillicores, since: this.since };
  }

  private createDisk(): MemoryFileSystem {
    const { sim } = this.cluster;
    const { role, bare } = this.preset;
    const disk = createNodeDisk(this.name, {
      now: () => sim.now,
      changing: (path) => this.diskChanges(path),
      files: bare === true ? [] : [...this.clusterFiles(), ...this.ownKubeconfigs()],
    });
    addMachineFiles(
      disk,
      () => this.load(),
      () => sim.now,
    );
    if (bare !== true) disk.later(CNI_CONFIG, () => cniConfig(this.network.podCIDRs), 0o644);
    disk.mountTable = () =>
      nodeMounts({ memory: this.preset.memoryBytes, diskSpace: () => this.kubelet.eviction.diskSpace() });
    this.manifests.moveTo(disk);
    if (bare === true) disk.remove(KUBELET_CONFIG);
    else if (role === "control-plane") putEtcdFiles(disk);
    for (const folder of ["pods", "containers"] as const) {
      disk.mount(`/var/log/${folder}`, new PodLogFiles(this.runtime, folder, () => sim.now));
    }
    this.disk = disk;
    return disk;
  }

  private diskChanges(path: string): void {
    this.kubelet.eviction.due();
    if (this.disk === undefined) return;
    if (path.startsWith(`${this.manifests.folder}/`)) this.kubelet.manifestsChanged();
    if (concernsCni(path)) this.kubelet.statusChanged();
  }

  get powered(): boolean {
    return this.on;
  }

  get poweredSince(): number {
    return this.since;
  }

  powerOn(): void {
    if (this.on) return;
    this.on = true;
    this.since = this.cluster.sim.now;
    this.network.power(true);
    this.daemons.start(this.network.host.namespace);
    this.followLinks(this.transport.connected);
    if (this.service.enabled) this.service.start();
  }

  powerOff(): void {
    if (!this.on) return;
    this.on = false;
    this.machine.powerOff();
    this.daemons.stop();
    this.service.powerOff();
    this.kubelet.powerOff();
    this.cluster.server.connectNode(this.name, undefined);
    this.network.power(false);
  }
}
