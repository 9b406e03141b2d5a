/** MongoDB with its shell: `mongosh`, and `mongo` before version 6. */
import { isObject, parseJson } from "../../base/json.ts";
import { SystemError } from "../../base/program.ts";
import type { Program } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { connect, readAll, readLine, readLineOf, write } from "../../base/syscalls.ts";
import { defineImage } from "../define-image.ts";
import type { ImageProgram } from "../../runtime/containers/image.ts";
import { tags } from "../tags.ts";
import { MONGO_PORT, mongoBindFails, startMongo } from "./server.ts";
import type { MongoAnswer, MongoRequest } from "./server.ts";
import { shown } from "./shell-language.ts";

interface Options {
  host: string;
  port: number;
  user?: string;
  password?: string;
  database: string;
  scripts: string[];
  /** By its read preference. */
  secondaryOk: boolean;
  /** Members of a replica set whose primary is meant. */
  hosts: readonly string[];
  prompt: string;
}

const VALUED: Readonly<Record<string, string>> = {
  "--host": "host",
  "--port": "port",
  "-u": "user",
  "--username": "user",
  "-p": "password",
  "--password": "password",
  "--authenticationDatabase": "ignored",
  "--eval": "eval",
};

/** The answer is the option that is not understood. */
function optionsOf(argv: readonly string[]): Options | string {
  const options: Options = {
    host: "127.0.0.1",
    port: MONGO_PORT,
    database: "test",
    scripts: [],
    secondaryOk: false,
    hosts: [],
    prompt: "",
  };
  for (let i = 1; i < argv.length; i++) {
    const [word = "", attached] = (argv[i] as string).startsWith("--")
      ? (argv[i] as string).split(/=(.*)/s)
      : [argv[i]];
    const name = VALUED[word];
    if (name !== undefined) {
      const value = attached ?? argv[++i] ?? "";
      if (name === "eval") options.scripts.push(value);
      else if (name === "port") options.port = Number(value);
      else if (name !== "ignored") options[name as "host" | "user" | "password"] = value;
    } else if (word === "--quiet" || word === "--norc") continue;
    else if (word.startsWith("-")) return word;
    else {
      const several = /^mongodb:\/\/(?:([^:@/]+):([^@/]+)@)?([^/?]+)\/?([\w-]*)\?(.*)$/.exec(word);
      options.secondaryOk ||= /readPreference=(secondary|primaryPreferred|nearest)/.test(several?.[5] ?? "");
      if (several !== null && /(^|&)replicaSet=/.test(several[5] ?? "")) {
        const [, user, password, hosts = "", database = ""] = several;
        options.hosts = hosts.split(",");
        if (user !== undefined && password !== undefined) Object.assign(options, { user, password });
        if (database !== "") options.database = database;
        continue;
      }
      const url = /^(?:mongodb:\/\/)?(?:([^:@/]+):([^@/]+)@)?([^:/?@]+)(?::(\d+))?(?:\/([\w-]*))?(?:\?.*)?$/.exec(word);
      if (url === null) return word;
      const [, user, password, host = "", port, database] = url;
      if (!/[:/.]/.test(word)) options.database = host;
      else options.host = host;
      if (user !== undefined && password !== undefined) Object.assign(options, { user, password });
      if (port !== undefined) options.port = Number(port);
      if (database !== undefined && database !== "") options.database = database;
    }
  }
  return options;
}

