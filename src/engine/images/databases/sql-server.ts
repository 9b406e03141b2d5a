/**
 * A database server around `SqlEngine`: it initializes its data directory once, takes logins and answers statements.
 * **Simplified:** clients speak lines of JSON with it, no wire protocol; who may log in may do everything.
 */
import { isObject, parseJson } from "../../base/json.ts";
import { lineServer } from "../../runtime/connection.ts";
import type { Connection } from "../../runtime/connection.ts";
import type { Server, ServerContext } from "../define-image.ts";
import { isOwnHost } from "./bound-address.ts";
import { BY_ENTRYPOINT } from "./entrypoint-scripts.ts";
import { runInitScripts } from "./init-scripts.ts";
import { SqlEngine } from "./sql-engine.ts";
import type { Outcome, SqlDialect, SqlSession } from "./sql-engine.ts";

/** What is in the data directory: set when it was initialized, whatever the environment says later. */
interface State {
  /** Passwords by user; "" lets in without one. */
  users: Record<string, string>;
  databases: string;
  /** The extension's. */
  own?: unknown;
}

/** What a server does besides the engine's SQL. */
export interface SqlExtension {
  /** Its own statements, and those that it refuses; undefined: it is the engine's. */
  run(sql: string, session: SqlSession): Outcome | undefined;
  /** The engine has done this statement, which changed something. */
  changed(sql: string, session: SqlSession): void;
  /** Something that is no statement, from a client that has logged in; the answer goes back as it is. */
  hears(said: unknown, connection: Connection): string | undefined;
  left(connection: Connection): void;
  /** What it keeps in the data directory. */
  state(): unknown;
  /** The server takes connections from now on. */
  started(): void;
}

/** What an extension stands on. */
export interface SqlHost {
  readonly ctx: ServerContext;
  readonly engine: SqlEngine;
  readonly users: Record<string, string>;
  /** What `state` answered when it was saved last; undefined in a new directory. */
  readonly own: unknown;
  save(): void;
}

/** Where it listens; without an address: everywhere. */
export interface SqlPlace {
  port: number;
  address: string | undefined;
}

export interface SqlServer {
  /** From its command line and its files; undefined: it has said why not. */
  place(ctx: ServerContext): SqlPlace | undefined;
  dialect: SqlDialect;
  /** Its directory, from its environment. */
  dataDirectory(ctx: ServerContext): string;
  /** Users and databases of a new directory; undefined when it can't be initialized: it has said why. */
  initialize(ctx: ServerContext): { users: Record<string, string>; database: string } | undefined;
  /** Milliseconds until it takes connections. */
  startMs: { first: number; later: number };
  announce(
    ctx: ServerContext,
    when: "initializing" | "initialized" | "starting" | "ready" | "stopping",
    place: SqlPlace,
  ): void;
  /** What the entry point says of the scripts of a new directory. */
  scripts(ctx: ServerContext, text: string): void;
  memoryMB: number;
  /** undefined: it can't start, and has said why. */
  extend?(host: SqlHost): SqlExtension | undefined;
}

export type Login = { user: string; password: string; database: string };
export type LoginAnswer =
  | { ok: true; version: string }
  | { ok: false; problem: "password" | "unknown-database"; client: string };

/** Sent in the place of a password by clients that a server's own machine may trust (a socket). */
export const TRUSTED = "\u0000trusted";

const FILE = "drydock.json";

