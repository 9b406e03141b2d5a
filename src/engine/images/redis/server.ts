/**
 * redis-server: standalone or a replica, with its password, its memory limit and its files.
 *
 * **Simplified:** `dump.rdb` and the append-only file hold commands as text, not RDB's bytes; points of `save` are kept
 * when it stops and by SAVE and BGSAVE, not on a timer; a full copy goes to a replica at every connection. Scripts,
 * streams and ACLs are not there: their commands are unknown.
 */
import type { Connection, ConnectionEvents } from "../../runtime/connection.ts";
import { hex64 } from "../../runtime/containers/identity.ts";
import type { ServerContext } from "../define-image.ts";
import { dataCommands, glob } from "./commands.ts";
import { Database, RedisError } from "./database.ts";
import { infoText } from "./info.ts";
import { keysOf } from "./command-keys.ts";
import type { RedisCluster } from "./cluster.ts";
import { ReplicaLink } from "./replica-link.ts";
import { respServer } from "./resp-server.ts";
import { encode, OK, RespReader } from "./resp.ts";
import type { Reply } from "./resp.ts";
import { isSetting, setDirective, setting, settingNames } from "./settings.ts";
import type { Settings } from "./settings.ts";
import { Transaction } from "./transaction.ts";

export const BASE_MEMORY = 9 * 1024 * 1024;
/** What `used_memory` shows of an empty server. */
const OWN_BYTES = 900_000;
/** What CONFIG SET doesn't change in a server that runs. */
const FIXED = new Set(["cluster-enabled", "cluster-config-file", "databases"]);
const CPU_MS_A_COMMAND = 0.02;
/** What may wait for EXEC besides commands on data. */
const QUEUED = new Set(["PING", "ECHO", "SELECT", "INFO", "TIME", "PUBLISH", "FLUSHALL"]);

interface Session {
  connection: Connection;
  database: number;
  admitted: boolean;
  channels: Set<string>;
  /** It has said READONLY: a replica may answer. */
  readsReplica: boolean;
  /** Of a replica: where it says that it is. */
  announced: { host: string | undefined; port: string };
}

export class RedisServer {
  readonly ctx: ServerContext;
  readonly settings: Settings;
  readonly version: string;
  readonly startedAt: number;
  /** Another one at each start. */
  readonly runId: string;
  readonly link: ReplicaLink;
  readonly replicas = new Set<Session>();
  readonly sessions = new Set<Session>();
  /** Set iff it is a node of a cluster, from when it has its port. */
  cluster: RedisCluster | undefined;
  commands = 0;
  private readonly databases: Database[];
  private changed = false;
  /** The database that the last command for replicas and the append-only file was for. */
  private logged = -1;

  constructor(ctx: ServerContext, settings: Settings, version: string) {
    this.ctx = ctx;
    this.settings = settings;
    this.version = version;
    this.startedAt = ctx.now();
    this.runId = hex64(`redis/${ctx.pod.namespace}/${ctx.pod.name}/run/${ctx.now()}`).slice(0, 40);
    this.databases = Array.from({ length: Number(this.get("databases")) }, () => new Database(() => ctx.now()));
    this.link = new ReplicaLink(this);
    this.load();
  }

  get(name: string): string {
    return setting(this.settings, name);
  }

  line(mark: string, text: string): void {
    this.ctx.log((time) => `1:${this.link.master === undefined ? "M" : "S"} ${stamp(time)} ${mark} ${text}`);
  }

  private path(): { file: string; appends: boolean } {
    const dir = this.get("dir").replace(/\/$/, "");
    return this.get("appendonly") === "yes"
      ? { file: `${dir}/${this.get("appenddirname")}/${this.get("appendfilename")}.1.incr.aof`, appends: true }
      : { file: `${dir}/${this.get("dbfilename")}`, appends: false };
  }

  private load(): void {
    const { file, appends } = this.path();
    if (!this.ctx.fs.exists(file)) return;
    this.replay(this.ctx.fs.readFile(file));
    this.changed = false;
    this.line("*", `DB loaded from ${appends ? "append only file" : "disk"}: 0.000 seconds`);
  }

  /** Runs commands as they were kept; the last one chosen by SELECT counts. */
  replay(text: string): void {
    let database = 0;
    for (const words of new RespReader().read(text)) {
      const [name = "", ...args] = words as string[];
      database = this.apply(database, name, args);
    }
  }

  /** One command from a file or a master; answers the database that is chosen now. */
  apply(database: number, name: string, args: readonly string[]): number {
    if (name === "SELECT") return Number(args[0]);
    this.changed = true;
    if (name === "FLUSHALL") for (const db of this.databases) db.clear();
    else dataCommands[name]?.run(args, this.databases[database] as Database);
    return database;
  }

  /** Everything as commands. */
  dump(): string {
    return this.databases
      .map((db, at) => {
        const commands = db.keys().flatMap((key) => db.commandsOf(key));
        return commands.length === 0 ? "" : [["SELECT", String(at)], ...commands].map(encode).join("");
      })
      .join("");
  }