/** What the shell does itself: its read preference. */
const PREFERENCE =
  /^\s*(?:rs\.(?:secondaryOk|slaveOk)\(\)|db\.(?:getMongo\(\)\.)?set(?:SecondaryOk|SlaveOk)\(\)|db\.getMongo\(\)\.setReadPref\(["'](\w+)["']\))\s*;?\s*$/;

function* issue(fd: number, options: Options, text: string): Call<boolean> {
  const { user, password, database, secondaryOk } = options;
  const preference = PREFERENCE.exec(text);
  if (preference !== null) {
    options.secondaryOk = preference[1] !== "primary";
    if (preference[1] === undefined) yield* write(1, 'Setting read preference from "primary" to "primaryPreferred"\n');
    return true;
  }
  const request: MongoRequest = {
    database,
    user,
    password,
    secondaryOk,
    text: text.replace(/^\s*(?:printjson|print)\((.*)\);?\s*$/s, "$1"),
  };
  yield* write(fd, `${JSON.stringify(request)}\n`);
  const line = yield* readLineOf(fd);
  if (line === null) {
    yield* write(2, "MongoNetworkError: connection closed\n");
    return false;
  }
  const answer = parseJson(line) as MongoAnswer | undefined;
  if (answer === undefined) {
    yield* write(2, "MongoNetworkError: the peer is no MongoDB\n");
    return false;
  }
  if ("error" in answer) {
    yield* write(2, `${answer.error}\n`);
    return false;
  }
  options.database = answer.database;
  options.prompt = answer.prompt ?? "";
  const { value } = answer;
  yield* write(1, `${typeof value === "string" ? value : shown(value)}\n`);
  return true;
}

/** Statements between semicolons outside of quotes and brackets are told one by one. */
function statementsOf(text: string): string[] {
  return (text.match(/(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^;\n"'])+/g) ?? [])
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** The address of the primary that one of the hosts names; the first host when none does. */
function* primaryOf(options: Options): Call<string> {
  for (const place of options.hosts) {
    try {
      const { fd } = yield* connect(...placeOf(place), { timeoutMs: 2000 });
      yield* write(fd, `${JSON.stringify({ database: "admin", text: "db.hello()" })}\n`);
      const answer = parseJson((yield* readLineOf(fd)) ?? "");
      const hello = isObject(answer) ? answer["value"] : undefined;
      if (isObject(hello) && hello["isWritablePrimary"] === true) return place;
      if (isObject(hello) && typeof hello["primary"] === "string") return hello["primary"];
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  }
  return options.hosts[0] ?? "";
}

function placeOf(place: string): [string, number] {
  const [host = "", port = String(MONGO_PORT)] = place.split(":");
  return [host, Number(port)];
}

const shell: Program = function* (ctx, argv) {
  const options = optionsOf(argv);
  if (typeof options === "string") {
    yield* write(2, `mongosh: this playground does not know ${options}\n`);
    return 1;
  }
  if (options.hosts.length > 0) [options.host, options.port] = placeOf(yield* primaryOf(options));
  let fd: number;
  try {
    ({ fd } = yield* connect(options.host, options.port));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const reason =
      error.errno === "ENOTFOUND"
        ? `getaddrinfo ENOTFOUND ${options.host}`
        : `connect ${error.errno} ${options.host}:${options.port}`;
    yield* write(2, `MongoNetworkError: ${reason}\n`);
    return 1;
  }
  if (options.scripts.length === 0 && ctx.tty(0) !== undefined) {
    const history: string[] = [];
    for (;;) {
      const line = yield* readLine(`${options.prompt}${options.database}> `, { history });
      if (line === null || /^\s*(exit|quit)(\(\))?;?\s*$/.test(line)) return 0;
      history.push(line);
      for (const statement of statementsOf(line)) yield* issue(fd, options, statement);
    }
  }
  const texts = options.scripts.length > 0 ? options.scripts : [yield* readAll(0)];
  for (const statement of texts.flatMap(statementsOf)) if (!(yield* issue(fd, options, statement))) return 1;
  return 0;
};

const ENTRYPOINT = `#!/bin/sh
if [ "\${1#-}" != "$1" ]; then
  set -- mongod "$@"
fi
exec "$@"
`;

export const mongo = defineImage({
  name: "docker.io/library/mongo",
  tags: tags(
    275,
    "latest 3.2 3.4 3.4.1 3.4.24 3.6 4.0 4.0.0..28 4.2 4.4 4.4.0..29 5 5.0 5.0.0..31 6 6.0 6.0.0..26 7 7.0 7.0.0..24 8 8.0 8.0.0..15",
    ["", "-jammy", "-focal"],
  ),
  entrypoint: ["/usr/local/bin/docker-entrypoint.sh"],
  cmd: ["mongod"],
  files: { "/usr/local/bin/docker-entrypoint.sh": ENTRYPOINT },
  exposedPorts: [MONGO_PORT],
  volumes: ["/data/db", "/data/configdb"],
  userland: "debian",
  accounts: [{ name: "mongodb", uid: 999, home: "/data/db" }],
  programs: (tag): Readonly<Record<string, ImageProgram>> => {
    const asked = /^\d+(\.\d+)*/.exec(tag)?.[0] ?? "8.0.15";
    const version = [...asked.split("."), "0", "0"].slice(0, 3).join(".");
    const major = Number(version.split(".")[0]);
    return {
      "/usr/bin/mongod": {
        kind: "server",
        start: (ctx) => startMongo(ctx, version),
        bindFails: mongoBindFails,
        shows: () => ({ user: "mongodb" }),
      },
      ...(major >= 5 && { "/usr/bin/mongosh": { kind: "program", run: shell } as const }),
      ...(major < 6 && { "/usr/bin/mongo": { kind: "program", run: shell } as const }),
    };
  },
});
