/**
 * Cassandra's ring: nodes find it through their seeds, and `nodetool` tells of it. Upstream: Cassandra's gossiper, and the
 * image of Kubernetes' tutorial.
 *
 * **Simplified:** clients of the native protocol are hung up on, cqlsh alone speaks with it; every node keeps all rows and
 * hears of the others' writes, so that none move when nodes join or leave. A write counts on each node that is up.
 */
import { SystemError } from "../../base/program.ts";
import type { Program } from "../../base/program.ts";
import { connect, readLineOf, write } from "../../base/syscalls.ts";
import { isObject, parseJson } from "../../base/json.ts";
import { uuid } from "../../base/hex.ts";
import { hex64 } from "../../runtime/containers/identity.ts";
import { lineServer } from "../../runtime/connection.ts";
import { defineImage } from "../define-image.ts";
import type { ImageDefinition, Server, ServerContext } from "../define-image.ts";
import { randomHex } from "../applications/app-state.ts";
import { tags } from "../tags.ts";
import { CqlStore } from "./cql-store.ts";
import type { Entry } from "./cql-store.ts";
import { cqlPort } from "./cql-port.ts";
import { cqlsh } from "./cqlsh.ts";
import { PeerGroup } from "../services/peer-group.ts";
import type { PeerRecord } from "../services/peer-group.ts";

const GOSSIP_PORT = 7000;
const CQL_PORT = 9042;
const JMX_PORT = 7199;
/** From the start of the JVM to the ring, and how long a seed is waited for. */
const START_MS = 15_000;
const JOIN_MS = 10_000;
const SEED_TRIES = 30;
/** How many copies of a row `Owns` counts. */
const COPIES = 2;
const DATA = "/var/lib/cassandra";
const LACKS =
  "Drydock: in this playground clients other than cqlsh are hung up on; nodetool status, info and drain work";

interface RingMember extends PeerRecord {
  dc: string;
  rack: string;
  /** "N" normal, "J" joining, "L" leaving. */
  state: string;
  tokens: number;
}

/** What nodetool is told of a node. */
interface RingRow extends RingMember {
  up: boolean;
}

function uuidOf(ctx: ServerContext): string {
  return uuid(hex64(`cassandra/${ctx.pod.namespace}/${ctx.pod.name}`));
}

