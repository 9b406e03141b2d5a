/**
 * mongod. **Simplified:** clients speak lines of JSON with it, no wire protocol; no indexes, aggregations or transactions;
 * who may log in may do everything.
 */
import { isObject, parseJson } from "../../base/json.ts";
import { lineServer } from "../../runtime/connection.ts";
import type { TcpListener } from "../../runtime/connection.ts";
import type { BindFailure, Server, ServerContext } from "../define-image.ts";
import { boundAddress } from "../databases/bound-address.ts";
import { setting } from "../databases/sql-server.ts";
import { matches, MongoError, updated } from "./documents.ts";
import type { Document } from "./documents.ts";
import { messageOf } from "../ensemble/messages.ts";
import { ReplicaSet } from "./replica-set.ts";
import type { SetState } from "./replica-set.ts";
import { parseCall } from "./shell-language.ts";
import type { MongoCall } from "./shell-language.ts";

export const MONGO_PORT = 27017;
const KNOWN = /^--(bind_ip|bind_ip_all|port|dbpath|auth|replSet|noauth|quiet|wiredTigerCacheSizeGB)(=.*)?$/;
/** First words of what else mongod can be told. */
const REAL =
  /^-[fvh]|^--(config|configsvr|shardsvr|fork|logpath|logappend|log|tls|ssl|keyFile|clusterAuthMode|security|setParameter|slow|profile|oplog|journal|nojournal|storage|engine|wiredTiger|directoryperdb|repair|restore|shutdown|syslog|timeStampFormat|transition|unixSocketPrefix|nounixsocket|verbose|ipv6|listen|maxConns|net|objcheck|noobjcheck|pidfilepath|processManagement|query|redact|replication|serviceExecutor|enable|disable|diagnosticDataCollection|cpu|filePermissions|jsonp|rest|http|smallfiles|noprealloc|notablescan|quota|nssize|syncdelay|ldap|sasl|kmip|audit|encryption|aws|eventservice|flow|free|help|version|upgrade)/;
const MEMORY = 130 * 1024 * 1024;

export interface MongoRequest {
  database: string;
  user?: string | undefined;
  password?: string | undefined;
  text: string;
  /** The client's read preference lets secondaries answer. */
  secondaryOk?: boolean;
}
/** `prompt`: what stands before the database's name there. */
export type MongoAnswer = { error: string } | { value: unknown; database: string; prompt?: string };

interface State {
  user: string;
  password: string;
  /** Documents by database and collection. */
  databases: Record<string, Record<string, Document[]>>;
  set?: SetState;
}

/** What an oplog's entry says: that collection is like this now; null: it is gone, without a name the whole database. */
interface Entry {
  database: string;
  collection?: string;
  documents: Document[] | null;
}

class DamagedData extends Error {}

function isState(value: unknown): value is State {
  if (!isObject(value) || typeof value["user"] !== "string" || typeof value["password"] !== "string") return false;
  const { databases } = value;
  return (
    isObject(databases) &&
    Object.values(databases).every((each) => isObject(each) && Object.values(each).every(Array.isArray))
  );
}

/** What a client of this protocol sends; who speaks another one gets no answer. */
function isRequest(value: unknown): value is MongoRequest {
  return isObject(value) && typeof value["text"] === "string" && typeof value["database"] === "string";
}

class Mongo {
  readonly set: ReplicaSet | undefined;
  private readonly state: State;
  private readonly file: string;
  private readonly ctx: ServerContext;
  private readonly version: string;
  /** What the call under way writes. */
  private written: Entry | undefined;

