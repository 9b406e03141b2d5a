/**
 * A simulated cloud: machines in zones, disks that one machine at a time can have, load balancers with an address. Models
 * what Google Compute Engine is to a cluster: the persistent-disk csi driver and the cloud-controller-manager ask it.
 *
 * **Simplified:** its controllers run in the controller manager's process; load balancers have addresses of a range for
 * documentation.
 */
import type { CSIDriver, Service, StorageClass } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import type { Draft } from "../api/meta/object.ts";
import { CloudError } from "../controllers/cloud/provider.ts";
import type { CloudInstance, CloudProvider } from "../controllers/cloud/provider.ts";
import { DriverError } from "../controllers/csi/driver.ts";
import type { CreatedVolume, CreateVolumeRequest, StorageDriver, TakenSnapshot } from "../controllers/csi/driver.ts";
import type { NodeDriver } from "../storage/csi.ts";
import { DriverSnapshots } from "./csi/driver-snapshots.ts";
import type { NodePreset } from "./presets.ts";

export const DISK_DRIVER = "pd.csi.storage.gke.io";
export const ZONE_LABEL = "topology.gke.io/zone";
const PROJECT = "drydock";
const REGION = "europe-west3";
const MACHINE = "e2-standard-4";
/** Persistent disks that a machine of that type can have besides its own. */
const DISK_LIMIT = 127;
const GIB = 1024 ** 3;
/** TEST-NET-3 of RFC 5737. */
const BALANCER_NETWORK = "203.0.113.";
const BALANCERS = 250;

interface Disk {
  bytes: number;
  zone: string;
  node: string | undefined;
}

/** Until a snapshot's data are where they are kept. */
const UPLOAD_MS = 20_000;

export interface CloudOptions {
  now(): number;
  nodes: readonly NodePreset[];
  /** Whether a machine is switched on. */
  powered(node: string): boolean;
  /** What was on a disk is gone. */
  erased(handle: string): void;
  /** A new disk begins with what is on another one. */
  copied(from: string, to: string): void;
}

export class Cloud implements CloudProvider, StorageDriver {
  readonly name = DISK_DRIVER;
  readonly callMs = 1500;
  readonly balancerMs = 40_000;
  private readonly options: CloudOptions;
  private readonly machines = new Map<string, NodePreset>();
  private readonly disks = new Map<string, Disk>();
  private readonly balancers = new Map<string, number>();
  private readonly snapshots: DriverSnapshots;

  constructor(options: CloudOptions) {
    this.options = options;
    const { now, copied, erased } = options;
    const handleOf = (name: string): string => `projects/${PROJECT}/global/snapshots/${name}`;
    this.snapshots = new DriverSnapshots({ now, copied, erased, handleOf, uploadMs: UPLOAD_MS });
    for (const node of options.nodes) this.machines.set(node.name, node);
  }

  /** The machine is deleted for good. */
  terminate(node: string): void {
    this.machines.delete(node);
    for (const disk of this.disks.values()) if (disk.node === node) disk.node = undefined;
  }

  /** The driver as it is on a node. */
  nodeDriver(node: string): NodeDriver {
    return {
      name: DISK_DRIVER,
      nodeID: `projects/${PROJECT}/zones/${this.zoneOf(node)}/instances/${node}`,
      topologyKeys: [ZONE_LABEL],
      limit: DISK_LIMIT,
      attachRequired: true,
      disks: true,
    };
  }

  /** Machines are spread over two zones of the region in turn: worker-1 and worker-3 are in one. */
  zoneOf(node: string): string {
    const at = this.options.nodes.findIndex(({ name }) => name === node);
    return `${REGION}-${"ab"[Math.max(0, at) % 2]}`;
  }

  instance(node: string): CloudInstance | undefined {
    const machine = this.machines.get(node);
    if (machine === undefined) return undefined;
    const zone = this.zoneOf(node);
    return {
      providerID: `gce://${PROJECT}/${zone}/${node}`,
      type: MACHINE,
      zone,
      region: REGION,
      addresses: [
        { type: "InternalIP", address: machine.address },
        { type: "Hostname", address: node },
      ],
      shutDown: !this.options.powered(node),
    };
  }