function startCassandra(ctx: ServerContext, version: string): ReturnType<Server> {
  const { env } = ctx;
  const say = (text: string, level = "INFO "): void =>
    ctx.log((time) => `${level} [main] ${new Date(time).toISOString().slice(0, 23).replace("T", " ")} ${text}`);
  ctx.log(LACKS, "stderr");
  ctx.use({ cpuMillicores: 40, memoryBytes: 480 * 1024 * 1024 });
  const seeds = (env["CASSANDRA_SEEDS"] ?? "").split(/[,\s]+/).filter((host) => host !== "");
  let own: RingMember = {
    id: uuidOf(ctx),
    address: ctx.podIP,
    version: ctx.now(),
    dc: env["CASSANDRA_DC"] ?? "datacenter1",
    rack: env["CASSANDRA_RACK"] ?? "rack1",
    state: "J",
    tokens: Number(env["CASSANDRA_NUM_TOKENS"] ?? 16),
  };
  const isSeed = seeds.length === 0 || seeds.some((host) => host === ctx.podIP || host.startsWith(`${ctx.hostname}.`));
  let ring: PeerGroup<RingMember> | undefined;
  const up = new Set<string>();
  /** Who has all rows. */
  const current = new Set<string>();
  const store = new CqlStore(ctx.fs, DATA);
  const send = (host: string, entries: readonly Entry[]): void => {
    ctx.network.connect(
      { host, port: CQL_PORT, timeoutMs: 2000 },
      {
        opened: (connection) => {
          connection.write(`${JSON.stringify({ copies: entries })}\n`);
          connection.end();
          return {};
        },
        fail: () => {},
      },
    );
  };
  const told = (): void => {
    for (const { id, address, state } of ring?.members.values() ?? []) {
      const isUp = ring?.isUp(id) === true;
      const takesWrites = isUp && state === "N" && id !== own.id;
      // What it missed, as hints would bring it.
      if (takesWrites && !current.has(id)) send(address, store.all);
      if (takesWrites) current.add(id);
      else current.delete(id);
      if (id === own.id || isUp === up.has(id)) continue;
      if (isUp) up.add(id);
      else up.delete(id);
      say(`Gossiper.java - InetAddress /${address}:${GOSSIP_PORT} is now ${isUp ? "UP" : "DOWN"}`);
    }
  };
  const change = (state: string): void => {
    own = { ...own, state, version: Math.max(ctx.now(), own.version + 1) };
    ring?.update(own);
  };
  const join = (): void => {
    change("N");
    say("StorageService.java - Node /" + `${ctx.podIP}:${GOSSIP_PORT} state jump to NORMAL`);
    const cql = cqlPort({
      store,
      now: () => ctx.now(),
      makeId: () => uuid(randomHex(ctx, 32)),
      tell: (entries) => {
        for (const { id, address } of ring?.members.values() ?? []) if (current.has(id)) send(address, entries);
      },
      local: {
        key: "local",
        cluster_name: env["CASSANDRA_CLUSTER_NAME"] ?? "Test Cluster",
        data_center: own.dc,
        listen_address: ctx.podIP,
        rack: own.rack,
        release_version: version,
      },
    });
    ctx.listenTcp(CQL_PORT, cql);
    say(`Server.java - Starting listening for CQL clients on /0.0.0.0:${CQL_PORT} (unencrypted)...`);
    say("CassandraDaemon.java - Startup complete");
  };
  ctx.after(START_MS, () => {
    const group = new PeerGroup<RingMember>(ctx, { port: GOSSIP_PORT, own, changed: told });
    ring = group;
    ctx.listenTcp(
      JMX_PORT,
      lineServer(() => (line) => {
        const rows = [...group.members.values()].map((each): RingRow => ({ ...each, up: group.isUp(each.id) }));
        if (line === "drain") change("D");
        return `${JSON.stringify({ own: own.id, rows })}\n`;
      }),
    );
    if (isSeed) {
      for (const host of seeds) if (!host.startsWith(`${ctx.hostname}.`)) group.dial(host, SEED_TRIES);
      join();
      return;
    }
    say(`StorageService.java - JOINING: waiting for ring information`);
    for (const host of seeds) group.dial(host, SEED_TRIES);
    const wait = (left: number): void => {
      if (up.size > 0) ctx.after(JOIN_MS, join);
      else if (left > 0) ctx.after(1000, () => wait(left - 1));
      else {
        say("CassandraDaemon.java - Exception encountered during startup", "ERROR");
        ctx.log("java.lang.RuntimeException: Unable to contact any seeds!");
        ctx.exit(3);
      }
    };
    wait(SEED_TRIES);
  });
  const stop = (): void => {
    say("StorageService.java - DRAINED");
    ctx.exit(143);
  };
  return { signals: { SIGTERM: stop } };
}

function statusText(rows: readonly RingRow[]): string {
  const widest = Math.max(...rows.map(({ address }) => address.length)) + 1;
  const owns = Math.min(100, (COPIES * 100) / rows.length).toFixed(1);
  return [...new Set(rows.map(({ dc }) => dc))]
    .sort()
    .map((dc) => {
      const title = `Datacenter: ${dc}`;
      const lines = rows
        .filter((row) => row.dc === dc)
        .map(({ address, id, state, up, tokens, rack }) => {
          const load = `${(68 + (Number.parseInt(id.slice(0, 4), 16) % 4000) / 100).toFixed(2)} KiB`;
          const flags = `${up ? "U" : "D"}${state === "D" ? "N" : state}`;
          return `${flags}  ${address.padEnd(widest)} ${load.padEnd(10)} ${String(tokens).padEnd(7)} ${`${owns}%`.padEnd(17)} ${id}  ${rack}`;
        });
      return [
        title,
        "=".repeat(title.length),
        "Status=Up/Down",
        "|/ State=Normal/Leaving/Joining/Moving",
        `--  ${"Address".padEnd(widest)} Load       Tokens  Owns (effective)  Host ID                               Rack`,
        ...lines,
        "",
        "",
      ].join("\n");
    })
    .join("");
}

