/** PostgreSQL as its official image starts it. */
import type { ShownServer } from "../../runtime/containers/image.ts";
import { shellProgram } from "../../userland/shell/main.ts";
import { defineImage } from "../define-image.ts";
import type { BindFailure, ServerContext } from "../define-image.ts";
import { runProblem } from "../run-folder.ts";
import { lazyTags, tags } from "../tags.ts";
import { entrypointWith } from "./entrypoint-scripts.ts";
import { postgresOptions } from "./postgres-options.ts";
import { PostgresRoles } from "./postgres-roles.ts";
import { pgIsReady, psql } from "./psql.ts";
import { setting, startSqlServer } from "./sql-server.ts";
import type { SqlServer } from "./sql-server.ts";

const PORT = 5432;
/** As it names all addresses. */
const ANYWHERE = "0.0.0.0";
const HOME = "/var/lib/postgresql/data";
const NO_PASSWORD = `Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".

       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all
       connections without a password. This is *not* recommended.

       See PostgreSQL documentation about "trust":
       https://www.postgresql.org/docs/current/auth-trust.html`;

function log(ctx: ServerContext, text: string): void {
  ctx.log(
    (time) =>
      `${new Date(time).toISOString().slice(0, 23).replace("T", " ")} UTC [1] ${/^[A-Z]+: /.test(text) ? "" : "LOG:  "}${text}`,
    "stderr",
  );
}

const bindFails: BindFailure = ({ address, port, why, now }) => {
  const at = `${new Date(now).toISOString().slice(0, 23).replace("T", " ")} UTC [1]`;
  return {
    lines: [
      `${at} LOG:  could not bind IPv4 address "${address === "::" ? ANYWHERE : address}": ${why}`,
      `${at} HINT:  Is another postmaster already running on port ${port}? If not, wait a few seconds and retry.`,
      `${at} WARNING:  could not create listen socket for "${address === "::" ? "*" : address}"`,
      `${at} FATAL:  could not create any TCP/IP sockets`,
    ],
  };
};

const PROCESSES = {
  title: "postgres",
  user: "postgres",
  children: [
    "checkpointer",
    "background writer",
    "walwriter",
    "autovacuum launcher",
    "logical replication launcher",
  ].map((name) => `postgres: ${name} `),
};
const shows: ShownServer = () => PROCESSES;

function serverOf(version: string): SqlServer {
  return {
    scripts: (ctx, text) => ctx.log(`/usr/local/bin/docker-entrypoint.sh: ${text}`),
    place(ctx) {
      const { port, address, ignored, problem } = postgresOptions(ctx);
      if (problem?.startsWith("FATAL") === true) log(ctx, problem);
      else if (problem !== undefined) ctx.log(problem, "stderr");
      if (ignored.length > 0) ctx.log(`Drydock: without effect in this playground: ${ignored.join(" ")}`, "stderr");
      if (problem !== undefined) return undefined;
      if (runProblem(ctx, "/postgresql") !== "EROFS") return { port, address };
      const lock = `/var/run/postgresql/.s.PGSQL.${port}.lock`;
      log(ctx, `FATAL:  could not create lock file "${lock}": Read-only file system`);
      log(ctx, "database system is shut down");
      return undefined;
    },
    dialect: {
      version: `PostgreSQL ${version}`,
      builtIn: ["postgres", "template0", "template1"],
      doubleQuotes: "name",
    },
    dataDirectory: (ctx) => ctx.env["PGDATA"] ?? HOME,
    startMs: { first: 2_500, later: 400 },
    memoryMB: 38,
    extend: (host) => new PostgresRoles(host),
    initialize(ctx) {
      const password = setting(ctx, "POSTGRES_PASSWORD");
      const trusts = setting(ctx, "POSTGRES_HOST_AUTH_METHOD") === "trust";
      if (password === "" && !trusts) {
        ctx.log(NO_PASSWORD, "stderr");
        return undefined;
      }
      const user = setting(ctx, "POSTGRES_USER") || "postgres";
      return { users: { [user]: trusts ? "" : password }, database: setting(ctx, "POSTGRES_DB") || user };
    },
    announce(ctx, when, { port, address = ANYWHERE }) {
      if (when === "initializing") {
        ctx.log('The files belonging to this database system will be owned by user "postgres".');
        ctx.log("This user must also own the server process.");
      } else if (when === "initialized") {
        ctx.log("PostgreSQL init process complete; ready for start up.");
      } else if (when === "starting") {
        log(ctx, `starting PostgreSQL ${version} on x86_64-pc-linux-gnu`);
        log(ctx, `listening on IPv4 address "${address}", port ${port}`);
      } else if (when === "ready") log(ctx, "database system is ready to accept connections");
      else {
        log(ctx, "received fast shutdown request");
        log(ctx, "database system is shut down");
      }
    },
  };
}

const BASH = { kind: "program", run: shellProgram({ dialect: "bash" }) } as const;

const ENTRYPOINT = entrypointWith({
  ...{ daemon: "postgres", alone: "-c listen_addresses=127.0.0.1", data: "$PGDATA" },
  ready: "pg_isready >/dev/null",
  sql: 'psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB"',
  functions: `export POSTGRES_USER="\${POSTGRES_USER:-postgres}"
export POSTGRES_DB="\${POSTGRES_DB:-$POSTGRES_USER}"
docker_process_sql() { psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"; }`,
  says: 'echo "/usr/local/bin/docker-entrypoint.sh: $*"',
});

const VERSIONS = "9.6 10 11 12 12.0..22 13 13.0..22 14 14.0..19 15 15.0..14 16 16.0..13 17 17.0..6 18 18.0 latest";

export const postgres = defineImage({
  name: "docker.io/library/postgres",
  tags: lazyTags(() => ({ ...tags(154, VERSIONS, ["", "-bookworm"]), ...tags(107, VERSIONS, ["-alpine"]) })),
  entrypoint: ["/usr/local/bin/docker-entrypoint.sh"],
  cmd: ["postgres"],
  files: { "/usr/local/bin/docker-entrypoint.sh": ENTRYPOINT },
  env: { PGDATA: HOME },
  exposedPorts: [PORT],
  userland: "debian",
  volumes: [HOME],
  accounts: [{ name: "postgres", uid: 999, alpineUid: 70, home: "/var/lib/postgresql", shell: "/bin/bash" }],
  programs: (tag) => {
    const version = /^\d+(\.\d+)?/.exec(tag)?.[0] ?? "18.0";
    return {
      "/usr/local/bin/postgres": {
        kind: "server",
        start: (ctx) => startSqlServer(ctx, serverOf(version)),
        bindFails,
        shows,
      },
      // Alpine's brings bash, for its entry point.
      ...(tag.includes("alpine") && { "/bin/bash": BASH }),
      "/usr/local/bin/psql": { kind: "program", run: psql },
      "/usr/local/bin/pg_isready": { kind: "program", run: pgIsReady },
    };
  },
});
