/** One machine of the cluster: its disk, container runtime, network and kubelet. */
import { Kubelet } from "../kubelet/kubelet.ts";
import type { StaticPodManifest } from "../kubelet/kubelet.ts";
import type { NodeNetwork } from "../network/node-network.ts";
import { ContainerRuntime } from "../runtime/containers/container-runtime.ts";
import type { ImageDefinition } from "../runtime/containers/image.ts";
import type { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import { imageSource } from "../images/registry.ts";
import type { Cluster } from "./cluster.ts";
import { createNodeDisk, NodeMachine, showManifests } from "./node-machine.ts";
import type { NodePreset } from "./presets.ts";
import { staticPodsOf } from "./static-pods.ts";
import type { ComponentName } from "./static-pods.ts";

const EPHEMERAL_BYTES = 100 * 1024 ** 3;

export class ClusterNode {
  readonly name: string;
  readonly kubelet: Kubelet;
  readonly network: NodeNetwork;
  readonly runtime: ContainerRuntime;
  /** The node's own Linux: who logs in with ssh is here. */
  readonly machine: NodeMachine;
  private readonly cluster: Cluster;
  /** All that the node's folder of static pods has ever held, and what is taken out at present. */
  private readonly staticPods: readonly StaticPodManifest[];
  private readonly takenOut = new Set<ComponentName>();
  /** Undefined until somebody looks at it: most nodes' disks never matter. */
  private disk: MemoryFileSystem | undefined;
  /** When the power came on last, in virtual time. */
  private since = 0;
  private on = false;

  constructor(cluster: Cluster, preset: NodePreset, images: readonly ImageDefinition[]) {
    const { sim, kernel, server } = cluster;
    this.cluster = cluster;
    this.name = preset.name;
    this.network = cluster.network.addNode({ name: preset.name, address: preset.address });
    this.network.power(false);
    this.runtime = new ContainerRuntime({
      sim,
      node: preset.name,
      images: imageSource(images),
      createMachine: (options) => kernel.createMachine(options),
    });
    const staticPods = staticPodsOf(cluster.preset, preset);
    this.staticPods = staticPods;
    for (const { spec } of staticPods)
      for (const { image } of spec.containers) this.runtime.images.preload(image ?? "");
    this.machine = new NodeMachine({
      kernel,
      name: preset.name,
      disk: () => this.kubelet.disk,
      network: () => this.network.port(),
    });
    this.kubelet = new Kubelet({
      sim,
      transport: server,
      node: {
        name: preset.name,
        address: preset.address,
        labels: preset.labels,
        taints: preset.taints.map(({ key, value, effect }) => ({ key, effect, ...(value !== undefined && { value }) })),
        capacity: { cpu: preset.cpu, memory: preset.memoryBytes, pods: preset.maxPods, ephemeral: EPHEMERAL_BYTES },
      },
      runtime: this.runtime,
      network: this.network,
      disk: () => this.createDisk(),
      remoteFileSystem: cluster.remoteFileSystem,
      staticPods,
    });
  }

  /** Removes a folder with all that is in it from the disk, if it is there. */
  removeFolder(path: string): void {
    if (this.disk?.exists(path) === true) this.disk.remove(path, { recursive: true });
  }

  /** Puts a component's manifest into the node's folder or takes it out; nodes that never had it stay as they are. */
  setComponent(component: ComponentName, on: boolean): void {
    const manifest = this.staticPods.find(({ metadata }) => metadata.name === component);
    if (manifest === undefined) return;
    if (on) this.takenOut.delete(component);
    else this.takenOut.add(component);
    if (this.disk !== undefined) this.showManifests(this.disk);
    this.kubelet.setStaticPod(manifest, on);
  }

  private createDisk(): MemoryFileSystem {
    this.disk = createNodeDisk(this.name, () => this.cluster.sim.now);
    this.showManifests(this.disk);
    return this.disk;
  }

  private showManifests(disk: MemoryFileSystem): void {
    const present = this.staticPods.filter(({ metadata }) => !this.takenOut.has(metadata.name as ComponentName));
    showManifests(disk, present);
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
    this.cluster.server.connectNode(this.name, this.kubelet.carrier);
    this.kubelet.powerOn();
  }

  powerOff(): void {
    if (!this.on) return;
    this.on = false;
    this.machine.powerOff();
    this.kubelet.powerOff();
    this.cluster.server.connectNode(this.name, undefined);
    this.network.power(false);
  }
}