  constructor(ctx: ServerContext, version: string) {
    this.ctx = ctx;
    this.version = version;
    const directory = flagValue(ctx.argv, "--dbpath") ?? "/data/db";
    this.file = `${directory}/drydock.json`;
    if (ctx.fs.exists(this.file)) {
      const state = parseJson(ctx.fs.readFile(this.file));
      if (!isState(state)) throw new DamagedData(this.file);
      this.state = state;
    } else {
      ctx.fs.mkdir(directory, { recursive: true });
      const user = setting(ctx, "MONGO_INITDB_ROOT_USERNAME");
      this.state = { user, password: setting(ctx, "MONGO_INITDB_ROOT_PASSWORD"), databases: {} };
      this.save();
    }
    const name = flagValue(ctx.argv, "--replSet");
    if (name === undefined) return;
    this.set = new ReplicaSet(
      {
        ctx,
        name,
        port: portOf(ctx.argv),
        snapshot: () => this.state.databases,
        restore: (data) => {
          this.state.databases = data as State["databases"];
        },
        apply: (entry) => this.apply(entry as Entry),
        save: () => this.save(),
        log: (severity, message) => ctx.log((time) => logEntry(time, severity, message)),
      },
      this.state.set,
    );
  }

  private save(): void {
    const set = this.set?.state();
    this.ctx.fs.writeFile(this.file, JSON.stringify({ ...this.state, ...(set && { set }) }));
  }

  private apply({ database, collection, documents }: Entry): void {
    const { databases } = this.state;
    if (collection === undefined) delete databases[database];
    else if (documents === null) delete databases[database]?.[collection];
    else (databases[database] ??= {})[collection] = documents;
  }

  /** `reply` is called now, or when a majority of the replica set has what was written. */
  answer(request: MongoRequest, reply: (answer: MongoAnswer) => void): void {
    const { database } = request;
    const later = {
      done: (value: unknown) => reply({ value, database, ...(this.set && { prompt: this.set.prompt }) }),
      fail: (message: string) => reply({ error: `MongoServerError: ${message}` }),
    };
    this.written = undefined;
    const answer = this.perform(request, later);
    const { written } = this;
    if (answer === undefined) return;
    if (written === undefined || "error" in answer) {
      reply("error" in answer || this.set === undefined ? answer : { ...answer, prompt: this.set.prompt });
    } else if (this.set === undefined) {
      this.apply(written);
      this.save();
      reply(answer);
    } else this.set.write(written, later, answer.value);
  }

  /** undefined: the answer comes later. */
  private perform(
    { database, user, password, text, secondaryOk = false }: MongoRequest,
    later: Parameters<ReplicaSet["command"]>[2],
  ): MongoAnswer | undefined {
    try {
      const known = this.state.user === "" || (user === this.state.user && password === this.state.password);
      if (user !== undefined && !known) throw new MongoError("Authentication failed.");
      const used = /^\s*use\s+([\w-]+)\s*;?\s*$/.exec(text)?.[1];
      if (used !== undefined) return { value: `switched to db ${used}`, database: used };
      const call = /^\s*show\s+(dbs|databases|collections|tables)\s*;?\s*$/.exec(text)?.[1] ?? parseCall(text);
      const free =
        typeof call !== "string" &&
        /^(version|adminCommand|runCommand|hello|isMaster)$/.test(call.calls[0]?.name ?? "");
      if (!known && !free) throw new MongoError("Command requires authentication");
      if (this.set !== undefined && typeof call !== "string" && call.path[0] === "rs") {
        const [first, ...more] = call.calls;
        if (first !== undefined && more.length === 0 && this.set.command(first.name, first.args, later))
          return undefined;
      } else if (this.set !== undefined && !free) {
        const { written } = this;
        const answer = { value: this.run(call, database), database };
        if (this.written === written) this.set.checkRead(secondaryOk);
        else if (!this.set.isPrimary) throw new MongoError("not primary");
        return answer;
      }
      return { value: this.run(call, database), database };
    } catch (error) {
      if (error instanceof MongoError)
        return { error: `Mongo${error.message.startsWith("SyntaxError") ? "sh" : "ServerError"}: ${error.message}` };
      throw error;
    }
  }

