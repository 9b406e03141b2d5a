/** MySQL, MariaDB and the variants that only differ by name: what their entry points check and print. */
import type { ImageProgram } from "../../runtime/containers/image.ts";
import { defineImage } from "../define-image.ts";
import type { BindFailure, ImageDefinition, ServerContext } from "../define-image.ts";
import { runProblem } from "../run-folder.ts";
import { tags } from "../tags.ts";
import { entrypointWith } from "./entrypoint-scripts.ts";
import { boundAddress } from "./bound-address.ts";
import { mysqlAdmin, mysqlClient } from "./mysql-client.ts";
import { mysqlOptions, unknownOption, withoutEffect } from "./mysql-options.ts";
import { MysqlReplication } from "./mysql-replication.ts";
import { setting, startSqlServer } from "./sql-server.ts";
import type { SqlExtension, SqlHost, SqlPlace, SqlServer } from "./sql-server.ts";
import { xtrabackup } from "./xtrabackup.ts";

const PORT = 3306;
const DATA = "/var/lib/mysql";
const BUILT_IN = ["information_schema", "mysql", "performance_schema", "sys"];

interface Flavour {
  name: string;
  prefixes: readonly string[];
  /** By tag. */
  version(tag: string): string;
  title: string;
  tags: ImageDefinition["tags"];
  daemon: string;
}

function entry(ctx: ServerContext, level: string, text: string): void {
  const stamp = new Date(ctx.now()).toISOString().slice(0, 19).replace("T", " ");
  ctx.log(`${stamp}+00:00 [${level}] [Entrypoint]: ${text}`, level === "ERROR" ? "stderr" : "stdout");
}

function note(ctx: ServerContext, code: string, text: string): void {
  ctx.log(
    (time) => `${new Date(time).toISOString().slice(0, 23)}000Z 0 [System] [MY-${code}] [Server] ${text}`,
    "stderr",
  );
}

const bindFails: BindFailure = ({ port, why, now }) => {
  const at = `${new Date(now).toISOString().slice(0, 23)}000Z 0 [ERROR]`;
  return {
    lines: [
      `${at} [MY-010262] [Server] Can't start server: Bind on TCP/IP port: ${why}`,
      `${at} [MY-010257] [Server] Do you already have another mysqld server running on port: ${port} ?`,
      `${at} [MY-010119] [Server] Aborting`,
    ],
  };
};

function plain(ctx: ServerContext, level: "Note" | "Warning" | "ERROR", text: string): void {
  ctx.log((time) => `${new Date(time).toISOString().slice(0, 23)}000Z 0 [${level}] ${text}`, "stderr");
}

function extend(host: SqlHost, version: string): SqlExtension | undefined {
  const { ctx } = host;
  const options = mysqlOptions(ctx);
  const idle = withoutEffect(options);
  if (idle.length > 0) plain(ctx, "Warning", `Drydock: without effect in this playground: ${idle.join(", ")}`);
  if (version.startsWith("5.7") && options["log_bin"] !== undefined && options["server_id"] === undefined) {
    plain(
      ctx,
      "ERROR",
      "You have enabled the binary log, but you haven't provided the mandatory server-id. Please refer to the proper server start-up parameters documentation",
    );
    plain(ctx, "ERROR", "Aborting");
    return undefined;
  }
  // The grant tables' folder: scripts ask for it to learn whether the data directory was initialized.
  const directory = options["datadir"] ?? DATA;
  ctx.fs.mkdir(`${directory}/mysql`, { recursive: true });
  return new MysqlReplication({ ...host, options, directory, version, say: (level, text) => plain(ctx, level, text) });
}

