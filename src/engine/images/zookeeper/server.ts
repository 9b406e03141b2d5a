/**
 * A ZooKeeper server: QuorumPeerMain with its zoo.cfg. Members speak at the quorum port; see `ensemble.ts`.
 * **Simplified:** clients speak lines of JSON with it, no wire protocol; a session lasts as long as its connection; the
 * election port is open and silent; ACLs and watches are not there. Of zoo.cfg servers, data directory, client port and the
 * four-letter words count: ticks, limits of connections and sessions and purges are kept for `conf` alone.
 */
import { isObject, parseJson } from "../../base/json.ts";
import type { Connection, ConnectionEvents } from "../../runtime/connection.ts";
import type { BindFailure, Server, ServerContext } from "../define-image.ts";
import { Ensemble } from "../ensemble/ensemble.ts";
import type { EnsembleState, Member } from "../ensemble/member.ts";
import { messageReader } from "../ensemble/messages.ts";
import type { Role } from "../ensemble/messages.ts";
import { FOUR_LETTERS, fourLetterAnswer } from "./four-letter-words.ts";
import { Tree } from "./tree.ts";
import type { Node, Operation, Result } from "./tree.ts";

const MEMORY = 90 * 1024 * 1024;
const NO_QUORUM = "This ZooKeeper instance is not currently serving requests\n";

/** What a client says. The first is `session`. */
export type ZooRequest = { ask: "session" } | { ask: "get"; path: string } | { ask: "do"; what: Operation };
export type ZooAnswer = { session: string } | (Result & { children?: string[] });

interface Config {
  values: Record<string, string>;
  members: (Member & { election: number })[];
}