  ensureLoadBalancer(service: Service, _nodes: readonly string[]): { ip: string } {
    const key = keyOf(service);
    const wanted = service.spec.loadBalancerIP ?? "";
    let number = this.balancers.get(key);
    if (number === undefined) {
      const taken = new Set(this.balancers.values());
      if (wanted !== "") {
        number = wanted.startsWith(BALANCER_NETWORK) ? Number(wanted.slice(BALANCER_NETWORK.length)) : Number.NaN;
        if (!(number >= 1 && number <= BALANCERS) || taken.has(number)) {
          throw new CloudError(`requested ip "${wanted}" is neither static nor assigned to the LB`);
        }
      } else {
        number = 10;
        while (taken.has(number)) number++;
        if (number > BALANCERS) throw new CloudError("Quota 'FORWARDING_RULES' exceeded");
      }
      this.balancers.set(key, number);
    }
    return { ip: `${BALANCER_NETWORK}${number}` };
  }

  deleteLoadBalancer(service: string): void {
    this.balancers.delete(service);
  }

  createVolume({ name, bytes, accessModes, node, source }: CreateVolumeRequest): CreatedVolume {
    if (accessModes.includes("ReadWriteMany")) {
      const why = "VolumeCapabilities is invalid: specified multi writer with mount access type";
      throw new DriverError("InvalidArgument", why);
    }
    const zone = this.zoneOf(node ?? this.options.nodes[0]?.name ?? "");
    const handle = `projects/${PROJECT}/zones/${zone}/disks/${name}`;
    const whole = Math.ceil(bytes / GIB) * GIB;
    if (source?.of === "volume" && this.disks.get(source.handle)?.zone !== zone) {
      throw new DriverError("InvalidArgument", `disk ${source.handle} is not in zone ${zone}`);
    }
    if (source?.of === "snapshot" && this.snapshots.get(source.handle) === undefined) {
      throw new DriverError("NotFound", `Snapshot source ${source.handle} was not found`);
    }
    if (!this.disks.has(handle)) {
      this.disks.set(handle, { bytes: whole, zone, node: undefined });
      if (source !== undefined) this.options.copied(source.handle, handle);
    }
    return { handle, bytes: whole, topology: { [ZONE_LABEL]: zone } };
  }

  deleteVolume(handle: string): void {
    const disk = this.disks.get(handle);
    if (disk?.node !== undefined) throw new DriverError("Internal", `Disk ${handle} is in use by ${disk.node}`);
    this.disks.delete(handle);
    this.options.erased(handle);
  }

  attach(handle: string, node: string): void {
    const disk = this.disks.get(handle);
    if (disk === undefined) throw new DriverError("NotFound", `Could not find disk ${handle}`);
    if (!this.machines.has(node)) throw new DriverError("NotFound", `could not find instance ${node}`);
    if (disk.zone !== this.zoneOf(node)) {
      throw new DriverError("InvalidArgument", `disk ${handle} and instance ${node} are in different zones`);
    }
    if (disk.node !== undefined && disk.node !== node) {
      throw new DriverError(
        "FailedPrecondition",
        `The disk resource '${handle}' is already being used by '${disk.node}'`,
      );
    }
    disk.node = node;
  }

  detach(handle: string, node: string): void {
    const disk = this.disks.get(handle);
    if (disk?.node === node) disk.node = undefined;
  }

  expand(handle: string, bytes: number): number {
    const disk = this.disks.get(handle);
    if (disk === undefined) throw new DriverError("NotFound", `Could not find disk ${handle}`);
    disk.bytes = Math.max(disk.bytes, Math.ceil(bytes / GIB) * GIB);
    return disk.bytes;
  }

  createSnapshot(name: string, volume: string): TakenSnapshot {
    const disk = this.disks.get(volume);
    if (disk === undefined) throw new DriverError("NotFound", `CreateSnapshot could not find disk ${volume}`);
    return this.snapshots.create(name, { handle: volume, bytes: disk.bytes });
  }

  deleteSnapshot(handle: string): void {
    this.snapshots.delete(handle);
  }

  snapshot(handle: string): TakenSnapshot | undefined {
    return this.snapshots.get(handle);
  }
}

export function diskDriverObject(): Draft<CSIDriver> {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "CSIDriver",
    metadata: { name: DISK_DRIVER },
    spec: { attachRequired: true, podInfoOnMount: false },
  };
}

/** Classes as GKE has them, `standard-rwo` the default one. */
export function diskStorageClasses(): Draft<StorageClass>[] {
  const make = (name: string, type: string, isDefault: boolean): Draft<StorageClass> => ({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: {
      name,
      labels: { "addonmanager.kubernetes.io/mode": "EnsureExists" },
      ...(isDefault && { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } }),
    },
    provisioner: DISK_DRIVER,
    parameters: { type },
    reclaimPolicy: "Delete",
    allowVolumeExpansion: true,
    volumeBindingMode: "WaitForFirstConsumer",
  });
  return [make("premium-rwo", "pd-ssd", false), make("standard-rwo", "pd-balanced", true)];
}
