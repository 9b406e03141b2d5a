/** A file system that holds no more than its size. Upstream: tmpfs(5), ext4(5). */
import type { FileSystemSpace } from "../base/program.ts";
import { SystemError } from "../base/program.ts";
import { utf8Length } from "./file-nodes.ts";
import { MemoryFileSystem } from "./memory-file-system.ts";
import type { MemoryFileSystemOptions } from "./memory-file-system.ts";

/**
 * How much is in it is kept by each change: every write asks, and whoever mounts it for what the write has added.
 * **Simplified:** a write that doesn't fit as a whole writes nothing; a file takes its bytes and no whole pages.
 */
export class SizedFileSystem extends MemoryFileSystem {
  /** Bytes that its files may have in all. */
  private capacity: number;
  /** Bytes that its files have in all. */
  private used: number;

  /** Without a capacity it has no end until it is resized. */
  constructor(options: MemoryFileSystemOptions & { capacity?: number }) {
    super(options);
    this.capacity = options.capacity ?? Number.POSITIVE_INFINITY;
    this.used = this.bytesAt("/", { follow: true });
  }

  /** From now on it holds so many bytes. Upstream: resize2fs(8). */
  resize(capacity: number): void {
    this.capacity = capacity;
  }

  override writeFile(path: string, data: string, options: { append?: boolean; mode?: number } = {}): void {
    // What is appended to isn't measured: a file that grows by lines would be read for each of them.
    const replaced = options.append === true ? 0 : this.bytesAt(path, { follow: true });
    const grown = utf8Length(data) - replaced;
    this.demandRoom(path, grown);
    super.writeFile(path, data, options);
    this.used += grown;
  }

  override allocate(path: string, bytes: number): void {
    const before = this.bytesAt(path, { follow: true });
    this.demandRoom(path, bytes - before);
    super.allocate(path, bytes);
    this.used += this.bytesAt(path, { follow: true }) - before;
  }

  override remove(path: string, options: { recursive?: boolean } = {}): void {
    const before = this.bytesAt(path, { follow: false });
    super.remove(path, options);
    // The root stays.
    this.used += this.bytesAt(path, { follow: false }) - before;
  }

  override rename(from: string, to: string): void {
    const replaced = from === to ? 0 : this.bytesAt(to, { follow: false });
    super.rename(from, to);
    this.used -= replaced;
  }

  space(): FileSystemSpace | undefined {
    const { capacity, used } = this;
    return capacity === Number.POSITIVE_INFINITY ? undefined : { capacity, used };
  }

  private demandRoom(path: string, more: number): void {
    if (more > 0 && this.used + more > this.capacity) throw new SystemError("ENOSPC", path);
  }
}
