/** MySQL, MariaDB and the variants that only differ by name: what their entry points check and print. */
import type { ImageProgram } from "../../runtime/containers/image.ts";
import { defineImage } from "../define-image.ts";
import type { BindFailure, ImageDefinition, ServerContext } from "../define-image.ts";
import { tags } from "../tags.ts";
import { mysqlAdmin, mysqlClient } from "./mysql-client.ts";
import { setting, startSqlServer } from "./sql-server.ts";
import type { SqlServer } from "./sql-server.ts";

const PORT = 3306;
const BUILT_IN = ["information_schema", "mysql", "performance_schema", "sys"];

interface Flavour {
  name: string;
  prefixes: readonly string[];
  version: string;
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

const bindFails: BindFailure = ({ why, now }) => {
  const at = `${new Date(now).toISOString().slice(0, 23)}000Z 0 [ERROR]`;
  return {
    lines: [
      `${at} [MY-010262] [Server] Can't start server: Bind on TCP/IP port: ${why}`,
      `${at} [MY-010257] [Server] Do you already have another mysqld server running on port: ${PORT} ?`,
      `${at} [MY-010119] [Server] Aborting`,
    ],
  };
};

function serverOf(flavour: Flavour): SqlServer {
  const { prefixes, version, title } = flavour;
  const read = (ctx: ServerContext, name: string): string =>
    prefixes.map((prefix) => setting(ctx, `${prefix}_${name}`)).find((value) => value !== "") ?? "";
  return {
    port: PORT,
    dialect: { version, builtIn: BUILT_IN, doubleQuotes: "string" },
    dataDirectory: () => "/var/lib/mysql",
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
    announce(ctx, when) {
      if (when === "initializing") entry(ctx, "Note", "Initializing database files");
      else if (when === "starting")
        note(ctx, "010116", `/usr/sbin/${flavour.daemon} (${flavour.daemon} ${version}) starting as process 1`);
      else if (when === "ready") {
        note(
          ctx,
          "010931",
          `/usr/sbin/${flavour.daemon}: ready for connections. Version: '${version}'  socket: '/var/run/mysqld/mysqld.sock'  port: ${PORT}  ${title}.`,
        );
      } else note(ctx, "010910", `/usr/sbin/${flavour.daemon}: Shutdown complete (mysqld ${version})  ${title}.`);
    },
  };
}

function defineMysql(flavour: Flavour): ImageDefinition {
  const server = serverOf(flavour);
  const client = { kind: "program", run: mysqlClient(PORT) } as const;
  const admin = { kind: "program", run: mysqlAdmin(PORT) } as const;
  const shows = () => ({ title: flavour.daemon, user: "mysql" });
  const daemon: ImageProgram = { kind: "server", start: (ctx) => startSqlServer(ctx, server), bindFails, shows };
  const maria = flavour.daemon === "mariadbd";
  return defineImage({
    name: flavour.name,
    tags: flavour.tags,
    cmd: [`/usr/sbin/${flavour.daemon}`],
    exposedPorts: [PORT],
    userland: "debian",
    accounts: [{ name: "mysql", uid: 999, home: "/var/lib/mysql", shell: "/bin/bash" }],
    programs: () => ({
      [`/usr/sbin/${flavour.daemon}`]: daemon,
      ...(maria ? { "/usr/sbin/mysqld": daemon } : {}),
      "/usr/bin/mysql": client,
      "/usr/bin/mysqladmin": admin,
      ...(maria ? { "/usr/bin/mariadb": client, "/usr/bin/mariadb-admin": admin } : {}),
    }),
  });
}

const MYSQL = {
  prefixes: ["MYSQL"],
  version: "8.0.43",
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
    version: "11.8.3-MariaDB",
    title: "mariadb.org binary distribution",
    daemon: "mariadbd",
    tags: tags(123, "10 10.2..11 11 11.0..8 12 12.0 lts latest"),
  }),
];