  save(): void {
    const dir = this.get("dir").replace(/\/$/, "");
    this.ctx.fs.mkdir(dir, { recursive: true });
    this.ctx.fs.writeFile(`${dir}/${this.get("dbfilename")}`, this.dump());
    this.changed = false;
  }

  bytes(): number {
    return OWN_BYTES + this.databases.reduce((sum, db) => sum + db.bytes(), 0);
  }

  keyspace(): { keys: number; expires: number }[] {
    return this.databases.map((db) => {
      const keys = db.keys();
      return { keys: keys.length, expires: keys.filter((key) => db.expiry(key) !== undefined).length };
    });
  }

  /** A write to the append-only file and to replicas. */
  private propagate(database: number, commands: readonly string[][]): void {
    this.changed = true;
    const { file, appends } = this.path();
    if (!appends && this.replicas.size === 0) return;
    const chosen = database === this.logged ? [] : [["SELECT", String(database)]];
    this.logged = database;
    const text = [...chosen, ...commands].map(encode).join("");
    for (const { connection } of this.replicas) connection.write(text);
    if (!appends) return;
    this.ctx.fs.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    this.ctx.fs.writeFile(file, text, { append: true });
  }

  /** Room for a write under `maxmemory`; throws where its policy finds none. */
  private makeRoom(): void {
    const most = Number(this.get("maxmemory"));
    if (most === 0) return;
    const policy = this.get("maxmemory-policy");
    while (this.bytes() > most) {
      const gone = policy !== "noeviction" && this.databases.some((db) => db.evict(policy.startsWith("volatile")));
      if (!gone) throw new RedisError("OOM command not allowed when used memory > 'maxmemory'.");
    }
  }

  accept(connection: Connection): ConnectionEvents {
    const session: Session = {
      ...{ connection, database: 0, admitted: false, channels: new Set<string>(), readsReplica: false },
      announced: { host: undefined, port: "6379" },
    };
    const transaction = new Transaction({
      run: (words) => this.answer(session, words),
      knows: (name) => dataCommands[name] !== undefined || QUEUED.has(name),
      look: (key) => JSON.stringify(this.databases[session.database]?.commandsOf(key)),
    });
    this.sessions.add(session);
    return respServer(connection, {
      answer: (command) => {
        this.ctx.work(CPU_MS_A_COMMAND);
        const taken = this.mayAct(session) ? transaction.take(command) : "run";
        return taken === "run" ? this.answer(session, command) : taken;
      },
      closed: () => {
        this.sessions.delete(session);
        this.replicas.delete(session);
      },
    });
  }

  private mayAct({ admitted }: Session): boolean {
    return admitted || this.get("requirepass") === "";
  }

  private answer(session: Session, [word = "", ...args]: readonly string[]): Reply | undefined {
    this.commands++;
    const name = word.toUpperCase();
    if (!this.mayAct(session) && name !== "AUTH" && name !== "QUIT") {
      return { error: "NOAUTH Authentication required." };
    }
    try {
      const command = dataCommands[name];
      if (command !== undefined || name === "FLUSHALL") return this.onData(session, name, args);
      return this.onServer(session, name, args, word);
    } catch (error) {
      if (error instanceof RedisError) return { error: error.message };
      throw error;
    }
  }

  private onData(session: Session, name: string, args: readonly string[]): Reply {
    const db = this.databases[session.database] as Database;
    const flushes = name === "FLUSHALL";
    const command = dataCommands[flushes ? "FLUSHDB" : name] as (typeof dataCommands)[string];
    const { least, most = least } = command;
    if (args.length < least || args.length > most) return wrongNumber(name);
    const refused = this.cluster?.refusal(flushes ? [] : keysOf(name, args), session.readsReplica && !command.writes);
    if (refused !== undefined) return refused;
    if (command.writes === true) {
      if (this.link.master !== undefined && this.get("replica-read-only") === "yes") {
        return { error: "READONLY You can't write against a read only replica." };
      }
      if (name !== "DEL" && name !== "UNLINK" && !flushes) this.makeRoom();
    }
    if (flushes) for (const each of this.databases) each.clear();
    const reply = command.run(args, db);
    if (command.writes === true) {
      const key = args[0] ?? "";
      const outcome = command.byOutcome === true ? [["DEL", key], ...db.commandsOf(key)] : [[name, ...args]];
      this.propagate(session.database, outcome);
      this.ctx.use({ cpuMillicores: 3, memoryBytes: BASE_MEMORY + this.bytes() - OWN_BYTES });
    }
    return reply;
  }

