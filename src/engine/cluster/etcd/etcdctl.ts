/**
 * etcdctl: a client of etcd. Upstream: etcd etcdctl/ctlv3.
 * **Simplified:** the commands of USAGE, with the flags that are listed here; outputs simple, json (of get and member list)
 * and table.
 */
import { decodeBase64, encodeBase64 } from "../../base/base64.ts";
import type { Program, ProgramContext } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { write } from "../../base/syscalls.ts";
import { resolvePath } from "../../runtime/paths.ts";
import { readCommandLine } from "./command-line.ts";
import type { FlagKind } from "./command-line.ts";
import { EtcdClient, EtcdctlError } from "./etcd-client.ts";
import { addMember, listMembers, promoteMember, removeMember } from "./etcdctl-members.ts";
import type { Member } from "./membership.ts";
import { ETCD_VERSION } from "./version.ts";
import { snapshotLog } from "./snapshot-log.ts";
import { drawTable, humanBytes } from "./table.ts";

const USAGE = `NAME:
	etcdctl - A simple command line client for etcd3.

USAGE:
	etcdctl [flags]

VERSION:
	${ETCD_VERSION}

COMMANDS:
	del			Removes the specified key or range of keys [key, range_end)
	endpoint health		Checks the healthiness of endpoints specified in \`--endpoints\` flag
	endpoint status		Prints out the status of endpoints specified in \`--endpoints\` flag
	get			Gets the key or a range of keys
	member add		Adds a member into the cluster
	member list		Lists all members in the cluster
	member promote		Promotes a non-voting member in the cluster
	member remove		Removes a member from the cluster
	put			Puts the given key into the store
	snapshot save		Stores an etcd node backend snapshot to a given file
	version			Prints the version of etcdctl

(In this playground there are these commands.)
`;

const FLAGS: Readonly<Record<string, FlagKind>> = {
  cacert: "string",
  cert: "string",
  cluster: "bool",
  "command-timeout": "string",
  "count-only": "bool",
  "dial-timeout": "string",
  endpoints: "string",
  "from-key": "bool",
  help: "bool",
  key: "string",
  "keys-only": "bool",
  learner: "bool",
  limit: "int",
  "peer-urls": "string",
  prefix: "bool",
  "print-value-only": "bool",
  "write-out": "string",
};

export interface Invocation {
  ctx: ProgramContext;
  client: EtcdClient;
  words: readonly string[];
  flags: ReadonlyMap<string, string>;
  format: string;
}

const COMMANDS: Readonly<Record<string, (call: Invocation) => Call<number>>> = {
  del,
  "endpoint health": health,
  "endpoint status": status,
  get,
  "member add": addMember,
  "member list": listMembers,
  "member promote": promoteMember,
  "member remove": removeMember,
  put,
  "snapshot save": save,
};

export const etcdctl: Program = function* run(ctx, argv) {
  const line = readCommandLine(argv.slice(1), FLAGS);
  if ("problem" in line) {
    yield* write(2, `Error: ${line.problem}\n`);
    if (argv.includes("snapshot") && (argv.includes("restore") || argv.includes("status"))) {
      yield* write(2, "Drydock: since etcd 3.6, `snapshot restore` and `snapshot status` are etcdutl's.\n");
    }
    return 1;
  }
  const { words, flags } = line;
  const [first = "", second = ""] = words;
  if (first === "version") {
    yield* write(1, `etcdctl version: ${ETCD_VERSION}\nAPI version: 3.6\n`);
    return 0;
  }
  const name = COMMANDS[first] !== undefined ? first : `${first} ${second}`;
  const command = COMMANDS[name];
  if (command === undefined || flags.has("help")) return yield* withoutCommand(words);
  try {
    const format = flags.get("write-out") ?? "simple";
    const rest = words.slice(name.split(" ").length);
    return yield* command({ ctx, client: new EtcdClient(ctx, flags), words: rest, flags, format });
  } catch (error) {
    if (error instanceof SystemError) {
      yield* write(2, `Error: ${error.message.replace(/^EACCES: (.*)$/, "open $1: permission denied")}\n`);
      return 1;
    }
    if (!(error instanceof EtcdctlError)) throw error;
    yield* write(2, `Error: ${error.message}\n`);
    return error.code;
  }
};

