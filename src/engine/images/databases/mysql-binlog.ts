/**
 * A primary's binary log, and the replicas that read it. **Simplified:** it holds statements alone, each a line of JSON in a
 * file of the data directory; none is ever purged, and an event is as long as its statement with a head of 150 bytes.
 */
import { parseJson } from "../../base/json.ts";
import type { FileSystem } from "../../base/program.ts";
import type { Connection } from "../../runtime/connection.ts";

/** Where a new file's first statement begins: behind its format description. */
const FIRST = 154;
const EVENT_HEAD = 150;

/** One statement; `position` is where the next one begins. In the file that it names. */
export interface BinlogEvent {
  file: string;
  position: number;
  database: string;
  sql: string;
}

export interface BinlogState {
  /** The one that is written to: `base.000001`, by its name and its number. */
  file: string;
  number: number;
  position: number;
}

/** Where its files are. */
export interface BinlogDisk {
  fs: FileSystem;
  directory: string;
}

export class Binlog {
  private readonly disk: BinlogDisk;
  private readonly base: string;
  private readonly state: BinlogState;
  private readonly readers = new Set<Connection>();

  /** A server that starts begins a new file. */
  constructor(disk: BinlogDisk, base: string, saved: BinlogState | undefined) {
    this.disk = disk;
    this.base = base;
    const number = (saved?.number ?? 0) + 1;
    this.state = { file: this.name(number), number, position: FIRST };
    // One of a server that is forgotten, or that ended before it had saved.
    if (disk.fs.exists(this.path(number))) disk.fs.writeFile(this.path(number), "");
  }

  get file(): string {
    return this.state.file;
  }

  get position(): number {
    return this.state.position;
  }

  /** Whether somebody reads along. */
  get isRead(): boolean {
    return this.readers.size > 0;
  }

  saved(): BinlogState {
    return this.state;
  }

  append(sql: string, database: string): void {
    const { state } = this;
    state.position += EVENT_HEAD + sql.length;
    const event: BinlogEvent = { file: this.file, position: state.position, database, sql };
    this.disk.fs.writeFile(this.path(state.number), `${JSON.stringify(event)}\n`, { append: true });
    this.tell(event);
  }

  /** To all who read along: one line. */
  tell(message: unknown): void {
    for (const reader of this.readers) reader.write(`${JSON.stringify(message)}\n`);
  }

  /** What is behind that place, and all that comes from now on; a string: why not. No file: from the beginning. */
  read(reader: Connection, file: string, position: number): BinlogEvent[] | string {
    const number = file === "" ? 1 : Number(/\.(\d{6})$/.exec(file)?.[1] ?? 0);
    if (file !== "" && (file !== this.name(number) || number < 1 || number > this.state.number))
      return "Could not find first log file name in binary log index file";
    if (number === this.state.number && position > this.state.position)
      return "Client requested master to start replication from position > file size";
    this.readers.add(reader);
    const events = this.events(number).filter((event) => event.position > position);
    for (let later = number + 1; later <= this.state.number; later++) events.push(...this.events(later));
    return events;
  }

  private events(number: number): BinlogEvent[] {
    const { fs } = this.disk;
    const path = this.path(number);
    if (!fs.exists(path)) return [];
    const lines = fs.readFile(path).split("\n");
    return lines.flatMap((line) => (parseJson(line) as BinlogEvent | undefined) ?? []);
  }

  private path(number: number): string {
    return `${this.disk.directory}/${this.name(number)}`;
  }

  left(reader: Connection): void {
    this.readers.delete(reader);
  }

  private name(number: number): string {
    return `${this.base}.${String(number).padStart(6, "0")}`;
  }
}