export function startSqlServer(ctx: ServerContext, server: SqlServer): ReturnType<Server> {
  const { dialect } = server;
  const place = server.place(ctx);
  if (place === undefined) {
    ctx.exit(1);
    return undefined;
  }
  const engine = new SqlEngine(dialect, () => ctx.now());
  const directory = server.dataDirectory(ctx);
  const file = `${directory}/${FILE}`;
  const isNew = !ctx.fs.exists(file);
  let users: Record<string, string>;
  let own: unknown;
  let initial = "";
  if (isNew) {
    const made = server.initialize(ctx);
    if (made === undefined) {
      ctx.exit(1);
      return undefined;
    }
    users = made.users;
    server.announce(ctx, "initializing", place);
    if (made.database !== "") engine.create(made.database);
    initial = made.database;
  } else {
    const state = parseJson(ctx.fs.readFile(file)) as State | undefined;
    if (!isObject(state) || !isObject(state.users) || !isObject(parseJson(String(state.databases)))) {
      ctx.log(`[ERROR] the data directory is damaged: ${file} cannot be read`, "stderr");
      ctx.exit(1);
      return undefined;
    }
    ({ users, own } = state);
    engine.load(state.databases);
  }
  const save = (): void => {
    const state: State = { users, databases: engine.save(), ...(extension && { own: extension.state() }) };
    ctx.fs.mkdir(directory, { recursive: true });
    ctx.fs.writeFile(file, JSON.stringify(state));
  };
  const extension = server.extend?.({ ctx, engine, users, own, save });
  if (server.extend !== undefined && extension === undefined) {
    ctx.exit(1);
    return undefined;
  }
  if (isNew) {
    if (ctx.env[BY_ENTRYPOINT] === undefined) {
      const [user = ""] = Object.keys(users);
      const session: SqlSession = { database: initial, user: `${user}@localhost` };
      const run = (sql: string): Outcome => extension?.run(sql, session) ?? engine.run(sql, session);
      runInitScripts(ctx, run, (text) => server.scripts(ctx, text));
    }
    save();
    server.announce(ctx, "initialized", place);
  }
  server.announce(ctx, "starting", place);
  ctx.use({ cpuMillicores: 5, memoryBytes: server.memoryMB * 1024 * 1024 });
  ctx.after(isNew ? server.startMs.first : server.startMs.later, () => {
    const listen = lineServer((connection) => {
      let session: SqlSession | undefined;
      return (line) => {
        const said = parseJson(line);
        if (session === undefined && isLogin(said)) {
          const client = connection.remoteAddress;
          const answer = admit(said, { users, engine, version: dialect.version, client });
          if (answer.ok) session = sessionOf(said, client);
          return `${JSON.stringify(answer)}\n`;
        }
        if (session !== undefined && isObject(said) && extension !== undefined)
          return extension.hears(said, connection);
        if (session === undefined || typeof said !== "string") {
          // A browser, curl or nc: no client of this server.
          connection.end();
          return undefined;
        }
        ctx.work(1);
        const answered = extension?.run(said, session);
        const outcome: Outcome = answered ?? engine.run(said, session);
        if (outcome.kind === "done") {
          if (answered === undefined) extension?.changed(said, session);
          save();
        }
        return `${JSON.stringify(outcome)}\n`;
      };
    });
    const accept = (connection: Connection) => ({
      ...listen(connection),
      closed: () => extension?.left(connection),
    });
    ctx.listenTcp(place.port, accept, place.address);
    server.announce(ctx, "ready", place);
    extension?.started();
  });
  const stop = (): void => {
    server.announce(ctx, "stopping", place);
    ctx.exit(0);
  };
  return { signals: { SIGTERM: stop, SIGINT: stop, SIGQUIT: stop } };
}

function isLogin(said: unknown): said is Login {
  return isObject(said) && ["user", "password", "database"].every((name) => typeof said[name] === "string");
}

function sessionOf({ user, database }: Login, client: string): SqlSession {
  return { database, user: `${user}@${client}` };
}

function admit(
  { user, password, database }: Login,
  server: { users: Record<string, string>; engine: SqlEngine; version: string; client: string },
): LoginAnswer {
  const { users, engine, version, client } = server;
  const wanted = users[user];
  const trusted = password === TRUSTED && isOwnHost(client);
  if (wanted === undefined || (wanted !== "" && wanted !== password && !trusted))
    return { ok: false, problem: "password", client };
  if (database !== "" && !engine.has(database)) return { ok: false, problem: "unknown-database", client };
  return { ok: true, version };
}

/** A setting, or what is in the file that `NAME_FILE` points to. */
export function setting(ctx: ServerContext, name: string): string {
  const file = ctx.env[`${name}_FILE`];
  if (file !== undefined && ctx.fs.exists(file)) return ctx.fs.readFile(file).trimEnd();
  return ctx.env[name] ?? "";
}
