/**
 * `redis-cli --cluster create | check | info | add-node`. Upstream: Redis src/redis-cli.c.
 * **Simplified:** slots are given out at the start and don't move: reshard, rebalance, fix and del-node are refused.
 */
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { connect, readLine, resolve, sleep, write } from "../../base/syscalls.ts";
import { RedisLine } from "./cli-line.ts";
import { readRanges, SLOTS, slotCount } from "./hash-slots.ts";
import type { SlotRange } from "./hash-slots.ts";
import type { Reply } from "./resp.ts";

interface Member {
  place: string;
  id: string;
  /** "" for a master. */
  master: string;
  slots: readonly SlotRange[];
}

class ClusterProblem extends Error {}

const textOf = (reply: Reply | undefined): string =>
  typeof reply === "string"
    ? reply
    : typeof reply === "object" && reply !== null && "error" in reply
      ? reply.error
      : "";

function* open(place: string, password: string | undefined): Call<RedisLine> {
  const at = place.lastIndexOf(":");
  try {
    const [address = ""] = yield* resolve(place.slice(0, at));
    const { fd } = yield* connect(address, Number(place.slice(at + 1)));
    const line = new RedisLine(fd);
    if (password !== undefined) yield* line.ask(["AUTH", password]);
    return line;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new ClusterProblem(
      `Could not connect to Redis at ${place}: ${error.errno === "ECONNREFUSED" ? "Connection refused" : "Name or service not known"}`,
    );
  }
}

/** The nodes as one of them knows them; `from` is the address of "myself". */
function* membersAt(line: RedisLine): Call<Member[]> {
  const text = textOf(yield* line.ask(["CLUSTER", "NODES"]));
  if (text.startsWith("ERR")) throw new ClusterProblem("[ERR] Node is not configured as a cluster node.");
  return text
    .split("\n")
    .filter((row) => row !== "" && !row.startsWith("vars"))
    .map((row) => {
      const [id = "", place = "", , master = "-", , , , , ...slots] = row.split(" ");
      return { place: place.replace(/@.*/, ""), id, master: master === "-" ? "" : master, slots: readRanges(slots) };
    });
}

function describe({ place, id, master, slots }: Member, replicas: number): string {
  const ranges = slots.map(([from, to]) => `[${from === to ? from : `${from}-${to}`}]`).join(",");
  const head = `${master === "" ? "M" : "S"}: ${id} ${place}\n   slots:${ranges === "" ? " " : ranges} (${slotCount(slots)} slots) ${master === "" ? "master" : "slave"}\n`;
  if (master !== "") return `${head}   replicates ${master}\n`;
  return replicas > 0 ? `${head}   ${replicas} additional replica(s)\n` : head;
}

function* report(place: string, members: readonly Member[]): Call<number> {
  yield* write(1, `>>> Performing Cluster Check (using node ${place})\n`);
  for (const member of members)
    yield* write(1, describe(member, members.filter(({ master }) => master === member.id).length));
  const covered = members.reduce((sum, { slots }) => sum + slotCount(slots), 0);
  yield* write(
    1,
    `[OK] All nodes agree about slots configuration.\n>>> Check for open slots...\n>>> Check slots coverage...\n${covered >= SLOTS ? `[OK] All ${SLOTS} slots covered.` : `[ERR] Not all ${SLOTS} slots are covered by nodes.\n`}\n`,
  );
  return covered >= SLOTS ? 0 : 1;
}

function* create(
  places: readonly string[],
  password: string | undefined,
  how: { replicas: number; yes: boolean },
): Call<number> {
  const { replicas, yes } = how;
  const masters = Math.floor(places.length / (replicas + 1));
  if (masters < 3) {
    throw new ClusterProblem(
      `*** ERROR: Invalid configuration for cluster creation.\n*** Redis Cluster requires at least 3 master nodes.\n*** This is not possible with ${places.length} nodes and ${replicas} replicas per node.\n*** At least ${3 * (replicas + 1)} nodes are required.`,
    );
  }
  const lines: RedisLine[] = [];
  const members: Member[] = [];
  for (const place of places) {
    const line = yield* open(place, password);
    const known = yield* membersAt(line);
    const keys = Number(yield* line.ask(["DBSIZE"]));
    if (known.length > 1 || keys > 0)
      throw new ClusterProblem(
        `[ERR] Node ${place} is not empty. Either the node already knows other nodes (check with CLUSTER NODES) or contains some key in database 0.`,
      );
    lines.push(line);
    members.push({ ...(known[0] as Member), place, master: "", slots: [] });
  }
  yield* write(1, `>>> Performing hash slots allocation on ${places.length} nodes...\n`);
  for (let at = 0; at < masters; at++) {
    const range: SlotRange = [Math.round((at * SLOTS) / masters), Math.round(((at + 1) * SLOTS) / masters) - 1];
    members[at] = { ...(members[at] as Member), slots: [range] };
    yield* write(1, `Master[${at}] -> Slots ${range[0]} - ${range[1]}\n`);
  }
  for (let at = masters; at < members.length; at++) {
    // Not beside its own master where nodes go round: the next one's.
    const master = members[(at + 1) % masters] as Member;
    members[at] = { ...(members[at] as Member), master: master.id };
    yield* write(1, `Adding replica ${members[at]?.place ?? ""} to ${master.place}\n`);
  }
  for (const member of members) yield* write(1, describe(member, 0).replace(/ {3}slots: .*slave\n/, ""));
  if (!yes) {
    const answer = yield* readLine("Can I set the above configuration? (type 'yes' to accept): ", { history: [] });
    if (answer !== "yes") throw new ClusterProblem("*** Aborting...");
  }
  for (const [at, { slots }] of members.entries()) {
    const [range] = slots;
    if (range !== undefined) yield* (lines[at] as RedisLine).ask(["CLUSTER", "ADDSLOTSRANGE", ...range.map(String)]);
  }
  yield* write(1, ">>> Nodes configuration updated\n>>> Assign a different config epoch to each node\n");
  for (const [at, line] of lines.entries()) yield* line.ask(["CLUSTER", "SET-CONFIG-EPOCH", String(at + 1)]);
  yield* write(1, ">>> Sending CLUSTER MEET messages to join the cluster\n");
  const own = yield* membersAt(lines[0] as RedisLine);
  const [address = "", port = ""] = (own[0]?.place ?? "").split(":");
  for (const line of lines.slice(1)) yield* line.ask(["CLUSTER", "MEET", address, port]);
  yield* write(1, "Waiting for the cluster to join\n");
  for (const line of lines) {
    while ((yield* membersAt(line)).length < members.length) {
      yield* write(1, ".");
      yield* sleep(1000);
    }
  }
  yield* write(1, "\n");
  for (const [at, { master }] of members.entries())
    if (master !== "") yield* (lines[at] as RedisLine).ask(["CLUSTER", "REPLICATE", master]);
  yield* sleep(1000);
  return yield* report(places[0] as string, yield* membersAt(lines[0] as RedisLine));
}

