/** A server's own connection to another one that speaks RESP: it asks, hears what is published, and comes back when it breaks. */
import type { Connection } from "../../../runtime/connection.ts";
import type { ServerContext } from "../../define-image.ts";
import { encode, RespReader } from "../resp.ts";
import type { Reply } from "../resp.ts";

const RETRY_MS = 1000;
const DIAL_TIMEOUT_MS = 3000;

interface Wishes {
  /** It is there: asked before anything else. */
  opened(link: RespLink): void;
  heard(channel: string, text: string): void;
}

/** **Simplified:** one connection hears and asks, where the real one has two. */
export class RespLink {
  /** As the other end sees this one; "" until it is connected. */
  localAddress = "";
  private connection: Connection | undefined;
  private waiting: ((reply: Reply) => void)[] = [];
  private closed = false;

  private readonly ctx: ServerContext;
  private readonly place: { host: string; port: number };
  private readonly wishes: Wishes;

  constructor(ctx: ServerContext, place: { host: string; port: number }, wishes: Wishes) {
    this.ctx = ctx;
    this.place = place;
    this.wishes = wishes;
    this.dial();
  }

  get open(): boolean {
    return this.connection !== undefined;
  }

  /** Not sent where there is no connection: then nobody answers. */
  ask(words: readonly string[], answer: (reply: Reply) => void = () => {}): void {
    if (this.connection === undefined) return;
    this.waiting.push(answer);
    this.connection.write(encode(words));
  }

  /** Ends the connection and makes another: `opened` is asked again. */
  renew(): void {
    if (this.connection === undefined) return;
    this.connection.close();
    this.connection = undefined;
    this.dial();
  }

  close(): void {
    this.closed = true;
    this.connection?.close();
    this.connection = undefined;
  }

  private dial(): void {
    if (this.closed) return;
    const again = (): void => this.ctx.after(RETRY_MS, () => this.dial());
    this.ctx.network.connect(
      { ...this.place, timeoutMs: DIAL_TIMEOUT_MS },
      { opened: (connection) => this.opened(connection, again), fail: again },
    );
  }

  private opened(connection: Connection, again: () => void) {
    if (this.closed) {
      connection.close();
      return {};
    }
    this.connection = connection;
    this.localAddress = connection.localAddress;
    this.waiting = [];
    const reader = new RespReader();
    this.wishes.opened(this);
    return {
      data: (text: string) => {
        for (const reply of reader.read(text)) this.take(reply);
      },
      closed: () => {
        if (this.connection !== connection) return;
        this.connection = undefined;
        again();
      },
    };
  }

  private take(reply: Reply): void {
    if (Array.isArray(reply) && reply[0] === "message") {
      this.wishes.heard(String(reply[1]), String(reply[2]));
      return;
    }
    this.waiting.shift()?.(reply);
  }
}