  private run(call: MongoCall | string, database: string): unknown {
    if (call === "dbs" || call === "databases") return Object.keys(this.state.databases).sort().join("\n");
    if (typeof call === "string")
      return Object.keys(this.state.databases[database] ?? {})
        .sort()
        .join("\n");
    const [root, ...collection] = call.path;
    const [first, ...rest] = call.calls;
    const unknown = (): never => {
      throw new MongoError(
        `this playground does not know ${[...call.path, ...call.calls.map(({ name }) => `${name}()`)].join(".")}`,
      );
    };
    if (root === "rs" && first !== undefined) {
      if (this.set !== undefined) return unknown();
      throw new MongoError("not running with --replSet");
    }
    if (root !== "db") return unknown();
    if (first === undefined) return collection.length === 0 ? database : unknown();
    if (collection.length > 0) return this.onCollection(database, collection.join("."), [first, ...rest], unknown);
    switch (first.name) {
      case "version":
        return this.version;
      case "adminCommand":
      case "runCommand": {
        const asked =
          typeof first.args[0] === "string"
            ? first.args[0]
            : Object.keys((first.args[0] as Document | undefined) ?? {})[0];
        if (asked === "ping") return rest[0]?.name === "ok" ? 1 : { ok: 1 };
        if (asked === "hello" || asked === "isMaster") return this.hello();
        return unknown();
      }
      case "hello":
      case "isMaster":
        return this.hello();
      case "getName":
        return database;
      case "getCollectionNames":
        return Object.keys(this.state.databases[database] ?? {}).sort();
      case "dropDatabase":
        this.written = { database, documents: null };
        return { ok: 1, dropped: database };
      case "getCollection":
        return this.onCollection(database, String(first.args[0]), rest, unknown);
      default:
        return unknown();
    }
  }

  private hello(): Record<string, unknown> {
    return this.set?.hello() ?? { isWritablePrimary: true, ok: 1 };
  }

  private onCollection(database: string, name: string, calls: MongoCall["calls"], unknown: () => never): unknown {
    const [call, ...rest] = calls;
    const documents = this.state.databases[database]?.[name] ?? [];
    const [filter = {}, change = {}] = (call?.args ?? []) as Document[];
    const keep = (next: Document[]): void => {
      this.written = { database, collection: name, documents: next };
      this.ctx.work(1);
    };
    switch (call?.name) {
      case "insertOne": {
        const [added] = this.identified([filter]);
        keep([...documents, added as Document]);
        return { acknowledged: true, insertedId: added?.["_id"] };
      }
      case "insertMany": {
        const added = this.identified(call.args[0] as Document[]);
        keep([...documents, ...added]);
        return { acknowledged: true, insertedIds: Object.fromEntries(added.map((each, at) => [at, each["_id"]])) };
      }
      case "find":
      case "findOne": {
        if (call.args.length > 1) return unknown();
        let found = documents.filter((each) => matches(each, filter));
        if (call.name === "findOne") return found[0] ?? null;
        for (const { name: then, args } of rest) {
          if (then === "limit") found = found.slice(0, Number(args[0]));
          else if (then === "count") return found.length;
          else if (then !== "toArray" && then !== "pretty") return unknown();
        }
        return found;
      }
      case "countDocuments":
      case "count":
        return documents.filter((each) => matches(each, filter)).length;
      case "updateOne":
      case "updateMany": {
        if (call.args.length > 2) return unknown();
        const hits = documents
          .filter((each) => matches(each, filter))
          .slice(0, call.name === "updateOne" ? 1 : undefined);
        keep(documents.map((each) => (hits.includes(each) ? updated(each, change) : each)));
        return {
          acknowledged: true,
          insertedId: null,
          matchedCount: hits.length,
          modifiedCount: hits.length,
          upsertedCount: 0,
        };
      }
      case "deleteOne":
      case "deleteMany": {
        const hits = documents
          .filter((each) => matches(each, filter))
          .slice(0, call.name === "deleteOne" ? 1 : undefined);
        keep(documents.filter((each) => !hits.includes(each)));
        return { acknowledged: true, deletedCount: hits.length };
      }
      case "drop": {
        const there = this.state.databases[database]?.[name] !== undefined;
        if (there) this.written = { database, collection: name, documents: null };
        return there;
      }
      default:
        return unknown();
    }
  }

