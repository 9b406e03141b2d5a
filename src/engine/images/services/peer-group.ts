/**
 * Servers that find each other and know who is there: what gossip is for in Cassandra and Redis Cluster. A member dials who
 * it is told of (seeds, or what it remembers), and tells everybody it is connected with what it knows; who has a newer record
 * of a member wins. A member is up iff there is a connection with it that answers.
 *
 * **Simplified:** everybody holds a connection with everybody and tells all of it, no random few; lines of JSON, no protocol
 * of the real servers.
 */
import { isObject, parseJson } from "../../base/json.ts";
import { lineServer } from "../../runtime/connection.ts";
import type { Connection } from "../../runtime/connection.ts";
import type { ServerContext } from "../define-image.ts";

/** Between two tries to reach somebody. */
export const RETRY_MS = 1000;
const PING_MS = 5000;
/** Nobody who says nothing for so long is there. */
const SILENT_MS = 15_000;
const DIAL_TIMEOUT_MS = 3000;

/** What a member says of itself. `version` grows with each change, over restarts too. */
export interface PeerRecord {
  id: string;
  address: string;
  version: number;
}

interface Link {
  connection: Connection;
  id: string;
  heardAt: number;
}

export class PeerGroup<T extends PeerRecord> {
  /** By id, oneself among them. */
  readonly members = new Map<string, T>();
  private readonly ctx: ServerContext;
  private readonly port: number;
  private readonly changed: () => void;
  private readonly links = new Map<string, Link>();
  private readonly dialling = new Set<string>();
  private own: T;
  private pings = false;

  /** `known`: what it remembers of others. `changed` is called after records or connections did, never within the constructor. */
  constructor(ctx: ServerContext, how: { port: number; own: T; known?: readonly T[]; changed(this: void): void }) {
    const { port, own, known = [], changed } = how;
    this.ctx = ctx;
    this.port = port;
    this.changed = changed;
    this.own = own;
    for (const each of known) this.members.set(each.id, each);
    this.members.set(own.id, own);
    ctx.listenTcp(port, (connection) => this.hear(connection));
    for (const { address } of known) this.dial(address);
  }

  isUp(id: string): boolean {
    return id === this.own.id || this.links.has(id);
  }

  /** What it says of itself from now on. */
  update(own: T): void {
    this.own = own;
    this.members.set(own.id, own);
    this.tell();
  }

  /** Tries that host until it answers. */
  dial(host: string, tries = Infinity): void {
    if (this.dialling.has(host) || host === this.own.address || tries <= 0) return;
    this.dialling.add(host);
    const again = (): void => {
      this.dialling.delete(host);
      const known = [...this.members.values()].find(({ address }) => address === host);
      if (known !== undefined && this.links.has(known.id)) return;
      this.ctx.after(RETRY_MS, () => this.dial(host, tries - 1));
    };
    this.ctx.network.connect(
      { host, port: this.port, timeoutMs: DIAL_TIMEOUT_MS },
      {
        opened: (connection) => {
          this.dialling.delete(host);
          const events = this.hear(connection);
          connection.write(this.view());
          return events;
        },
        fail: again,
      },
    );
  }

  forget(id: string): void {
    this.members.delete(id);
    this.links.get(id)?.connection.close();
    this.links.delete(id);
  }

  private view(): string {
    return `${JSON.stringify({ from: this.own.id, members: [...this.members.values()] })}\n`;
  }

  private tell(except?: Connection): void {
    const view = this.view();
    for (const { connection } of this.links.values()) if (connection !== except) connection.write(view);
  }

  private hear(connection: Connection) {
    let link: Link | undefined;
    const events = lineServer(() => (line) => {
      const said = parseJson(line);
      if (!isObject(said) || typeof said["from"] !== "string" || !Array.isArray(said["members"])) {
        // Nobody of ours.
        connection.close();
        return undefined;
      }
      const from = said["from"];
      const isNew = link === undefined;
      if (link === undefined) {
        link = { connection, id: from, heardAt: this.ctx.now() };
        this.links.get(from)?.connection.close();
        this.links.set(from, link);
        this.beat();
      }
      link.heardAt = this.ctx.now();
      const news = this.merge(said["members"] as T[]);
      if (isNew || news) {
        this.tell(isNew ? undefined : connection);
        this.changed();
      }
      return undefined;
    })(connection);
    return {
      ...events,
      closed: () => {
        if (link === undefined || this.links.get(link.id) !== link) return;
        this.links.delete(link.id);
        this.lost(link.id);
      },
    };
  }

  private lost(id: string): void {
    const member = this.members.get(id);
    if (member !== undefined) this.ctx.after(RETRY_MS, () => this.links.has(id) || this.dial(member.address));
    this.changed();
  }

  /** True when there was something newer among them. */
  private merge(records: readonly T[]): boolean {
    let news = false;
    for (const record of records) {
      const { id, address, version } = record;
      if (id === this.own.id || version <= (this.members.get(id)?.version ?? -1)) continue;
      this.members.set(id, record);
      news = true;
      // One of the two dials.
      if (!this.links.has(id) && this.own.id < id) this.dial(address);
    }
    return news;
  }

  /** A machine without power closes no connections: who is silent is gone. */
  private beat(): void {
    if (this.pings) return;
    this.pings = true;
    this.ctx.after(PING_MS, () => {
      this.pings = false;
      const { links, ctx } = this;
      for (const { id, connection, heardAt } of [...links.values()]) {
        if (ctx.now() - heardAt <= SILENT_MS) {
          connection.write(`${JSON.stringify({ from: this.own.id, members: [] })}\n`);
          continue;
        }
        links.delete(id);
        connection.reset();
        this.lost(id);
      }
      if (links.size > 0) this.beat();
    });
  }
}
