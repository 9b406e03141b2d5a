/** zkCli.sh, and zkServer.sh. **Simplified:** the commands below; no watches, no ACLs; of several servers the first that answers. */
import { isObject, parseJson } from "../../base/json.ts";
import { SystemError } from "../../base/program.ts";
import type { Program } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { connect, exec, readAll, readLine, readLineOf, write } from "../../base/syscalls.ts";
import type { ZooAnswer, ZooRequest } from "./server.ts";
import type { Operation, Stat, TreeProblem } from "./tree.ts";

const PROBLEMS: Readonly<Record<TreeProblem, (path: string) => string>> = {
  exists: (path) => `Node already exists: ${path}`,
  missing: (path) => `Node does not exist: ${path}`,
  "not-empty": (path) => `Node not empty: ${path}`,
  "bad-version": (path) => `version No is not valid : ${path}`,
  "ephemeral-parent": (path) => `Ephemerals cannot have children: ${path}`,
};

/** Thrown when the server hung up. */
class Lost extends Error {}

function date(time: number): string {
  const [, day, month, number, year] = /^(\w+), (\d+) (\w+) (\d+)/.exec(new Date(time).toUTCString()) ?? [];
  return `${day} ${number} ${month} ${new Date(time).toISOString().slice(11, 19)} UTC ${year}`;
}

function statText(stat: Stat & { data: string }, children: number): string {
  const hex = (zxid: number): string => `0x${zxid.toString(16)}`;
  const lines = [
    `cZxid = ${hex(stat.czxid)}`,
    `ctime = ${date(stat.ctime)}`,
    `mZxid = ${hex(stat.mzxid)}`,
    `mtime = ${date(stat.mtime)}`,
    `pZxid = ${hex(stat.pzxid)}`,
    `cversion = ${stat.cversion}`,
    `dataVersion = ${stat.dataVersion}`,
    "aclVersion = 0",
    `ephemeralOwner = ${stat.owner === "" ? "0x0" : stat.owner.replace(/^0x(\w+)x/, "0x$1")}`,
    `dataLength = ${stat.data.length}`,
    `numChildren = ${children}`,
  ];
  return `${lines.join("\n")}\n`;
}

class Client {
  private readonly fd: number;
  /** Before 3.5, get and set show the node's state too. */
  private readonly old: boolean;

  constructor(fd: number, old: boolean) {
    this.fd = fd;
    this.old = old;
  }

  *ask(request: ZooRequest): Call<ZooAnswer> {
    yield* write(this.fd, `${JSON.stringify(request)}\n`);
    const line = yield* readLineOf(this.fd);
    const answer = line === null ? undefined : parseJson(line);
    if (!isObject(answer)) throw new Lost();
    return answer as ZooAnswer;
  }

  /** True when it was done. */
  *run(words: readonly string[]): Call<boolean> {
    const [command = "", ...rest] = words;
    const options = rest.filter((word) => /^-[a-z]+$/i.test(word));
    const operands = rest.filter((word) => !options.includes(word));
    const [path = "", ...more] = operands;
    const usage = USAGES[command];
    const wrong = options.some((option) => !(usage?.options ?? []).includes(option));
    const count = operands.length;
    if (
      usage === undefined ||
      wrong ||
      count < usage.least ||
      count > usage.most ||
      (usage.old ?? this.old) !== this.old
    ) {
      const shown = Object.values(USAGES).filter(({ old }) => (old ?? this.old) === this.old);
      yield* write(2, `ZooKeeper -server host:port cmd args\n${shown.map(({ text }) => `\t${text}\n`).join("")}`);
      return false;
    }
    if (!path.startsWith("/") || (path.length > 1 && path.endsWith("/"))) {
      const why = path.startsWith("/") ? "must not end with /" : "must start with /";
      yield* write(2, `Command failed: java.lang.IllegalArgumentException: Path ${why} character\n`);
      return false;
    }
    const asked = requestOf(command, path, { more, options });
    const answer = yield* this.ask(asked);
    if ("problem" in answer) {
      yield* write(2, `${PROBLEMS[answer.problem](answer.path)}\n`);
      return false;
    }
    if ("session" in answer) return false;
    const { children = [] } = answer;
    const node = "node" in answer ? answer.node : undefined;
    const stat = node === undefined ? "" : statText(node, children.length);
    const withStat = this.old || options.includes("-s");
    if (command === "create") yield* write(1, `Created ${answer.path}\n`);
    else if (command === "get") yield* write(1, `${node?.data ?? ""}\n${withStat ? stat : ""}`);
    else if (command === "set" && withStat) yield* write(1, stat);
    else if (command === "stat") yield* write(1, stat);
    else if (command === "ls" || command === "ls2")
      yield* write(1, `[${children.join(", ")}]\n${command === "ls2" || options.includes("-s") ? stat : ""}`);
    return true;
  }
}

interface Usage {
  text: string;
  least: number;
  most: number;
  options?: readonly string[];
  /** Only before 3.5, or only since. */
  old?: boolean;
}

const USAGES: Readonly<Record<string, Usage>> = {
  create: { text: "create [-s] [-e] path [data]", least: 1, most: 2, options: ["-s", "-e"] },
  get: { text: "get [-s] path", least: 1, most: 1, options: ["-s"] },
  set: { text: "set [-s] path data [version]", least: 2, most: 3, options: ["-s"] },
  stat: { text: "stat path", least: 1, most: 1 },
  ls: { text: "ls [-s] path", least: 1, most: 1, options: ["-s"] },
  ls2: { text: "ls2 path", least: 1, most: 1, old: true },
  delete: { text: "delete path [version]", least: 1, most: 2 },
  rmr: { text: "rmr path", least: 1, most: 1, old: true },
  deleteall: { text: "deleteall path", least: 1, most: 1, old: false },
};

