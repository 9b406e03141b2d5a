/** The snapshots that a storage system keeps: what was in a volume at a moment. */
import type { TakenSnapshot } from "../../controllers/csi/driver.ts";

export interface DriverSnapshotsOptions {
  now(): number;
  /** From when it was taken until it can be used. */
  uploadMs: number;
  /** What the system calls a snapshot of that name. */
  handleOf(name: string): string;
  /** What is in one volume or snapshot is in another one, too, from now on. */
  copied(from: string, to: string): void;
  erased(handle: string): void;
}

export class DriverSnapshots {
  private readonly options: DriverSnapshotsOptions;
  private readonly taken = new Map<string, Omit<TakenSnapshot, "ready">>();

  constructor(options: DriverSnapshotsOptions) {
    this.options = options;
  }

  /** The one of that name, taken now of a volume of so many bytes unless there is one. */
  create(name: string, volume: { handle: string; bytes: number }): TakenSnapshot {
    const handle = this.options.handleOf(name);
    const known = this.get(handle);
    if (known !== undefined) return known;
    this.options.copied(volume.handle, handle);
    this.taken.set(handle, { handle, bytes: volume.bytes, takenAt: this.options.now() });
    return this.get(handle) as TakenSnapshot;
  }

  get(handle: string): TakenSnapshot | undefined {
    const { now, uploadMs } = this.options;
    const found = this.taken.get(handle);
    return found && { ...found, ready: now() >= found.takenAt + uploadMs };
  }

  delete(handle: string): void {
    if (this.taken.delete(handle)) this.options.erased(handle);
  }
}
