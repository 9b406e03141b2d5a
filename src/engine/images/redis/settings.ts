/** redis.conf and `redis-server --name value`: what the server goes by, and what it says of the rest. */
import type { ServerContext } from "../define-image.ts";
import { splitWords } from "./resp.ts";

export interface Settings {
  values: Map<string, string>;
  /** Directives that the real server knows and nothing here goes by. */
  withoutEffect: string[];
  /** Whether a file was read. */
  fromFile: boolean;
}

const DEFAULTS: Readonly<Record<string, string>> = {
  bind: "* -::*",
  port: "6379",
  dir: "/data",
  dbfilename: "dump.rdb",
  save: "3600 1 300 100 60 10000",
  appendonly: "no",
  appendfilename: "appendonly.aof",
  appenddirname: "appendonlydir",
  requirepass: "",
  masterauth: "",
  replicaof: "",
  "replica-read-only": "yes",
  "replica-priority": "100",
  "replica-announce-ip": "",
  "replica-announce-port": "",
  maxmemory: "0",
  "maxmemory-policy": "noeviction",
  databases: "16",
  "cluster-enabled": "no",
  "cluster-config-file": "nodes.conf",
  "cluster-node-timeout": "15000",
};
const WITHOUT_EFFECT =
  /^(protected-mode|daemonize|timeout|tcp-backlog|tcp-keepalive|loglevel|logfile|pidfile|supervised|always-show-logo|appendfsync|no-appendfsync-on-rewrite|auto-aof-rewrite-.*|aof-.*|stop-writes-on-bgsave-error|rdb.*|slowlog-.*|latency-.*|notify-keyspace-events|hash-max-.*|list-.*|set-max-.*|zset-max-.*|hll-.*|stream-.*|activerehashing|client-.*|hz|dynamic-hz|lazyfree-.*|io-threads.*|activedefrag|active-.*|jemalloc-.*|replica-.*|slave-.*|repl-.*|min-replicas-.*|min-slaves-.*|masteruser|maxclients|maxmemory-samples|lua-time-limit|oom-.*|lfu-.*|tracking-.*|proc-title-.*|set-proc-title|unixsocket.*|cluster-.*|crash-.*|jemalloc.*|disable-thp)$/;
const RENAMED: Readonly<Record<string, string>> = {
  slaveof: "replicaof",
  "slave-read-only": "replica-read-only",
  "slave-priority": "replica-priority",
  "slave-announce-ip": "replica-announce-ip",
  "slave-announce-port": "replica-announce-port",
};
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1e3,
  kb: 1024,
  m: 1e6,
  mb: 1024 ** 2,
  g: 1e9,
  gb: 1024 ** 3,
};

/** undefined: no amount of memory. */
function bytesOf(text: string): string | undefined {
  const match = /^(\d+)([a-z]*)$/i.exec(text);
  const unit = UNITS[(match?.[2] ?? "").toLowerCase()];
  return match === null || unit === undefined ? undefined : String(Number(match[1]) * unit);
}

/** Sets one directive; the answer is what is wrong with it. */
export function setDirective(settings: Settings, name: string, words: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  const own = RENAMED[lower] ?? lower;
  if (own in DEFAULTS) {
    if (words.length === 0) return "Bad directive or wrong number of arguments";
    // `save` may be given many times; the first one clears the default.
    const before = own === "save" && settings.values.has("save") ? `${settings.values.get("save")} ` : "";
    const value = own === "maxmemory" ? bytesOf(words[0] as string) : words.join(" ");
    if (value === undefined) return "argument must be a memory value";
    settings.values.set(own, (before + value).trim());
    return undefined;
  }
  if (!WITHOUT_EFFECT.test(own)) return "Bad directive or wrong number of arguments";
  settings.withoutEffect.push(own);
  return undefined;
}

export function setting(settings: Settings, name: string): string {
  return settings.values.get(name) ?? DEFAULTS[name] ?? "";
}

export function isSetting(name: string): boolean {
  return name in DEFAULTS;
}

export const settingNames: readonly string[] = Object.keys(DEFAULTS);

/** Reads the command line; the answer is the text of a fatal error where it can't start. */
export function readSettings(ctx: ServerContext, version: string): Settings | string {
  const settings: Settings = { values: new Map(), withoutEffect: [], fromFile: false };
  const words = ctx.argv.slice(1);
  const fatal = (line: number, text: string, problem: string): string =>
    `\n*** FATAL CONFIG FILE ERROR (Redis ${version}) ***\nReading the configuration file, at line ${line}\n>>> '${text}'\n${problem}`;
  const file = words[0] !== undefined && !words[0].startsWith("--") ? words.shift() : undefined;
  if (file !== undefined) {
    const path = file.startsWith("/") ? file : `/data/${file}`;
    if (!ctx.fs.exists(path)) return `Fatal error, can't open config file '${path}': No such file or directory`;
    settings.fromFile = true;
    for (const [at, line] of ctx.fs.readFile(path).split("\n").entries()) {
      const text = line.trim();
      if (text === "" || text.startsWith("#")) continue;
      const [name = "", ...values] = splitWords(text) ?? [""];
      const problem = setDirective(settings, name, values);
      if (problem !== undefined) return fatal(at + 1, text, problem);
    }
  }
  let line = 1;
  while (words.length > 0) {
    const name = words.shift() as string;
    const values: string[] = [];
    while (words[0] !== undefined && !words[0].startsWith("--")) values.push(words.shift() as string);
    const split = values.length === 1 ? (splitWords(values[0] as string) ?? values) : values;
    const problem = name.startsWith("--")
      ? setDirective(settings, name.slice(2), values.length === 1 && values[0] === "" ? [""] : split)
      : "Bad directive or wrong number of arguments";
    line++;
    if (problem !== undefined) return fatal(line, `${name.replace(/^--/, "")} "${values.join('" "')}"`, problem);
  }
  return settings;
}
