/**
 * A primary's binary log, and the replicas that read it. **Simplified:** it holds statements alone, none is ever purged,
 * and an event is as long as its statement with a head of 150 bytes.
 */
import type { Connection } from "../../runtime/connection.ts";

/** Where a new file's first statement begins: behind its format description. */
const FIRST = 154;
const EVENT_HEAD = 150;

/** One statement; `position` is where the next one begins. */
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
  events: BinlogEvent[];
}

export class Binlog {
  private readonly base: string;
  private readonly state: BinlogState;
  private readonly readers = new Set<Connection>();

  /** A server that starts begins a new file. */
  constructor(base: string, saved: BinlogState | undefined) {
    this.base = base;
    const number = (saved?.number ?? 0) + 1;
    this.state = { file: this.name(number), number, position: FIRST, events: saved?.events ?? [] };
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
    state.events.push(event);
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
    const start = this.name(number);
    return this.state.events.filter(
      (event) => event.file > start || (event.file === start && event.position > position),
    );
  }

  left(reader: Connection): void {
    this.readers.delete(reader);
  }

  private name(number: number): string {
    return `${this.base}.${String(number).padStart(6, "0")}`;
  }
}
