import type { FileSystem, OpenMode } from "../base/program.ts";
import { SystemError } from "../base/program.ts";
import type { BLOCKED } from "./description.ts";
import { Description } from "./description.ts";
import { LIMITS } from "./limits.ts";
import { readLength } from "./streams.ts";

/**
 * A regular file, opened. Simplified: it follows the path, not the inode (a file that is renamed or removed while open
 * is gone for its readers), and writes always go to the end.
 */
export class OpenFile extends Description {
  private readonly fs: FileSystem;
  readonly path: string;
  private readonly mode: OpenMode;
  private offset = 0;

  constructor(fs: FileSystem, path: string, mode: OpenMode) {
    super();
    this.fs = fs;
    this.path = path;
    this.mode = mode;
    if (mode === "read") {
      if (fs.stat(path).type === "directory") throw new SystemError("EISDIR", path);
      fs.readFile(path);
    } else if (mode === "write") fs.writeFile(path, "");
    else fs.writeFile(path, "", { append: true });
  }

  override read(line?: boolean): string | null | typeof BLOCKED {
    if (this.mode !== "read" && this.mode !== "read-write") throw new SystemError("EBADF", this.path);
    if (!this.fs.exists(this.path)) return null;
    const text = this.fs.readFile(this.path);
    if (this.offset >= text.length) {
      if (this.offset > text.length) this.offset = text.length;
      return null;
    }
    let piece = text.slice(this.offset, this.offset + LIMITS.readCharacters);
    if (line === true) piece = piece.slice(0, readLength(piece, line));
    this.offset += piece.length;
    return piece;
  }

  override write(data: string): number {
    if (this.mode === "read") throw new SystemError("EBADF", this.path);
    this.fs.writeFile(this.path, data, { append: true });
    return data.length;
  }
}
