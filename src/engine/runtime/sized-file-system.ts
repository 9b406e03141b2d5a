/** A file system in memory that holds no more than its size. Upstream: tmpfs(5). */
import type { FileSystemSpace } from "../base/program.ts";
import { SystemError } from "../base/program.ts";
import { utf8Length } from "./file-nodes.ts";
import { MemoryFileSystem } from "./memory-file-system.ts";
import type { MemoryFileSystemOptions } from "./memory-file-system.ts";

/** **Simplified:** a write that doesn't fit as a whole writes nothing; a file takes its bytes and no whole pages. */
export class SizedFileSystem extends MemoryFileSystem {
  /** Bytes that its files may have in all. */
  private readonly capacity: number;

  constructor(options: MemoryFileSystemOptions & { capacity: number }) {
    super(options);
    this.capacity = options.capacity;
  }

  override writeFile(path: string, data: string, options: { append?: boolean; mode?: number } = {}): void {
    const before = this.sizeAt(path);
    this.demandRoom(path, { before, after: utf8Length(data) + (options.append === true ? before : 0) });
    super.writeFile(path, data, options);
  }

  override allocate(path: string, bytes: number): void {
    const before = this.sizeAt(path);
    this.demandRoom(path, { before, after: Math.max(before, bytes) });
    super.allocate(path, bytes);
  }

  space(): FileSystemSpace {
    return { capacity: this.capacity, used: this.fileBytes };
  }

  private sizeAt(path: string): number {
    if (!this.exists(path)) return 0;
    const { type, size } = this.stat(path);
    return type === "file" ? size : 0;
  }

  private demandRoom(path: string, { before, after }: { before: number; after: number }): void {
    if (after > before && this.fileBytes - before + after > this.capacity) throw new SystemError("ENOSPC", path);
  }
}