function* withoutCommand([first, second]: readonly string[]): Call<number> {
  if (first === "snapshot" && (second === "restore" || second === "status")) {
    yield* write(2, `Drydock: since etcd 3.6, \`snapshot ${second}\` is etcdutl's: etcdutl snapshot ${second}\n`);
    return 1;
  }
  if (first === undefined || first === "help" || ["snapshot", "endpoint", "member"].includes(first)) {
    yield* write(1, USAGE);
    return 0;
  }
  yield* write(2, `Error: unknown command ${JSON.stringify(first)} for "etcdctl"\n${USAGE}`);
  return 1;
}

interface GatewayKey {
  key: string;
  value?: string;
}

/** The range that key, range end, --prefix and --from-key ask for. */
function rangeOf({ words, flags }: Invocation, verb: string): { key: string; range_end?: string } {
  const [key, end] = words;
  if (key === undefined || words.length > 2) {
    throw new EtcdctlError(`${verb} command needs one argument as key and an optional argument as range_end`, 128);
  }
  if (flags.has("prefix") && flags.has("from-key")) {
    throw new EtcdctlError("`--prefix` and `--from-key` cannot be set at the same time, choose one", 128);
  }
  if (flags.has("prefix")) return { key: encodeBase64(key), range_end: encodeBase64(afterPrefix(key)) };
  if (flags.has("from-key")) return { key: encodeBase64(key), range_end: encodeBase64("\0") };
  return { key: encodeBase64(key), ...(end !== undefined && { range_end: encodeBase64(end) }) };
}

/** The first key behind all that begin so. */
function afterPrefix(prefix: string): string {
  if (prefix === "") return "\0";
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}

function* get(call: Invocation): Call<number> {
  const { client, flags, format } = call;
  const keysOnly = flags.has("keys-only");
  const answer = yield* client.any<{ kvs?: GatewayKey[]; count: string }>("/v3/kv/range", {
    ...rangeOf(call, "get"),
    keys_only: keysOnly,
    count_only: flags.has("count-only"),
    limit: Number(flags.get("limit") ?? 0),
  });
  if (format === "json") yield* write(1, `${JSON.stringify(answer)}\n`);
  else if (format !== "simple") throw new EtcdctlError(`${format} is not supported as output format`, 128);
  else if (flags.has("count-only")) throw new EtcdctlError("`--count-only` is only for `--write-out=fields`", 128);
  else for (const item of answer.kvs ?? []) yield* write(1, textOf(item, keysOnly, flags.has("print-value-only")));
  return 0;
}

/** Each on a line of its own; of keys alone the value's line is empty. */
function textOf({ key, value = "" }: GatewayKey, keysOnly: boolean, valueOnly: boolean): string {
  const text = keysOnly ? "" : decodeBase64(value);
  return valueOnly ? `${text}\n` : `${decodeBase64(key)}\n${text}\n`;
}

function* put({ client, words }: Invocation): Call<number> {
  const [key, value] = words;
  if (key === undefined || value === undefined || words.length > 2) {
    throw new EtcdctlError("put command needs 1 argument and input from stdin or 2 arguments", 128);
  }
  yield* client.any("/v3/kv/put", { key: encodeBase64(key), value: encodeBase64(value) });
  yield* write(1, "OK\n");
  return 0;
}

function* del(call: Invocation): Call<number> {
  const { deleted } = yield* call.client.any<{ deleted: string }>("/v3/kv/deleterange", rangeOf(call, "del"));
  yield* write(1, `${deleted}\n`);
  return 0;
}

