/** A replica's connection to its master: it asks for everything, then hears each write, and tries again when it breaks. */
import type { Errno } from "../../base/program.ts";
import type { Connection } from "../../runtime/connection.ts";
import { encode, RespReader } from "./resp.ts";
import type { RedisServer } from "./server.ts";

const RETRY_MS = 1000;
const TIMEOUT_MS = 60_000;

export interface Master {
  host: string;
  port: number;
}

const WORDS: Partial<Record<Errno, string>> = {
  ECONNREFUSED: "Connection refused",
  ETIMEDOUT: "Operation timed out",
  EHOSTUNREACH: "No route to host",
  ENETUNREACH: "Network is unreachable",
};

export class ReplicaLink {
  /** Set iff this server is a replica. */
  master: Master | undefined;
  /** Whether the first copy came and the connection holds. */
  up = false;
  private connection: Connection | undefined;
  private giveUp: (() => void) | undefined;

  private readonly server: RedisServer;

  constructor(server: RedisServer) {
    this.server = server;
  }

  /** Follows that master from now on; undefined: none, the data stays. */
  follow(master: Master | undefined): void {
    this.master = master;
    this.up = false;
    this.connection?.close();
    this.connection = undefined;
    this.giveUp?.();
    this.giveUp = undefined;
    if (master !== undefined) this.connect(master);
  }

  private connect(master: Master): void {
    const { server } = this;
    server.line("*", `Connecting to MASTER ${master.host}:${master.port}`);
    this.giveUp = server.ctx.network.connect(
      { ...master, timeoutMs: TIMEOUT_MS },
      {
        opened: (connection) => this.opened(connection, master),
        fail: (errno) => {
          if (errno === "ENOTFOUND" || errno === "EAI_AGAIN") {
            server.line("#", "Unable to connect to MASTER: Invalid argument");
          } else server.line("#", `Error condition on socket for SYNC: ${WORDS[errno] ?? errno}`);
          this.retry(master);
        },
      },
    );
  }

  private opened(connection: Connection, master: Master) {
    const { server } = this;
    this.giveUp = undefined;
    this.connection = connection;
    server.line("*", "MASTER <-> REPLICA sync started");
    const password = server.get("masterauth");
    if (password !== "") connection.write(encode(["AUTH", password]));
    const announced = server.get("replica-announce-ip");
    connection.write(encode(["REPLCONF", "listening-port", server.get("replica-announce-port") || server.get("port")]));
    if (announced !== "") connection.write(encode(["REPLCONF", "ip-address", announced]));
    connection.write(encode(["SYNC"]));
    const reader = new RespReader();
    let database = 0;
    return {
      data: (text: string) => {
        for (const value of reader.read(text)) {
          if (Array.isArray(value)) {
            const [name = "", ...args] = value as string[];
            if (!this.up) server.line("*", "MASTER <-> REPLICA sync: Finished with success");
            this.up = true;
            database = server.apply(database, name, args);
          } else if (value !== null && typeof value === "object" && "error" in value) {
            server.line("#", `MASTER aborted replication with an error: ${String(value.error)}`);
            connection.end();
          }
        }
      },
      closed: () => {
        if (this.connection !== connection) return;
        this.connection = undefined;
        this.up = false;
        server.line("*", "Connection with master lost.");
        this.retry(master);
      },
    };
  }

  private retry(master: Master): void {
    this.server.ctx.after(RETRY_MS, () => {
      if (this.master === master && this.connection === undefined) this.connect(master);
    });
  }
}