/** The entry point has mysqld look at its options first. */
function placeOf(ctx: ServerContext, { daemon }: Flavour): SqlPlace | undefined {
  const options = mysqlOptions(ctx);
  const problem = unknownOption(options);
  const address = boundAddress(options["bind_address"] ?? "*", ["*", "0.0.0.0", "::"]);
  const at = `${new Date(ctx.now()).toISOString().slice(0, 23)}000Z 0 [ERROR]`;
  if (problem === undefined) {
    if (runProblem(ctx, "/mysqld") !== "EROFS") return { port: Number(options["port"] ?? PORT), address };
    const lock = "Could not create unix socket lock file /var/run/mysqld/mysqld.sock.lock.";
    const words = [`[MY-010267] [Server] ${lock}`, "[MY-010268] [Server] Unable to setup unix socket lock file."];
    for (const text of [...words, "[MY-010119] [Server] Aborting"]) ctx.log(`${at} ${text}`, "stderr");
    return undefined;
  }
  const command = [daemon, ...ctx.argv.slice(1), "--verbose --help --log-bin-index=/tmp/tmp.Xh2kQbV3aB"].join(" ");
  const lines = [
    `${daemon} failed while attempting to check config`,
    `command was: ${command}`,
    `${at} [MY-000067] [Server] ${problem}`,
    `${at} [MY-010119] [Server] Aborting`,
  ];
  entry(ctx, "ERROR", lines.join("\n\t"));
  return undefined;
}

function serverOf(flavour: Flavour, version: string): SqlServer {
  const { prefixes, title } = flavour;
  const read = (ctx: ServerContext, name: string): string =>
    prefixes.map((prefix) => setting(ctx, `${prefix}_${name}`)).find((value) => value !== "") ?? "";
  return {
    scripts: (ctx, text) => entry(ctx, "Note", `/usr/local/bin/docker-entrypoint.sh: ${text}`),
    place: (ctx) => placeOf(ctx, flavour),
    dialect: { version, builtIn: BUILT_IN, doubleQuotes: "string" },
    dataDirectory: (ctx) => mysqlOptions(ctx)["datadir"] ?? DATA,
    extend: (host) => extend(host, version),
    startMs: { first: 9_000, later: 1_500 },
    memoryMB: 380,
    initialize(ctx) {
      entry(ctx, "Note", `Entrypoint script for ${title} ${version} started.`);
      const password = read(ctx, "ROOT_PASSWORD");
      if (password === "" && read(ctx, "ALLOW_EMPTY_PASSWORD") === "" && read(ctx, "RANDOM_ROOT_PASSWORD") === "") {
        const names = ["ROOT_PASSWORD", "ALLOW_EMPTY_PASSWORD", "RANDOM_ROOT_PASSWORD"].map(
          (name) => `    - ${prefixes[0]}_${name}`,
        );
        entry(
          ctx,
          "ERROR",
          `Database is uninitialized and password option is not specified\n    You need to specify one of the following as an environment variable:\n${names.join("\n")}`,
        );
        return undefined;
      }
      const random = read(ctx, "RANDOM_ROOT_PASSWORD") !== "" && password === "";
      const root = random ? Array.from({ length: 16 }, () => ctx.random(36).toString(36)).join("") : password;
      if (random) entry(ctx, "Note", `GENERATED ROOT PASSWORD: ${root}`);
      const user = read(ctx, "USER");
      return {
        users: { root, ...(user !== "" && { [user]: read(ctx, "PASSWORD") }) },
        database: read(ctx, "DATABASE"),
      };
    },
    announce(ctx, when, { port }) {
      if (when === "initializing") entry(ctx, "Note", "Initializing database files");
      else if (when === "initialized")
        entry(
          ctx,
          "Note",
          `${flavour.name.endsWith("mariadb") ? "MariaDB" : "MySQL"} init process done. Ready for start up.`,
        );
      else if (when === "starting")
        note(ctx, "010116", `/usr/sbin/${flavour.daemon} (${flavour.daemon} ${version}) starting as process 1`);
      else if (when === "ready") {
        note(
          ctx,
          "010931",
          `/usr/sbin/${flavour.daemon}: ready for connections. Version: '${version}'  socket: '/var/run/mysqld/mysqld.sock'  port: ${port}  ${title}.`,
        );
      } else note(ctx, "010910", `/usr/sbin/${flavour.daemon}: Shutdown complete (mysqld ${version})  ${title}.`);
    },
  };
}

