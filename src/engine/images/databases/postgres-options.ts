/**
 * What the postmaster is told on its command line and in the file that `config_file` names. Upstream: PostgreSQL's manual,
 * "Setting Parameters".
 *
 * **Simplified:** names of parameters are known by their first word; only addresses and port count, and the server
 * names the others at its start.
 */
import type { ServerContext } from "../define-image.ts";
import { boundAddress } from "./bound-address.ts";

const KNOWN =
  /^(allow|application|archive|array|authentication|autovacuum|backend|backtrace|backslash|bgwriter|bonjour|bytea|check|checkpoint|client|cluster|commit|constraint|cpu|create|createrole|cursor|data|datestyle|db|deadlock|debug|default|dynamic|effective|enable|escape|event|exit|external|extra|file|from|fsync|full|geqo|gin|gss|hash|hba|hot|huge|icu|ident|idle|ignore|include|intervalstyle|io|jit|join|krb|lc|local|lock|log|logging|logical|maintenance|max|min|multixact|old|operator|parallel|password|pg_stat_statements\..*|plan|post|pre|primary|quote|random|recovery|remove|reserved|restart|restore|row|scram|search|seq|session|shared|sort|ssl|standard|statement|stats|subtransaction|summarize|superuser|sync|synchronize|synchronous|syslog|tcp|temp|timezone|track|transaction|trace|unix|update|vacuum|wal|work|xml|zero|\w+\.\w+)(_.*)?$/i;

export interface PostgresOptions {
  port: number;
  /** undefined: all. */
  address: string | undefined;
  ignored: string[];
  /** What it ends with. */
  problem: string | undefined;
}

export function postgresOptions(ctx: ServerContext): PostgresOptions {
  const given = fromWords(ctx.argv.slice(1));
  const options: PostgresOptions = { port: 5432, address: undefined, ignored: [], problem: undefined };
  if (typeof given === "string") {
    options.problem = `${given}\nTry "postgres --help" for more information.`;
    return options;
  }
  const file = given.find(([name]) => name === "config_file")?.[1];
  if (file !== undefined && !ctx.fs.exists(file)) {
    options.problem = `postgres: could not access the server configuration file "${file}": No such file or directory`;
    return options;
  }
  // The image's own file says '*'; the server itself listens on localhost alone.
  if (file !== undefined) options.address = "127.0.0.1";
  const kept = file === undefined ? [] : fromFile(ctx.fs.readFile(file));
  for (const [name, value] of [...kept, ...given]) {
    const plain = name.toLowerCase();
    if (plain === "port") options.port = Number(value);
    else if (plain === "listen_addresses") options.address = boundAddress(value, ["*", "0.0.0.0", "::"]);
    else if (plain === "config_file") continue;
    else if (KNOWN.test(plain)) options.ignored.push(plain);
    else options.problem ??= `FATAL:  unrecognized configuration parameter "${name}"`;
  }
  return options;
}

type Pair = readonly [name: string, value: string];

/** What is another way to say a setting. */
const LETTERS: Readonly<Record<string, string>> = {
  ...{ B: "shared_buffers", D: "data_directory", N: "max_connections", S: "work_mem" },
  ...{ h: "listen_addresses", k: "unix_socket_directories", p: "port" },
};

/** A string: what it ends with. */
function fromWords(words: readonly string[]): Pair[] | string {
  const pairs: Pair[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    const setting = word === "-c" ? words[++at] : /^(?:-c|--)(.+)$/.exec(word)?.[1];
    const [, name, value] = /^([\w.-]+)=([\s\S]*)$/.exec(setting ?? "") ?? [];
    const letter = /^-(\w)/.exec(word)?.[1] ?? "";
    const own = LETTERS[letter];
    if (name !== undefined) pairs.push([name.replaceAll("-", "_"), value ?? ""]);
    else if (own !== undefined) pairs.push([own, word.slice(2) || (words[++at] ?? "")]);
    else return `postgres: ${letter === "" ? `invalid argument: "${word}"` : `invalid option -- '${letter}'`}`;
  }
  return pairs;
}

function fromFile(text: string): Pair[] {
  return text.split("\n").flatMap((line): Pair[] => {
    const [, name, quoted, bare] =
      /^\s*([\w.]+)\s*=?\s*(?:'([^']*)'|([^#\s]*))/.exec(line.replace(/^\s*#.*/, "")) ?? [];
    return name === undefined ? [] : [[name, quoted ?? bare ?? ""]];
  });
}