  private identified(documents: readonly Document[]): Document[] {
    if (!Array.isArray(documents)) throw new MongoError('Argument "docs" must be an array');
    const seconds = Math.floor(this.ctx.now() / 1000)
      .toString(16)
      .padStart(8, "0");
    return documents.map((each) => {
      const chance = Array.from({ length: 16 }, () => this.ctx.random(16).toString(16)).join("");
      return { _id: seconds + chance, ...each };
    });
  }
}

function logEntry(time: number, severity: string, message: string): string {
  const about = { t: { $date: new Date(time).toISOString() }, s: severity, c: "CONTROL", ctx: "initandlisten" };
  return JSON.stringify({ ...about, msg: message });
}

export const mongoBindFails: BindFailure = ({ why, now }) => ({
  lines: [logEntry(now, "E", `Failed to set up listener: SocketException: ${why}`)],
  code: 48,
});

/** What follows `name` on the command line. */
function flagValue(argv: readonly string[], name: string): string | undefined {
  const at = argv.indexOf(name);
  return at > 0 ? argv[at + 1] : argv.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}

function portOf(argv: readonly string[]): number {
  return Number(flagValue(argv, "--port") ?? MONGO_PORT);
}

export function startMongo(ctx: ServerContext, version: string): ReturnType<Server> {
  const log = (severity: string, message: string): void => ctx.log((time) => logEntry(time, severity, message));
  const wrong = ctx.argv.slice(1).find((word) => /^-[-a-z]/.test(word) && !KNOWN.test(word));
  if (wrong !== undefined) {
    const name = wrong.replace(/=.*/, "");
    ctx.log(
      REAL.test(name)
        ? `Drydock: mongod's option ${name} is not simulated`
        : `Error parsing command line: unrecognised option '${name}'\ntry 'mongod --help' for more information`,
      "stderr",
    );
    ctx.exit(2);
    return undefined;
  }
  let mongo: Mongo;
  try {
    mongo = new Mongo(ctx, version);
  } catch (error) {
    if (!(error instanceof DamagedData)) throw error;
    log("F", `Fatal assertion: WT_PANIC: WiredTiger library panic: ${error.message} cannot be read`);
    ctx.exit(14);
    return undefined;
  }
  const idle = ctx.argv.filter((word) => /^--(auth|noauth|quiet|wiredTigerCacheSizeGB)/.test(word));
  if (idle.length > 0) log("W", `Drydock: without effect in this playground: ${idle.join(" ")}`);
  ctx.use({ cpuMillicores: 6, memoryBytes: MEMORY });
  log("I", "MongoDB starting");
  // The image's entrypoint adds --bind_ip_all unless the command line says otherwise.
  const bind = flagValue(ctx.argv, "--bind_ip");
  const address = bind === undefined ? undefined : boundAddress(bind, ["*", "::"]);
  ctx.after(800, () => {
    const take: TcpListener = (connection) => {
      const member = mongo.set?.hears(connection);
      const clients = lineServer(() => (line) => {
        const message = member === undefined ? undefined : messageOf(line);
        const request = parseJson(line);
        if (message !== undefined) member?.take(message);
        else if (isRequest(request)) mongo.answer(request, (answer) => connection.write(`${JSON.stringify(answer)}\n`));
        return undefined;
      });
      return { ...clients(connection), closed: () => member?.closed() };
    };
    ctx.listenTcp(portOf(ctx.argv), take, address);
    log("I", "Waiting for connections");
    mongo.set?.start();
  });
  const stop = (): void => {
    log("I", "Shutting down");
    ctx.exit(0);
  };
  return { signals: { SIGTERM: stop, SIGINT: stop } };
}