function requestOf(
  command: string,
  path: string,
  { more, options }: { more: readonly string[]; options: readonly string[] },
): ZooRequest {
  const version = (text: string | undefined): number => (text === undefined ? -1 : Number(text));
  const [first = "", second] = more;
  const ask = (what: Operation): ZooRequest => ({ ask: "do", what });
  switch (command) {
    case "create": {
      // The server knows whose session this is.
      const owner = options.includes("-e") ? "me" : "";
      return ask({ op: "create", path, data: first, sequential: options.includes("-s"), owner });
    }
    case "set":
      return ask({ op: "set", path, data: first, version: version(second) });
    case "delete":
      return ask({ op: "delete", path, version: version(more[0]), below: false });
    case "rmr":
    case "deleteall":
      return ask({ op: "delete", path, version: -1, below: true });
    default:
      return { ask: "get", path };
  }
}

/** Words of a line; quotes hold one together. */
function wordsOf(line: string): string[] {
  return (line.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/, "$2"));
}

export function zkCli(version: string): Program {
  const old = version.startsWith("3.4");
  return function* (ctx, argv) {
    const words = argv.slice(1);
    let server = "localhost:2181";
    let timeoutMs = 30_000;
    while (words[0] === "-server" || words[0] === "-timeout") {
      const [flag, value = ""] = words.splice(0, 2);
      if (flag === "-server") server = value.includes(":") ? value : `${value}:2181`;
      else timeoutMs = Number(value) || timeoutMs;
    }
    yield* write(1, `Connecting to ${server}\n`);
    const places = server.split(",").map((place) => /^(.*):(\d+)$/.exec(place) ?? ["", place, "2181"]);
    const [command = "", path = ""] = words;
    const loss = (): string =>
      `Exception in thread "main" org.apache.zookeeper.KeeperException$ConnectionLossException: KeeperErrorCode = ConnectionLoss${path === "" ? "" : ` for ${path}`}\n`;
    try {
      const fd = yield* connectToOne(places, timeoutMs / places.length);
      const client = new Client(fd, old);
      yield* client.ask({ ask: "session" });
      if (command !== "") {
        yield* write(1, "\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\n");
        const done = yield* client.run(words);
        return done || old ? 0 : 1;
      }
      if (ctx.tty(0) !== undefined) return yield* converse(client, server);
      yield* write(1, "Welcome to ZooKeeper!\nJLine support is disabled\n");
      for (const line of (yield* readAll(0)).split("\n")) {
        if (/^\s*(quit|close)\s*$/.test(line)) break;
        if (line.trim() !== "") yield* client.run(wordsOf(line));
      }
      return 0;
    } catch (error) {
      if (error instanceof SystemError && (error.errno === "ENOTFOUND" || error.errno === "EAI_AGAIN")) {
        yield* write(2, `Exception in thread "main" java.net.UnknownHostException: ${places.at(-1)?.[1] ?? ""}\n`);
        return 1;
      }
      if (!(error instanceof SystemError || error instanceof Lost)) throw error;
      yield* write(2, loss());
      return 1;
    }
  };
}

/** Of several servers the first that can be reached. */
function* connectToOne(places: readonly string[][], timeoutMs: number): Call<number> {
  for (const [at, [, host = "", port]] of places.entries()) {
    try {
      return (yield* connect(host, Number(port), { timeoutMs })).fd;
    } catch (error) {
      if (!(error instanceof SystemError) || at === places.length - 1) throw error;
    }
  }
  throw new SystemError("ENOTFOUND");
}

function* converse(client: Client, server: string): Call<number> {
  yield* write(1, "Welcome to ZooKeeper!\nJLine support is enabled\n");
  yield* write(1, "\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\n");
  const history: string[] = [];
  for (;;) {
    const line = yield* readLine(`[zk: ${server}(CONNECTED) ${history.length}] `, { history });
    if (line === null || /^\s*quit\s*$/.test(line)) {
      yield* write(1, "Quitting...\n");
      return 0;
    }
    history.push(line);
    if (line.trim() !== "") yield* client.run(wordsOf(line));
  }
}

/** `zkServer.sh status` and `start-foreground`, for a server whose configuration is in that folder. */
export function zkServer(java: string, folder: string): Program {
  return function* (ctx, argv) {
    const file = `${folder}/zoo.cfg`;
    yield* write(2, `ZooKeeper JMX enabled by default\nUsing config: ${file}\n`);
    if (argv[1] === "start-foreground") {
      const command = [
        java,
        "-Dzookeeper.log.dir=/var/log/zookeeper",
        "-Dzookeeper.root.logger=INFO,CONSOLE",
        "-cp",
        `/usr/share/zookeeper/lib/*:${folder}:`,
        ...(ctx.env["JVMFLAGS"] ?? "").split(" ").filter((word) => word !== ""),
        "org.apache.zookeeper.server.quorum.QuorumPeerMain",
        file,
      ];
      return yield* exec({ argv: command, env: ctx.env, cwd: ctx.cwd, stdio: [0, 1, 2] });
    }
    if (argv[1] !== "status") {
      yield* write(2, "zkServer.sh: this playground knows only start-foreground and status\n");
      return 1;
    }
    const port = /^clientPort=(\d+)/m.exec(ctx.fs.exists(file) ? ctx.fs.readFile(file) : "")?.[1] ?? "2181";
    let mode: string | undefined;
    try {
      const { fd } = yield* connect("127.0.0.1", Number(port));
      yield* write(fd, "srvr\n");
      mode = /^Mode: .*$/m.exec(yield* readAll(fd))?.[0];
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
    yield* write(1, `${mode ?? "Error contacting service. It is probably not running."}\n`);
    return mode === undefined ? 1 : 0;
  };
}