function entrypoint({ daemon, prefixes }: Flavour): string {
  const [root, database] = ["ROOT_PASSWORD", "DATABASE"].map((name) =>
    prefixes.reduceRight((otherwise, prefix) => `\${${prefix}_${name}${otherwise === "" ? "" : `:-${otherwise}`}}`, ""),
  );
  const client = `MYSQL_PWD="${root}" mysql -uroot --database="${database}"`;
  return entrypointWith({
    ...{ daemon, alone: "--bind-address=127.0.0.1", data: `${DATA}` },
    ready: `MYSQL_PWD="${root}" mysqladmin -uroot ping >/dev/null 2>&1`,
    sql: client,
    functions: `docker_process_sql() { ${client} "$@"; }`,
    says: 'echo "$(date +%Y-%m-%dT%H:%M:%S+00:00) [Note] [Entrypoint]: /usr/local/bin/docker-entrypoint.sh: $*"',
  });
}

function defineMysql(flavour: Flavour): ImageDefinition {
  const client = { kind: "program", run: mysqlClient(PORT) } as const;
  const admin = { kind: "program", run: mysqlAdmin(PORT) } as const;
  const shows = () => ({ title: flavour.daemon, user: "mysql" });
  const maria = flavour.daemon === "mariadbd";
  return defineImage({
    name: flavour.name,
    tags: flavour.tags,
    entrypoint: ["/usr/local/bin/docker-entrypoint.sh"],
    cmd: [flavour.daemon],
    files: { "/usr/local/bin/docker-entrypoint.sh": entrypoint(flavour) },
    exposedPorts: [PORT],
    volumes: [DATA],
    userland: "debian",
    accounts: [{ name: "mysql", uid: 999, home: "/var/lib/mysql", shell: "/bin/bash" }],
    programs: (tag) => {
      const server = serverOf(flavour, flavour.version(tag));
      const daemon: ImageProgram = { kind: "server", start: (ctx) => startSqlServer(ctx, server), bindFails, shows };
      return {
        [`/usr/sbin/${flavour.daemon}`]: daemon,
        ...(maria ? { "/usr/sbin/mysqld": daemon } : {}),
        "/usr/bin/mysql": client,
        "/usr/bin/mysqladmin": admin,
        ...(maria ? { "/usr/bin/mariadb": client, "/usr/bin/mariadb-admin": admin } : {}),
      };
    },
  });
}

/** What a tag without a whole version stands for. */
const NEWEST: Readonly<Record<string, string>> = {
  "5.6": "5.6.51",
  "5.7": "5.7.44",
  "8.0": "8.0.43",
  "8.1": "8.1.0",
  "8.2": "8.2.0",
  "8.3": "8.3.0",
  "8": "8.4.6",
  "8.4": "8.4.6",
  lts: "8.4.6",
};

const MYSQL = {
  prefixes: ["MYSQL"],
  version: (tag: string): string => {
    const number = /^(lts|\d+(\.\d+)*)/.exec(tag)?.[0] ?? "";
    return number.split(".").length === 3 ? number : (NEWEST[number] ?? "9.4.0");
  },
  title: "MySQL Community Server - GPL",
  daemon: "mysqld",
} as const;

export const mysqlImages: readonly ImageDefinition[] = [
  defineMysql({
    ...MYSQL,
    name: "docker.io/library/mysql",
    tags: tags(233, "5.6 5.7 5.7.0..44 8 8.0 8.0.0..43 8.1 8.2 8.3 8.4 8.4.0..6 9 9.0..4 lts latest", [
      "",
      "-debian",
      "-oracle",
    ]),
  }),
  defineMysql({ ...MYSQL, name: "docker.io/mysql/mysql-server", tags: tags(180, "5.7 8.0 8.0.28 latest") }),
  defineMysql({
    name: "docker.io/library/mariadb",
    prefixes: ["MARIADB", "MYSQL"],
    version: () => "11.8.3-MariaDB",
    title: "mariadb.org binary distribution",
    daemon: "mariadbd",
    tags: tags(123, "10 10.2..11 11 11.0..8 12 12.0 lts latest"),
  }),
  xtrabackup,
];
