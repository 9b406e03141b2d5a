/** What a journal line tells of. Kinds are open: a part that adds one documents it at its `record` call. */
export type JournalKind =
  | "write" // an API write was stored; verb, object key, revision
  | "denied" // an API write was refused as forbidden; verb, code and reason
  | "audit" // admission noted something about a request: key and value
  | "watch" // a component's informer saw a change
  | "reconcile" // a controller worked on a key
  | "schedule" // the scheduler decided
  | "container" // a container changed its state
  | "hop" // a network exchange passed a point
  | "traffic" // how much went over an edge of the network in the last second
  | "node" // a node changed
  | "fault" // somebody broke something
  | "input"; // the learner did something

/** Who asked for something, beyond the name. */
export interface Requester {
  readonly name: string;
  readonly groups: readonly string[];
  /** The user that acts as this one. */
  readonly impersonator?: Requester;
}

/** What a caller tells of a line. */
export interface JournalLine {
  actor: string;
  subject: string;
  detail?: string;
  by?: Requester | undefined;
}

/** One thing that happened. */
export interface JournalEntry {
  /** Counts from 1 and never repeats; 0 means "no cause". */
  readonly id: number;
  readonly time: number;
  readonly kind: JournalKind;
  /** The component that acted, e.g. `deployment-controller`, `kubelet/worker-1`. */
  readonly actor: string;
  /** What it acted on: `pods/default/web-x`, a node's name, a URL. */
  readonly subject: string;
  readonly detail: string;
  /** Of API requests: the user, with groups and impersonator. */
  readonly by?: Requester | undefined;
  /** Id of the line that led to this one, or 0. */
  readonly cause: number;
}

/** A bounded ring of what happened, newest kept. `cause` is the line that is being acted upon now. */
export class Journal {
  /** Id of the line in force; lines recorded and timers scheduled now carry it as their cause. */
  cause = 0;
  private readonly ring: JournalEntry[] = [];
  private readonly capacity: number;
  private last = 0;
  private readonly listeners = new Set<(entry: JournalEntry) => void>();

  constructor(capacity = 20_000) {
    this.capacity = capacity;
  }

  /** Id of the newest line, 0 when there is none. */
  get lastId(): number {
    return this.last;
  }

  record(time: number, kind: JournalKind, line: JournalLine): number {
    const id = ++this.last;
    const entry = {
      id,
      time,
      kind,
      actor: line.actor,
      subject: line.subject,
      detail: line.detail ?? "",
      cause: this.cause,
      by: line.by,
    };
    this.ring[(id - 1) % this.capacity] = entry;
    for (const listener of this.listeners) listener(entry);
    return id;
  }

  /** The line with this id, while it is kept. */
  get(id: number): JournalEntry | undefined {
    const entry = this.ring[(id - 1) % this.capacity];
    return entry?.id === id ? entry : undefined;
  }

  /** Kept lines after `id`, oldest first. */
  since(id: number): JournalEntry[] {
    const from = Math.max(id, this.last - this.capacity) + 1;
    const entries: JournalEntry[] = [];
    for (let next = from; next <= this.last; next++) {
      const entry = this.get(next);
      if (entry !== undefined) entries.push(entry);
    }
    return entries;
  }

  /** Calls `listener` at each new line, until the returned function is called. */
  subscribe(listener: (entry: JournalEntry) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