function* save({ ctx, client, words }: Invocation): Call<number> {
  const [name] = words;
  if (name === undefined || words.length !== 1) {
    throw new EtcdctlError("snapshot save expects one argument", 128);
  }
  const [endpoint] = client.endpoints;
  if (endpoint === undefined || client.endpoints.length > 1) {
    throw new EtcdctlError(
      "snapshot must be requested to one selected node, not multiple [" + client.endpoints.join(" ") + "]",
    );
  }
  const path = resolvePath(ctx.cwd, name);
  const folder = path.slice(0, path.lastIndexOf("/")) || "/";
  if (!ctx.fs.exists(folder))
    throw new EtcdctlError(`could not open ${name}.part (open ${name}.part: no such file or directory)`);
  yield* snapshotLog(ctx, "created temporary db file", { path: `${name}.part` });
  yield* snapshotLog(ctx, "fetching snapshot", { endpoint });
  const { result } = yield* client.call<{ result: { blob: string } }>(endpoint, "/v3/maintenance/snapshot");
  const text = decodeBase64(result.blob);
  ctx.fs.writeFile(path, text, { mode: 0o600 });
  yield* snapshotLog(ctx, "fetched snapshot", {
    endpoint,
    size: humanBytes(text.length),
    took: "now",
    "etcd-version": "3.6.0",
  });
  yield* snapshotLog(ctx, "saved", { path: name });
  yield* write(1, `Snapshot saved at ${name}\nServer version 3.6.0\n`);
  return 0;
}

/** Those of the command line, or with --cluster those that the members name. */
function* endpointsOf({ client, flags }: Invocation): Call<readonly string[]> {
  if (!flags.has("cluster")) return client.endpoints;
  const answer = yield* client.any<{ members: Member[] }>("/v3/cluster/member/list");
  return answer.members.flatMap(({ clientURLs }) => clientURLs);
}

function* health(call: Invocation): Call<number> {
  const { client, format } = call;
  const rows: string[][] = [];
  for (const endpoint of yield* endpointsOf(call)) {
    try {
      yield* client.call(endpoint, "/v3/kv/range", { key: encodeBase64("health") });
      rows.push([endpoint, "true", "1ms", ""]);
    } catch (error) {
      if (!(error instanceof EtcdctlError)) throw error;
      rows.push([endpoint, "false", "5s", error.message]);
    }
  }
  if (format === "table") yield* write(1, drawTable(["endpoint", "health", "took", "error"], rows));
  else if (format !== "simple") throw new EtcdctlError(`Drydock: --write-out=${format} is not simulated`, 128);
  else
    for (const [endpoint, healthy, took, problem] of rows) {
      if (healthy === "true")
        yield* write(1, `${endpoint} is healthy: successfully committed proposal: took = ${took}\n`);
      else yield* write(2, `${endpoint} is unhealthy: failed to commit proposal: ${problem}\n`);
    }
  if (rows.every(([, healthy]) => healthy === "true")) return 0;
  throw new EtcdctlError("unhealthy cluster");
}

interface Status {
  header: { revision: string; member_id: string; raft_term: string };
  version: string;
  dbSize: number;
  /** "" where it knows none. */
  leader: string;
  isLearner: boolean;
  errors: readonly string[];
}

const STATUS_HEADERS =
  "endpoint,ID,version,storage version,db size,in use,percentage not in use,quota,is leader,is learner,raft term,raft index,raft applied index,errors,downgrade target version,downgrade enabled";

function* status(call: Invocation): Call<number> {
  const { client, format } = call;
  const rows: string[][] = [];
  let code = 0;
  for (const endpoint of yield* endpointsOf(call)) {
    try {
      const { header, version, dbSize, leader, isLearner, errors } = yield* client.call<Status>(
        endpoint,
        "/v3/maintenance/status",
      );
      const size = humanBytes(dbSize);
      rows.push([
        endpoint,
        header.member_id,
        version,
        "3.6.0",
        size,
        size,
        "0%",
        "0 B",
        String(leader === header.member_id),
        String(isLearner),
        header.raft_term,
        header.revision,
        header.revision,
        errors.join(", "),
        "",
        "false",
      ]);
    } catch (error) {
      if (!(error instanceof EtcdctlError)) throw error;
      yield* write(2, `Failed to get the status of endpoint ${endpoint} (${error.message})\n`);
      code = 1;
    }
  }
  if (format === "table") yield* write(1, drawTable(STATUS_HEADERS.split(","), rows));
  else if (format === "simple") for (const row of rows) yield* write(1, `${row.join(", ")}\n`);
  else throw new EtcdctlError(`Drydock: --write-out=${format} is not simulated`, 128);
  return code;
}
