/**
 * The storage system of csi-driver-host-path: folders of the nodes that its plugin runs on. Upstream:
 * kubernetes-csi/csi-driver-host-path pkg/hostpath.
 *
 * **Simplified:** what volumes hold is not seen in the node's /var/lib/csi-hostpath-data; no capacity is published, raw
 * block volumes are like others.
 */
import { DriverError } from "../../controllers/csi/driver.ts";
import type { CreatedVolume, CreateVolumeRequest, StorageDriver, TakenSnapshot } from "../../controllers/csi/driver.ts";
import { hash53 } from "../../base/hash.ts";
import { uuid } from "../../base/hex.ts";
import type { NodeDriver } from "../../storage/csi.ts";
import { DriverSnapshots } from "./driver-snapshots.ts";

export const TOPOLOGY = "topology.hostpath.csi/node";
/** `--maxvolumesize` */
const LARGEST = 1024 ** 4;

interface Folder {
  bytes: number;
  node: string;
  /** The node that it is attached to. */
  attached: string | undefined;
}

export interface HostPathOptions {
  now(): number;
  copied(from: string, to: string): void;
  erased(handle: string): void;
}

export class HostPathDriver implements StorageDriver {
  readonly name: string;
  readonly callMs = 200;
  private readonly options: HostPathOptions;
  private readonly folders = new Map<string, Folder>();
  private readonly snapshots: DriverSnapshots;
  /** Nodes whose plugin runs. */
  private readonly nodes = new Set<string>();
  private readonly listeners = new Set<() => void>();

  constructor(name: string, options: HostPathOptions) {
    this.name = name;
    this.options = options;
    this.snapshots = new DriverSnapshots({ ...options, uploadMs: 0, handleOf: (each) => uuidOf(`${name}/${each}`) });
  }

  /** The plugin of a node runs. Returns what to call when it ends. */
  run(node: string): () => void {
    this.nodes.add(node);
    return () => {
      this.nodes.delete(node);
      for (const listener of this.listeners) listener();
    };
  }

  isRunning(node: string): boolean {
    return this.nodes.has(node);
  }

  /** Called when a plugin ends. Returns the function that ends it. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  nodeDriver(node: string): NodeDriver {
    return {
      name: this.name,
      nodeID: node,
      topologyKeys: [TOPOLOGY],
      topology: { [TOPOLOGY]: node },
      attachRequired: true,
    };
  }

  createVolume({ name, bytes, node, source }: CreateVolumeRequest): CreatedVolume {
    this.check();
    if (bytes > LARGEST) {
      throw new DriverError("OutOfRange", `Requested capacity ${bytes} exceeds maximum allowed ${LARGEST}`);
    }
    if (node !== undefined && !this.nodes.has(node)) {
      throw new DriverError("ResourceExhausted", `no plugin of ${this.name} on node ${node}`);
    }
    if (source?.of === "volume" && !this.folders.has(source.handle)) {
      throw new DriverError("NotFound", `source volumeId ${source.handle} does not exist`);
    }
    if (source?.of === "snapshot" && this.snapshots.get(source.handle) === undefined) {
      throw new DriverError("NotFound", `cannot find snapshot ${source.handle}`);
    }
    const handle = uuidOf(`${this.name}/${name}`);
    let folder = this.folders.get(handle);
    if (folder === undefined) {
      folder = { bytes, node: node ?? ([...this.nodes][0] as string), attached: undefined };
      this.folders.set(handle, folder);
      if (source !== undefined) this.options.copied(source.handle, handle);
    }
    return { handle, bytes: folder.bytes, topology: { [TOPOLOGY]: folder.node } };
  }

  deleteVolume(handle: string): void {
    this.check();
    const attached = this.folders.get(handle)?.attached;
    if (attached !== undefined) {
      const state = "(attached: true, staged: false, published: false)";
      throw new DriverError("Internal", `volume '${handle}' is still used ${state} by '${attached}' node`);
    }
    if (this.folders.delete(handle)) this.options.erased(handle);
  }

  attach(handle: string, node: string): void {
    this.check();
    const folder = this.folder(handle);
    if (folder.attached !== undefined && folder.attached !== node) {
      throw new DriverError("Internal", `volume ${handle} is already attached to node ${folder.attached}`);
    }
    folder.attached = node;
  }

  detach(handle: string, node: string): void {
    this.check();
    const folder = this.folders.get(handle);
    if (folder?.attached === node) folder.attached = undefined;
  }

  expand(handle: string, bytes: number): number {
    this.check();
    const folder = this.folder(handle);
    folder.bytes = Math.max(folder.bytes, bytes);
    return folder.bytes;
  }

  createSnapshot(name: string, volume: string): TakenSnapshot {
    this.check();
    return this.snapshots.create(name, { handle: volume, bytes: this.folder(volume).bytes });
  }

  deleteSnapshot(handle: string): void {
    this.check();
    this.snapshots.delete(handle);
  }

  snapshot(handle: string): TakenSnapshot | undefined {
    this.check();
    return this.snapshots.get(handle);
  }

  private folder(handle: string): Folder {
    const folder = this.folders.get(handle);
    if (folder === undefined)
      throw new DriverError("NotFound", `volume id ${handle} does not exist in the volumes list`);
    return folder;
  }

  /** Who asks reaches a plugin that runs. */
  private check(): void {
    if (this.nodes.size > 0) return;
    const why = "dial unix /csi/csi.sock: connect: connection refused";
    throw new DriverError("Unavailable", `connection error: desc = "transport: Error while dialing: ${why}"`);
  }
}

function uuidOf(text: string): string {
  const hex = [0, 1, 2].map((seed) => hash53(text, seed).padStart(14, "0").slice(-14)).join("");
  return uuid(hex);
}
