import type { Pod, PodSpec, ServiceAccountTokenProjection } from "../api/generated/types.ts";
import type { Client } from "../client/client.ts";
import type { EventRecorder } from "../client/contracts.ts";
import type { NodeNetwork } from "../network/node-network.ts";
import type { ContainerRuntime } from "../runtime/containers/container-runtime.ts";
import type { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import type { SizedFileSystem } from "../runtime/sized-file-system.ts";
import type { RandomStream } from "../sim/random.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { DevicePlugins } from "./device-plugins.ts";
import type { NodeDriver } from "../storage/csi.ts";
import type { ConfigReader } from "../storage/volume-plugin.ts";
import type { Holdings } from "./admission.ts";
import type { KubeletSettings } from "./kubelet-settings.ts";
import type { ImageManager } from "./image-manager.ts";
import type { PodWorker } from "./pod-worker.ts";

export interface NodeSpec {
  name: string;
  /** InternalIP. */
  address: string;
  /** The InternalIP of the other family, on a dual-stack node. */
  address6?: string | undefined;
  labels?: Readonly<Record<string, string>>;
  taints?: readonly { key: string; value?: string; effect: string }[];
  capacity: {
    /** CPUs. */
    cpu: number;
    /** Bytes. */
    memory: number;
    pods: number;
    /** Bytes of ephemeral storage. */
    ephemeral: number;
  };
  podCIDR?: string;
  /** `control-plane` and the like: the node-role.kubernetes.io labels. */
  roles?: readonly string[];
}

/** Addresses that a node's pods see as their host's. */
export function hostIPsOf({ address, address6 }: NodeSpec): readonly string[] {
  return address6 === undefined ? [address] : [address, address6];
}

/** Why a plugin gives no address; `missing` iff it is because of a program, without which it can't take one back either. */
export interface CniFailure {
  readonly plugin: string;
  readonly why: string;
  readonly missing?: string;
}

/** A pod network's plugin on a node: whether pods can ask it for addresses, and why one of its plugins has none to give. */
export interface CniState {
  readonly initialized: boolean;
  readonly failure?: CniFailure;
}

/** What the pods' workers share. */
export interface KubeletContext {
  readonly sim: Simulation;
  readonly node: NodeSpec;
  readonly client: Client;
  readonly events: EventRecorder;
  readonly runtime: ContainerRuntime;
  readonly network: NodeNetwork;
  readonly images: ImageManager;
  readonly config: ConfigReader;
  /** A token of the pod's account, bound to the pod. Throws a `VolumeError`. */
  readonly requestToken: (pod: Pod, source: ServiceAccountTokenProjection) => string;
  /** What pods get as their name server. */
  readonly dns: { dnsIP: string; clusterDomain: string };
  /** What the kubelet's file said when it started. */
  readonly settings: KubeletSettings;
  readonly random: RandomStream;
  /** The node's labels, as the API server has them. */
  readonly nodeLabels: Readonly<Record<string, string>>;
  /** What the runtime finds of the pod network's plugin. */
  readonly cni: () => CniState;
  /** The node's own disk, for hostPath volumes. */
  readonly disk: MemoryFileSystem;
  /** The file system of that name that all nodes see. */
  readonly remoteFileSystem: (name: string) => SizedFileSystem;
  /** Whether the node's status says of a volume that pods use it and that it is attached. */
  isAttached(uniqueName: string): boolean;
  /** Which volumes pods use has changed, or the pod network's plugin: the node's status is to tell. */
  statusChanged(): void;
  /** Names of the volumes that have to be attached and that pods use. */
  volumesInUse(): readonly string[];
  readonly csiDrivers: readonly NodeDriver[];
  /** Drivers of devices that pods claim. */
  readonly devices: DevicePlugins;
  readonly allocatable: Readonly<Record<string, string>>;
  /** Journal actor, `kubelet/worker-1`. */
  readonly actor: string;
  /** False while the kubelet process is stopped: workers notice nothing and write nothing. */
  readonly active: boolean;
  serviceVariables(pod: Pod): Readonly<Record<string, string>>;
  /** The pod has ended: what it asked for is free. Called once, before `retired`. */
  released(worker: PodWorker): void;
  /** The worker's pod is about to hold what `spec` asks for. */
  reallocate(worker: PodWorker, spec: PodSpec): void;
  /** What all pods but that of the worker hold. */
  holdingsBeside(worker: PodWorker): Holdings;
  /** The worker has nothing left to do. */
  retired(worker: PodWorker): void;
}
