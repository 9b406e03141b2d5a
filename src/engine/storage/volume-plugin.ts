/**
 * What a kind of volume is. Upstream: pkg/volume/plugins.go (VolumePlugin, VolumeHost).
 *
 * A plugin either gives the pod a place on some file system, or says which files the volume has; the kubelet writes
 * those, and asks again now and then while the pod runs.
 */
import type { PodFacts } from "../api/core/pod/field-reference.ts";
import type {
  ConfigMap,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Secret,
  ServiceAccountTokenProjection,
  Volume,
} from "../api/generated/types.ts";
import type { FileSystem, FileSystemSpace, MountDevice } from "../base/program.ts";
import type { NodeDriver } from "./csi.ts";

/** A volume that can't be set up yet: event FailedMount with this text. */
export class VolumeError extends Error {
  /** What failed, as events say it. */
  operation = "MountVolume.SetUp";
  /** The volume's name, where the pod has another one for it: a persistent volume's own. */
  volume: string | undefined;

  /** The step before the volume is set up, or the one between. */
  during(
    operation: "MountVolume.NewMounter initialization" | "MountVolume.NodeAffinity check" | "MountVolume.MountDevice",
  ): this {
    this.operation = operation;
    return this;
  }
}

/** One that isn't even known well enough to be set up: its claim is missing, or not bound. */
export class UnknownVolumeError extends VolumeError {}

/** One that the controller manager has not attached to the node yet: nothing to tell, only to wait for. */
export class NotAttachedError extends VolumeError {}

/** Objects that kubelet reads for its pods; undefined when there is none of that name. Throws when nobody can say. */
export interface ConfigReader {
  configMap(namespace: string, name: string): ConfigMap | undefined;
  secret(namespace: string, name: string): Secret | undefined;
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
}

/** A file system with files whose text is made at each read. */
export interface GeneratingFileSystem extends FileSystem {
  generate(path: string, text: () => string): void;
}

/** One that lies elsewhere. `space` is undefined until it is given a size. */
export interface RemoteFileSystem extends FileSystem {
  space(path: string): FileSystemSpace | undefined;
  resize(capacity: number): void;
  special(path: string, type: "block"): void;
}

/** What a plugin may use of its node. */
export interface VolumeHost {
  readonly pod: Pod;
  readonly facts: PodFacts;
  readonly config: ConfigReader;
  /** The node's labels, as far as the API server has them. */
  readonly nodeLabels: Readonly<Record<string, string>>;
  readonly nodeName: string;
  /** The node's own disk. */
  readonly disk: FileSystem;
  /** Virtual milliseconds since the Unix epoch, at the time of the call. */
  now(): number;
  /** A token of the pod's account, bound to the pod, from the API server. Throws a `VolumeError`. */
  requestToken(source: ServiceAccountTokenProjection): string;
  /** A fresh file system that goes when the pod goes; it takes no more than `capacity` bytes. */
  newFileSystem(options?: { capacity?: number }): GeneratingFileSystem;
  /** The file system of that name that all nodes see. */
  remoteFileSystem(name: string): RemoteFileSystem;
  /** What the node calls the disk that is attached under that name: `/dev/sdb`. */
  diskName(uniqueName: string): string;
  /**
   * Whether the node's status says that the volume of that name is attached. Who asks uses it from now on: the node says
   * so, and until then the answer is no.
   */
  isAttached(uniqueName: string): boolean;
  /** The csi drivers that are registered on the node. */
  readonly drivers: readonly NodeDriver[];
}

export interface VolumeFile {
  text: string;
  mode: number;
}

/** By path inside the volume. */
export type VolumeFiles = Record<string, VolumeFile>;

/** Where a volume is in `fs`: `root` is "" for all of it. */
export interface VolumePlace {
  readonly fs: FileSystem;
  root: string;
  /** Nothing can be written there, whatever the mount says. */
  readOnly?: true;
  /** What is in it is lost with the node's power. */
  memory?: true;
  /** What is mounted there; absent: it lies on the node's disk. */
  readonly device?: MountDevice | undefined;
}

type Kind = Exclude<keyof Volume, "name">;

/** The source of a volume of that kind. */
export type SourceOf<K extends Kind> = NonNullable<Volume[K]>;

export interface VolumePlugin {
  /** The field of a pod's volume that it is for. */
  readonly kind: Kind;
  /** Volumes of the kind that it is for; absent: all. */
  accepts?(volume: Volume): boolean;
  /** Exactly one of the two is there. Both throw a `VolumeError`. */
  readonly place?: (volume: Volume, host: VolumeHost) => VolumePlace;
  readonly files?: (volume: Volume, host: VolumeHost) => VolumeFiles;
}

/** A volume in a place of its own. */
export function placedVolume<K extends Kind>(
  kind: K,
  place: (source: SourceOf<K>, host: VolumeHost) => VolumePlace,
): VolumePlugin {
  return { kind, place: (volume, host) => place(volume[kind] as SourceOf<K>, host) };
}

/** A read-only volume of files that follow their source. */
export function filesVolume<K extends Kind>(
  kind: K,
  files: (source: SourceOf<K>, host: VolumeHost) => VolumeFiles,
): VolumePlugin {
  return { kind, files: (volume, host) => files(volume[kind] as SourceOf<K>, host) };
}