/** zoo.cfg, or why not. */
function configOf(ctx: ServerContext): Config | string {
  const file = ctx.argv.at(-1) ?? "";
  if (!ctx.fs.exists(file)) return `Error processing ${file}: File or directory not found`;
  const config: Config = { values: {}, members: [] };
  for (const line of ctx.fs.readFile(file).split("\n")) {
    const [, name = "", value = ""] = /^\s*([^#=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    const [, host = "", port, election, client] =
      /^(.+?):(\d+):(\d+)(?::\w+)?(?:;(?:[\d.]+:)?(\d+))?$/.exec(value) ?? [];
    const id = Number(/^server\.(\d+)$/.exec(name)?.[1]);
    if (Number.isNaN(id)) config.values[name] = value;
    else if (host === "") return `${value} does not have the form host:port:port`;
    else {
      config.members.push({ id, host, port: Number(port), election: Number(election) });
      if (client !== undefined) config.values["clientPort"] ??= client;
    }
  }
  return config.values["dataDir"] === undefined ? "dataDir is not set" : config;
}

export class ZooServer {
  readonly ctx: ServerContext;
  readonly id: number;
  readonly config: Config;
  readonly version: string;
  readonly tree = new Tree();
  readonly ensemble: Ensemble;
  readonly clients = new Set<Connection>();
  private readonly file: string;
  private sessions = 0;
  private forgot = false;

  constructor(ctx: ServerContext, version: string, how: { config: Config; id: number }) {
    const { config, id } = how;
    this.ctx = ctx;
    this.id = id;
    this.config = config;
    this.version = version;
    const folder = `${config.values["dataDir"]}/version-2`;
    ctx.fs.mkdir(folder, { recursive: true });
    this.file = `${folder}/snapshot.drydock`;
    const saved = ctx.fs.exists(this.file) ? parseJson(ctx.fs.readFile(this.file)) : undefined;
    const state: EnsembleState = { epoch: 0, zxid: 0 };
    if (isObject(saved) && isObject(saved["nodes"])) {
      this.tree.restore(saved["nodes"] as Record<string, Node>);
      Object.assign(state, { epoch: saved["epoch"], zxid: saved["zxid"] });
    }
    const members = config.members.length > 0 ? config.members : [{ id, host: "", port: 0 }];
    this.ensemble = new Ensemble(
      {
        ctx,
        id,
        members: () => members,
        rank: () => id,
        snapshot: () => this.tree.snapshot(),
        restore: (nodes) => this.tree.restore(nodes as Record<string, Node>),
        apply: (entry, what) => this.tree.apply(entry as Operation, what),
        save: () => this.save(),
        changed: (role) => this.changed(role),
      },
      state,
    );
  }

  say(level: "INFO" | "WARN" | "ERROR", text: string): void {
    const { ctx, id } = this;
    ctx.log((time) => `${stamp(time)} [myid:${id}] - ${level.padEnd(5)} ${text}`);
  }

  private save(): void {
    const { state } = this.ensemble;
    this.ctx.fs.writeFile(this.file, JSON.stringify({ ...state, nodes: this.tree.snapshot() }));
  }

  private changed(role: Role): void {
    const peer = `[QuorumPeer[myid=${this.id}]/0:0:0:0:0:0:0:0:${this.port}:`;
    if (role === "looking") this.say("INFO", `${peer}QuorumPeer@865] - LOOKING`);
    else if (role === "leading") this.say("INFO", `${peer}QuorumPeer@947] - LEADING`);
    else if (role === "following") this.say("INFO", `${peer}QuorumPeer@935] - FOLLOWING`);
    // Without a majority nobody is served: who is there is hung up on.
    if (!this.ensemble.serves) {
      for (const client of this.clients) client.close();
      this.clients.clear();
    } else if (!this.forgot) {
      this.forgot = true;
      const server = this.sessionPrefix;
      if (this.tree.hasSessionsOf(server))
        this.ensemble.propose({ op: "forget", server } as Operation, () => undefined);
    }
  }

  get port(): number {
    return Number(this.config.values["clientPort"] ?? 2181);
  }

  private get sessionPrefix(): string {
    return `0x${this.id.toString(16)}x`;
  }

  /** From now on clients and members are heard. */
  open(): void {
    const { ctx, config } = this;
    const own = config.members.find(({ id }) => id === this.id);
    if (own !== undefined) {
      ctx.listenTcp(own.port, (connection) => {
        const { take, closed } = this.ensemble.hears(connection);
        return { data: messageReader(take), closed };
      });
      ctx.listenTcp(own.election, () => ({}));
    }
    ctx.listenTcp(this.port, (connection) => this.client(connection));
    this.say("INFO", `[main:NIOServerCnxnFactory@89] - binding to port 0.0.0.0/0.0.0.0:${this.port}`);
    this.say("INFO", `[QuorumPeer[myid=${this.id}]/0:0:0:0:0:0:0:0:${this.port}:QuorumPeer@865] - LOOKING`);
    this.ensemble.look();
  }

  private client(connection: Connection): ConnectionEvents {
    const from = `/${connection.remoteAddress}:${connection.remotePort}`;
    const thread = `[NIOServerCxn.Factory:0.0.0.0/0.0.0.0:${this.port}:`;
    this.say("INFO", `${thread}NIOServerCnxnFactory@192] - Accepted socket connection from ${from}`);
    let session = "";
    let text = "";
    const handle = (line: string): void => {
      const request = parseJson(line);
      if (!isObject(request) || !this.ensemble.serves) {
        if (!this.ensemble.serves)
          this.say(
            "WARN",
            `${thread}NIOServerCnxn@373] - Exception causing close of session 0x0: ZooKeeperServer not running`,
          );
        connection.close();
        return;
      }
      this.ctx.work(1);
      this.answer(request as ZooRequest, session, (answer) => {
        if (answer === undefined) connection.close();
        else {
          if ("session" in answer) {
            ({ session } = answer);
            this.clients.add(connection);
          }
          connection.write(`${JSON.stringify(answer)}\n`);
        }
      });
    };
    return {
      data: (piece) => {
        text += piece;
        const word = /^[a-z]{4}(?=\s|$)/.exec(text)?.[0];
        if (session === "" && word !== undefined && FOUR_LETTERS.includes(word)) {
          this.say("INFO", `${thread}NIOServerCnxn@827] - Processing ${word} command from ${from}`);
          connection.write(fourLetterAnswer(this, word) ?? NO_QUORUM);
          this.say(
            "INFO",
            `[Thread:NIOServerCnxn@1044] - Closed socket connection for client ${from} (no session established for client)`,
          );
          connection.end();
          return;
        }
        for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n")) {
          const line = text.slice(0, at);
          text = text.slice(at + 1);
          handle(line);
        }
      },
      closed: () => {
        this.clients.delete(connection);
        if (session !== "" && this.ensemble.serves)
          this.ensemble.propose({ op: "close", session } as Operation, () => undefined);
      },
    };
  }

  private answer(request: ZooRequest, session: string, reply: (answer: ZooAnswer | undefined) => void): void {
    if (request.ask === "session") {
      const made = `${this.sessionPrefix}${(this.ctx.now() * 100 + ++this.sessions).toString(16)}`;
      this.ensemble.propose({ op: "session", session: made } as Operation, (done) =>
        reply(done === undefined ? undefined : { session: made }),
      );
    } else if (request.ask === "do") {
      const { what } = request;
      const operation = what.op === "create" && what.owner !== "" ? { ...what, owner: session } : what;
      this.ensemble.propose(operation, (done) => {
        const result = done as Result | undefined;
        reply(result && what.op === "set" ? { ...result, children: this.tree.children(what.path) } : result);
      });
    } else {
      const { path } = request;
      const node = this.tree.get(path);
      reply(node === undefined ? { problem: "missing", path } : { path, node, children: this.tree.children(path) });
    }
  }
}

/** As log4j writes times. */
function stamp(time: number): string {
  return new Date(time).toISOString().replace("T", " ").replace(".", ",").slice(0, 23);
}

export const zookeeperBindFails: BindFailure = ({ port, why, now }) => ({
  lines: [
    `${stamp(now)} [myid:] - ERROR [main:QuorumPeerMain@92] - Unexpected exception, exiting abnormally`,
    `java.net.BindException: ${why} (0.0.0.0:${port})`,
  ],
});

export function startZookeeper(ctx: ServerContext, version: string): ReturnType<Server> {
  const refuse = (text: string): undefined => {
    ctx.log((time) => `${stamp(time)} [myid:] - ERROR [main:QuorumPeerMain@85] - Invalid config, exiting abnormally`);
    ctx.log(`org.apache.zookeeper.server.quorum.QuorumPeerConfig$ConfigException: ${text}`, "stderr");
    ctx.log("Invalid config, exiting abnormally", "stderr");
    ctx.exit(2);
    return undefined;
  };
  const config = configOf(ctx);
  if (typeof config === "string") return refuse(config);
  const file = `${config.values["dataDir"]}/myid`;
  let id = 1;
  if (config.members.length > 0) {
    if (!ctx.fs.exists(file)) return refuse(`${file} file is missing`);
    id = Number(ctx.fs.readFile(file).trim());
    if (!config.members.some((member) => member.id === id)) return refuse(`My id ${id} not in the peer list`);
  }
  const server = new ZooServer(ctx, version, { config, id });
  ctx.use({ cpuMillicores: 5, memoryBytes: MEMORY });
  ctx.after(1500, () => server.open());
  const stop = (): void => ctx.exit(143);
  return { signals: { SIGTERM: stop, SIGINT: () => ctx.exit(130) } };
}