function infoText(row: RingRow): string {
  const fields: [string, string][] = [
    ["ID", row.id],
    ["Gossip active", String(row.state !== "D")],
    ["Native Transport active", String(row.state === "N")],
    ["Data Center", row.dc],
    ["Rack", row.rack],
  ];
  return fields.map(([name, value]) => `${name.padEnd(23)}: ${value}\n`).join("");
}

const nodetool: Program = function* (_ctx, argv) {
  const command = argv.slice(1).find((word) => !word.startsWith("-")) ?? "help";
  if (!["status", "info", "drain"].includes(command)) {
    yield* write(2, "nodetool: this playground knows only: status, info, drain\n");
    return 64;
  }
  try {
    const { fd } = yield* connect("127.0.0.1", JMX_PORT);
    yield* write(fd, `${command}\n`);
    const said = parseJson((yield* readLineOf(fd)) ?? "");
    if (!isObject(said)) return 2;
    const rows = said["rows"] as RingRow[];
    const own = rows.find(({ id }) => id === said["own"]);
    if (command === "status") yield* write(1, statusText(rows));
    else if (command === "info" && own !== undefined) yield* write(1, infoText(own));
    return 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* write(
      2,
      `nodetool: Failed to connect to '127.0.0.1:${JMX_PORT}' - ConnectException: 'Connection refused'.\n`,
    );
    return 1;
  }
};

const TITLE = "/opt/java/openjdk/bin/java -ea -Xss256k org.apache.cassandra.service.CassandraDaemon";

/** What a tag stands for. */
const NEWEST: Readonly<Record<string, string>> = { "3": "3.11.19", "4": "4.1.9", "4.0": "4.0.17", "5": "5.0.4" };

function versionOf(tag: string): string {
  // Google's v13 is 3.11.2.
  if (/^v1\d$/.test(tag)) return "3.11.2";
  const number = /^\d+(\.\d+)?/.exec(tag)?.[0] ?? "5";
  return NEWEST[number] ?? NEWEST[number.replace(/\..*/, "")] ?? number;
}

export const cassandra: readonly ImageDefinition[] = [
  "docker.io/library/cassandra",
  "gcr.io/google-samples/cassandra",
  "gcr.io/google_samples/cassandra",
].map((name) =>
  defineImage({
    name,
    tags: tags(140, "latest 3 3.11 4 4.0 4.1 5 5.0 v11..14"),
    entrypoint: ["/entrypoint.sh"],
    cmd: ["cassandra", "-f"],
    files: {
      "/entrypoint.sh": '#!/bin/sh\nif [ "${1#-}" != "$1" ]; then\n  set -- cassandra "$@"\nfi\nexec "$@"\n',
      "/ready-probe.sh":
        '#!/bin/bash\nif [[ $(nodetool status | grep $POD_IP) == *"UN"* ]]; then\n  exit 0\nfi\nexit 1\n',
      "/etc/cassandra/cassandra.yaml": "cluster_name: 'Test Cluster'\nnum_tokens: 16\n",
    },
    ...(name.startsWith("gcr.io/") && { env: { CASSANDRA_NUM_TOKENS: "32" } }),
    accounts: [{ name: "cassandra", uid: 999 }],
    exposedPorts: [GOSSIP_PORT, 7001, JMX_PORT, CQL_PORT, 9160],
    userland: "debian",
    volumes: [DATA],
    programs: (tag) => ({
      "/usr/local/bin/cassandra": {
        kind: "server",
        start: (ctx) => startCassandra(ctx, versionOf(tag)),
        shows: () => ({ title: TITLE, user: "cassandra" }),
      },
      "/usr/bin/nodetool": { kind: "program", run: nodetool },
      "/usr/bin/cqlsh": { kind: "program", run: cqlsh(versionOf(tag)) },
    }),
  }),
);
