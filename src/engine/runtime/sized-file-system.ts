/** A file system that holds no more than its size. Upstream: tmpfs(5), ext4(5). */
import type { FileSystemSpace } from "../base/program.ts";
import { SystemError } from "../base/program.ts";
import { utf8Length } from "./file-nodes.ts";
import { MemoryFileSystem } from "./memory-file-system.ts";
import type { MemoryFileSystemOptions } from "./memory-file-system.ts";

/** **Simplified:** a write that doesn't fit as a whole writes nothing; a file takes its bytes and no whole pages. */
export class SizedFileSystem extends MemoryFileSystem {
  /** Bytes that its files may have in all. */
  private capacity: number;
  /** Its files have no more than that: they are counted anew only where it would be too much. */
  private atMost: number;

  /** Without a capacity it has no end until it is resized. */
  constructor(options: MemoryFileSystemOptions & { capacity?: number }) {
    super(options);
    this.capacity = options.capacity ?? Number.POSITIVE_INFINITY;
    this.atMost = options.base === undefined ? 0 : this.fileBytes;
  }

  /** From now on it holds so many bytes. Upstream: resize2fs(8). */
  resize(capacity: number): void {
    this.capacity = capacity;
    this.atMost = this.fileBytes;
  }

  override writeFile(path: string, data: string, options: { append?: boolean; mode?: number } = {}): void {
    const added = utf8Length(data);
    this.demandRoom(path, { added, kept: options.append === true });
    super.writeFile(path, data, options);
  }

  override allocate(path: string, bytes: number): void {
    this.demandRoom(path, { added: Math.max(0, bytes - this.sizeAt(path)), kept: true });
    super.allocate(path, bytes);
  }

  space(): FileSystemSpace | undefined {
    const { capacity } = this;
    return capacity === Number.POSITIVE_INFINITY ? undefined : { capacity, used: this.fileBytes };
  }

  private sizeAt(path: string): number {
    if (!this.exists(path)) return 0;
    const { type, size } = this.stat(path);
    return type === "file" ? size : 0;
  }

  /** `kept`: what the file has now stays. */
  private demandRoom(path: string, { added, kept }: { added: number; kept: boolean }): void {
    if (this.capacity === Number.POSITIVE_INFINITY) return;
    if (this.atMost + added > this.capacity) {
      const freed = kept ? 0 : this.sizeAt(path);
      this.atMost = this.fileBytes;
      if (added > freed && this.atMost - freed + added > this.capacity) throw new SystemError("ENOSPC", path);
    }
    this.atMost += added;
  }
}
