/**
 * What a csi driver's controller part is asked: the calls of the container storage interface that the sidecars beside it
 * make. Whoever composes a cluster says which storage system answers.
 */
import type { PersistentVolume } from "../../api/generated/types.ts";

/** A call that the driver refused: `rpc error: code = InvalidArgument desc = …`. */
export class DriverError extends Error {
  constructor(code: string, description: string) {
    super(`rpc error: code = ${code} desc = ${description}`);
  }
}

export interface CreateVolumeRequest {
  /** `pvc-<uid of the claim>` */
  name: string;
  bytes: number;
  accessModes: readonly string[];
  parameters: Readonly<Record<string, string>>;
  /** The node that the first pod goes to; undefined: anywhere. */
  node: string | undefined;
  /** What it begins as a copy of, by its handle; undefined: it is empty. */
  source: VolumeSource | undefined;
}

export interface VolumeSource {
  of: "volume" | "snapshot";
  handle: string;
}

/** What a driver knows of a snapshot. */
export interface TakenSnapshot {
  handle: string;
  bytes: number;
  /** When it was taken, in virtual milliseconds since the Unix epoch. */
  takenAt: number;
  /** Whether a volume can be made from it by now. */
  ready: boolean;
}

export interface CreatedVolume {
  handle: string;
  bytes: number;
  /** Labels of the nodes that can use it. */
  topology: Readonly<Record<string, string>>;
}

/** Each call throws a `DriverError` when it can't be done. */
export interface StorageDriver {
  readonly name: string;
  /** How long a call takes, in virtual milliseconds. */
  readonly callMs: number;
  createVolume(request: CreateVolumeRequest): CreatedVolume;
  deleteVolume(handle: string): void;
  attach(handle: string, node: string): void;
  detach(handle: string, node: string): void;
  /** The volume is at least that large now. */
  expand(handle: string, bytes: number): number;
  /** The snapshot of that name, which is taken of a volume if there is none yet. */
  createSnapshot(name: string, volume: string): TakenSnapshot;
  /** One that is gone already is none to complain of. */
  deleteSnapshot(handle: string): void;
  snapshot(handle: string): TakenSnapshot | undefined;
}

export function handleOf({ spec }: PersistentVolume): string {
  return spec.csi?.volumeHandle ?? "";
}