function* keysLine(members: readonly Member[], password: string | undefined): Call<void> {
  let total = 0;
  const masters = members.filter(({ master, slots }) => master === "" && slots.length > 0);
  for (const { place, id, slots } of masters) {
    const keys = Number(yield* (yield* open(place, password)).ask(["DBSIZE"]));
    total += keys;
    const slaves = members.filter(({ master }) => master === id).length;
    yield* write(
      1,
      `${place} (${id.slice(0, 8)}...) -> ${keys} keys | ${slotCount(slots)} slots | ${slaves} slaves.\n`,
    );
  }
  yield* write(
    1,
    `[OK] ${total} keys in ${masters.length} masters.\n${(total / SLOTS).toFixed(2)} keys per slot on average.\n`,
  );
}

function* addNode(words: readonly string[], password: string | undefined, asReplica: boolean): Call<number> {
  const [place = "", existing = ""] = words;
  const line = yield* open(place, password);
  const members = yield* membersAt(yield* open(existing, password));
  yield* write(1, `>>> Adding node ${place} to cluster ${existing}\n`);
  yield* report(existing, members);
  yield* write(1, `>>> Send CLUSTER MEET to node ${place} to make it join the cluster.\n`);
  const [address = "", port = ""] = (members[0]?.place ?? existing).split(":");
  yield* line.ask(["CLUSTER", "MEET", address, port]);
  while ((yield* membersAt(line)).length <= members.length) yield* sleep(1000);
  const count = (id: string): number => members.filter(({ master }) => master === id).length;
  const target = members.filter(({ master }) => master === "").sort((a, b) => count(a.id) - count(b.id))[0];
  if (asReplica && target !== undefined) {
    yield* write(1, `>>> Configure node as replica of ${target.place}.\n`);
    yield* line.ask(["CLUSTER", "REPLICATE", target.id]);
  }
  yield* write(1, "[OK] New node added correctly.\n");
  return 0;
}

const VALUED = ["--cluster-replicas", "-a", "--pass"];
const FLAGS = ["--cluster-yes", "--cluster-slave", "--no-auth-warning"];

/** `words` is what follows `--cluster`; the password may stand there or before. */
export function* redisClusterCli(words: readonly string[], before: string | undefined): Call<number> {
  const [action = "", ...rest] = words;
  const options: Record<string, string> = {};
  const places: string[] = [];
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] as string;
    const value = VALUED.includes(word) ? rest[++at] : FLAGS.includes(word) ? "" : undefined;
    if (value !== undefined) options[word] = value;
    else if (!word.startsWith("-")) places.push(word);
    else {
      yield* write(2, `Unrecognized option or bad number of args for: '${word}'\n`);
      return 1;
    }
  }
  const password = options["-a"] ?? options["--pass"] ?? before;
  try {
    if (action === "create")
      return yield* create(places, password, {
        replicas: Number(options["--cluster-replicas"] ?? 0),
        yes: "--cluster-yes" in options,
      });
    if (action === "add-node") return yield* addNode(places, password, "--cluster-slave" in options);
    if (action === "check" || action === "info") {
      const place = places.length > 1 ? places.slice(0, 2).join(":") : (places[0] ?? "");
      const members = yield* membersAt(yield* open(place, password));
      yield* keysLine(members, password);
      return action === "info" ? 0 : yield* report(place, members);
    }
  } catch (error) {
    if (!(error instanceof ClusterProblem)) throw error;
    yield* write(2, `${error.message}\n`);
    return 1;
  }
  yield* write(
    2,
    `redis-cli: --cluster ${action} is not simulated in this playground: create, check, info and add-node are\n`,
  );
  return 1;
}
