/**
 * Cassandra's ring: nodes find it through their seeds, and `nodetool` tells of it. Upstream: Cassandra's gossiper, and the
 * image of Kubernetes' tutorial.
 *
 * **Simplified:** it speaks no CQL, keeps no rows and so moves none when nodes join or leave.
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
import { tags } from "../tags.ts";
import { PeerGroup } from "./peer-group.ts";
import type { PeerRecord } from "./peer-group.ts";

const GOSSIP_PORT = 7000;
const CQL_PORT = 9042;
const JMX_PORT = 7199;
/** From the start of the JVM to the ring, and how long a seed is waited for. */
const START_MS = 15_000;
const JOIN_MS = 10_000;
const SEED_TRIES = 30;
/** How many copies of a row `Owns` counts. */
const COPIES = 2;
const LACKS =
  "Drydock: in this playground it speaks no CQL and keeps no rows: clients are hung up on; nodetool status, info and drain work";

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

const startCassandra: Server = (ctx) => {
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
  const told = (): void => {
    for (const { id, address } of ring?.members.values() ?? []) {
      const isUp = ring?.isUp(id) === true;
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
    ctx.listenTcp(CQL_PORT, (connection) => ({ data: () => connection.close() }));
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
};

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

const cqlsh: Program = function* () {
  yield* write(
    2,
    `Connection error: ('Unable to connect to any servers', {'127.0.0.1:${CQL_PORT}': ConnectionShutdown('Drydock: CQL is not simulated in this playground')})\n`,
  );
  return 1;
};

const TITLE = "/opt/java/openjdk/bin/java -ea -Xss256k org.apache.cassandra.service.CassandraDaemon";

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
    programs: () => ({
      "/usr/local/bin/cassandra": {
        kind: "server",
        start: startCassandra,
        shows: () => ({ title: TITLE, user: "cassandra" }),
      },
      "/usr/bin/nodetool": { kind: "program", run: nodetool },
      "/usr/bin/cqlsh": { kind: "program", run: cqlsh },
    }),
  }),
);
