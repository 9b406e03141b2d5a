/**
 * One node's container runtime, as kubelet speaks to it through CRI. Models containerd.
 * Upstream: containerd internal/cri/server.
 *
 * **Simplified:** calls answer at once; whoever calls waits as long as such a call takes (`sandboxDelay`, `startDelay`).
 */
import type { FileSystem, FileSystemSpace } from "../../base/program.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { Machine, MachineOptions } from "../machine.ts";
import { commandLine } from "./command-line.ts";
import { HostProcesses } from "./host-processes.ts";
import { Container } from "./container.ts";
import type { ContainerConfig } from "./container-config.ts";
import { DEFAULT_LOG_LIMITS } from "./container-log.ts";
import type { LogLimits } from "./container-log.ts";
import type { ContainerHost, HostNode } from "./container-host.ts";
import { hex64 } from "./identity.ts";
import { containerFiles } from "./image-files.ts";
import type { ImageSource } from "./image.ts";
import { ImageStore } from "./image-store.ts";
import type { LocalImage, Pull } from "./image-store.ts";
import { handlerOf } from "./runtime-handlers.ts";
import type { Handler } from "./runtime-handlers.ts";
import { Sandbox } from "./sandbox.ts";
import type { SandboxNetwork } from "./sandbox.ts";
import { ContainerError } from "./start-error.ts";

const NO_SPACE: FileSystemSpace = { capacity: 0, used: 0 };

export interface ContainerRuntimeOptions {
  sim: Simulation;
  /** The node's name. */
  node: string;
  images: ImageSource;
  createMachine(options: MachineOptions): Machine;
  hostNode(): HostNode;
  /** The node's; absent: it has none. */
  disk?: () => FileSystem;
}

/** Who looks after what containers take of the node. */
export interface UseWatch {
  memoryGrew(): void;
  processStarting(): void;
  due(): void;
  /** What the node's disk has and what is taken of it. */
  diskSpace(): FileSystemSpace;
}

/** containerd's version, as nodes report it. */
export const CONTAINERD_VERSION = "2.2.2";

export class ContainerRuntime {
  /** Bytes that containers hold, a megabyte for each shell aside. */
  memoryInUse = 0;
  /** What the kubelet's configuration says of logs. */
  logLimits: LogLimits = DEFAULT_LOG_LIMITS;
  /** Told of memory and files that are taken. */
  watch: UseWatch | undefined;
  readonly images: ImageStore;
  readonly version = CONTAINERD_VERSION;
  private readonly host: ContainerHost;
  private readonly node: string;
  private readonly disk: (() => FileSystem) | undefined;
  private readonly random;
  private readonly sandboxes = new Map<string, Sandbox>();
  private readonly containers = new Map<string, Container>();
  private readonly lastUses = new Map<LocalImage, number>();
  readonly processes = new HostProcesses(() => this.containers.values());

  constructor(options: ContainerRuntimeOptions) {
    const { sim, node, images, createMachine, hostNode } = options;
    this.disk = options.disk;
    this.node = node;
    this.host = {
      ...{ sim, images, createMachine, hostNode },
      processes: this.processes,
      memoryChanged: (bytes) => {
        this.memoryInUse += bytes;
        if (bytes > 0) this.watch?.memoryGrew();
      },
      logLimits: () => this.logLimits,
      fileChanging: () => this.watch?.due(),
      diskSpace: () => this.watch?.diskSpace() ?? NO_SPACE,
      processStarting: () => this.watch?.processStarting(),
    };
    this.images = new ImageStore(sim, images, node);
    this.random = sim.random(`container-runtime/${node}`);
  }

  /** Pulls under way on this node. */
  get pulls(): Iterable<Pull> {
    return this.images.pulls;
  }

  /** Milliseconds that making a sandbox and its network takes. */
  sandboxDelay(): number {
    return 300 + this.random.int(400);
  }

  /** Milliseconds that creating and starting a container takes. */
  startDelay(): number {
    return 100 + this.random.int(200);
  }

  /** What containerd's configuration has of that name. */
  handler(name: string): Handler {
    return handlerOf(name, this.disk);
  }

  runSandbox(
    pod: {
      uid: string;
      namespace: string;
      name: string;
      hostname: string;
      attempt: number;
      sharesProcesses?: boolean;
      seesNode?: boolean;
      guarded?: boolean;
    },
    network: SandboxNetwork,
  ): Sandbox {
    const key = `sandbox/${this.node}/${pod.uid}/${pod.attempt}`;
    const sandbox = new Sandbox(key, pod, { network, createdAt: this.host.sim.now });
    this.sandboxes.set(key, sandbox);
    return sandbox;
  }

  /** Throws a ContainerError. */
  createContainer(sandbox: Sandbox, config: ContainerConfig): Container {
    const id = hex64(`${sandbox.key}/${config.name}/${config.attempt}`);
    if (commandLine(config).length === 0) {
      const message = `failed to generate container "${id}" spec: failed to generate spec: no command specified`;
      throw new ContainerError("CreateContainerError", message);
    }
    const container = new Container(this.host, sandbox, id, config);
    this.containers.set(id, container);
    sandbox.containers = sandbox.containers.concat(container);
    return container;
  }

  /** Forgets a container and its log. It must have ended. */
  removeContainer(container: Container): void {
    this.forget(container);
    const { sandbox } = container;
    sandbox.containers = sandbox.containers.filter((kept) => kept !== container);
  }

  /** Ends the sandbox' network and forgets it with all its containers. */
  removeSandbox(sandbox: Sandbox): void {
    for (const container of sandbox.containers) {
      container.vanish();
      this.forget(container);
    }
    sandbox.stop();
    this.sandboxes.delete(sandbox.key);
  }

  private forget({ id, config }: Container): void {
    this.containers.delete(id);
    this.lastUses.set(config.image, this.host.sim.now);
  }

  /** Those that containers were made of, running or not. */
  imagesInUse(): ReadonlySet<LocalImage> {
    return new Set([...this.containers.values()].map(({ config }) => config.image));
  }

  /** When the last container of an image went. */
  lastUse(image: LocalImage): number | undefined {
    return this.lastUses.get(image);
  }

  listSandboxes(): Iterable<Sandbox> {
    return this.sandboxes.values();
  }

  list(): Iterable<Container> {
    return this.containers.values();
  }

  /** What is in an image, for who only reads it. */
  imageContent(image: LocalImage): FileSystem {
    return containerFiles(this.host.images, image, { files: {}, now: () => this.host.sim.now });
  }

  /** The node lost its power: nothing runs any more, nobody hears of it. Logs and images stay on the disk. */
  powerOff(): void {
    for (const container of this.containers.values()) container.vanish();
    for (const sandbox of this.sandboxes.values()) sandbox.stop();
  }
}
