/** What a Sentinel knows of a server, or of another Sentinel: where it is, what it said, and whether it answers. */
import type { ServerContext } from "../../define-image.ts";
import type { Reply } from "../resp.ts";
import { RespLink } from "./resp-link.ts";

export const HELLO = "__sentinel__:hello";
export type Role = "master" | "slave" | "sentinel";

/** What a server answers when it lives, though it can't do everything. */
const ALIVE = /^(LOADING|MASTERDOWN)/;

export interface WatchedOptions {
  role: Role;
  host: string;
  port: number;
  /** As it is set now. */
  password(): string | undefined;
  runId?: string;
  heard(text: string): void;
  /** It has told of itself. */
  informed(each: Watched): void;
}

export class Watched {
  readonly role: Role;
  readonly host: string;
  readonly port: number;
  runId: string;
  /** The fields of its INFO; empty until it has answered. */
  info: ReadonlyMap<string, string> = new Map();
  infoAt = -Infinity;
  /** When it last answered, or when it was first heard of. */
  lastOk: number;
  sdown = false;
  /** Of a Sentinel: whether it finds the master down too, and whom it votes for. */
  agrees = false;
  vote: { leader: string; epoch: number } | undefined;
  readonly link: RespLink;
  private readonly ctx: ServerContext;
  private readonly informed: WatchedOptions["informed"];

  constructor(ctx: ServerContext, options: WatchedOptions) {
    const { role, host, port, password, runId = "", heard, informed } = options;
    this.ctx = ctx;
    this.informed = informed;
    this.role = role;
    this.host = host;
    this.port = port;
    this.runId = runId;
    this.lastOk = ctx.now();
    this.link = new RespLink(
      ctx,
      { host, port },
      {
        opened: (link) => {
          const secret = password();
          if (secret !== undefined) link.ask(["AUTH", secret]);
          this.ping();
          if (role === "sentinel") return;
          this.askInfo();
          link.ask(["SUBSCRIBE", HELLO]);
        },
        heard: (_channel, text) => heard(text),
      },
    );
  }

  get place(): string {
    return `${this.host}:${this.port}`;
  }

  ping(): void {
    this.link.ask(["PING"], (reply) => {
      const error = isError(reply) ? reply.error : undefined;
      if (error === undefined || ALIVE.test(error)) this.lastOk = this.ctx.now();
    });
  }

  askInfo(): void {
    this.link.ask(["INFO"], (reply) => {
      if (typeof reply !== "string") return;
      this.info = new Map(
        reply.split("\r\n").flatMap((line) => {
          const at = line.indexOf(":");
          return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
        }),
      );
      this.infoAt = this.ctx.now();
      this.runId = this.info.get("run_id") ?? this.runId;
      this.informed(this);
    });
  }

  /** What it says that it is. */
  get says(): string {
    return this.info.get("role") ?? "";
  }
}

function isError(reply: Reply): reply is { readonly error: string } {
  return typeof reply === "object" && reply !== null && "error" in reply;
}