  private onServer(session: Session, name: string, args: readonly string[], word: string): Reply | undefined {
    const [first = "", second = ""] = args;
    switch (name) {
      case "PING":
        return args.length > 1 ? wrongNumber(name) : args.length === 1 ? first : { simple: "PONG" };
      case "ECHO":
        return args.length === 1 ? first : wrongNumber(name);
      case "QUIT":
        session.connection.write(encode(OK));
        session.connection.end();
        return undefined;
      case "AUTH":
        return this.admit(session, args);
      case "SELECT": {
        if (!/^\d+$/.test(first) || Number(first) >= this.databases.length)
          return { error: "ERR DB index is out of range" };
        if (this.cluster !== undefined && Number(first) !== 0)
          return { error: "ERR SELECT is not allowed in cluster mode" };
        session.database = Number(first);
        return OK;
      }
      case "INFO":
        return infoText(this, first.toLowerCase());
      case "TIME":
        return [String(Math.floor(this.ctx.now() / 1000)), "0"];
      case "CONFIG":
        return this.configure(args);
      case "SAVE":
        this.save();
        return OK;
      case "BGSAVE":
        this.save();
        return { simple: "Background saving started" };
      case "ROLE":
        return this.link.master === undefined
          ? [
              "master",
              0,
              [...this.replicas].map(({ connection, announced: { host, port } }) => [
                host ?? connection.remoteAddress,
                port,
                "0",
              ]),
            ]
          : ["slave", this.link.master.host, this.link.master.port, this.link.up ? "connected" : "connect", 0];
      case "REPLICAOF":
      case "SLAVEOF":
        if (this.cluster !== undefined) return { error: `ERR ${name} not allowed in cluster mode.` };
        this.link.follow(first.toUpperCase() === "NO" ? undefined : { host: first, port: Number(second) });
        return OK;
      case "CLUSTER":
        return this.cluster?.command(args) ?? { error: "ERR This instance has cluster support disabled" };
      case "READONLY":
      case "READWRITE":
        if (this.cluster === undefined) return { error: "ERR This instance has cluster support disabled" };
        session.readsReplica = name === "READONLY";
        return OK;
      case "REPLCONF":
        if (first.toLowerCase() === "listening-port") session.announced.port = second;
        else if (first.toLowerCase() === "ip-address") session.announced.host = second;
        else return { error: `ERR Unrecognized REPLCONF option: ${first}` };
        return OK;
      case "SYNC":
        session.connection.write(encode(["FLUSHALL"]) + this.dump() + encode(["SELECT", "0"]));
        this.logged = -1;
        this.replicas.add(session);
        this.line("*", `Synchronization with replica ${session.connection.remoteAddress}:6379 succeeded`);
        return undefined;
      case "SUBSCRIBE":
        for (const channel of args) {
          session.channels.add(channel);
          session.connection.write(encode(["subscribe", channel, session.channels.size]));
        }
        return undefined;
      case "PUBLISH": {
        const heard = [...this.sessions].filter(({ channels }) => channels.has(first));
        for (const { connection } of heard) connection.write(encode(["message", first, second]));
        return heard.length;
      }
      case "SHUTDOWN":
        this.stop("User requested shutdown...");
        return undefined;
      default:
        return {
          error: `ERR unknown command '${word}', with args beginning with: ${args.map((arg) => `'${arg}' `).join("")}`,
        };
    }
  }

  private admit(session: Session, args: readonly string[]): Reply {
    const password = this.get("requirepass");
    const user = args.length > 1 ? args[0] : "default";
    if (password === "" && args.length === 1) {
      return {
        error:
          "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
      };
    }
    if (user !== "default" || (password !== "" && args.at(-1) !== password)) {
      return { error: "WRONGPASS invalid username-password pair or user is disabled." };
    }
    session.admitted = true;
    return OK;
  }

  private configure([action = "", name = "", ...values]: readonly string[]): Reply {
    if (action.toUpperCase() === "GET") {
      const wanted = glob(name);
      return settingNames.filter((each) => wanted.test(each)).flatMap((each) => [each, this.get(each)]);
    }
    if (action.toUpperCase() !== "SET") return { error: `ERR unknown subcommand '${action}'. Try CONFIG HELP.` };
    if (!isSetting(name)) {
      return { error: `ERR Unknown option or number of arguments for CONFIG SET - '${name}'` };
    }
    const isFixed = FIXED.has(name.toLowerCase());
    if (!isFixed) this.settings.values.delete(name);
    const problem = isFixed ? "can't set immutable config" : setDirective(this.settings, name, values);
    return problem === undefined
      ? OK
      : { error: `ERR CONFIG SET failed (possibly related to argument '${name}') - ${problem}` };
  }

  stop(why: string): void {
    this.line("*", why);
    if (this.get("save").trim() !== "" && this.get("save") !== '""' && this.changed) {
      this.line("*", "Saving the final RDB snapshot before exiting.");
      this.save();
      this.line("*", "DB saved on disk");
    }
    this.line("#", "Redis is now ready to exit, bye bye...");
    this.ctx.exit(0);
  }
}

function wrongNumber(name: string): Reply {
  return { error: `ERR wrong number of arguments for '${name.toLowerCase()}' command` };
}

export function stamp(time: number): string {
  const date = new Date(time);
  return `${date.toUTCString().slice(5, 25)}.${String(date.getUTCMilliseconds()).padStart(3, "0")}`;
}
