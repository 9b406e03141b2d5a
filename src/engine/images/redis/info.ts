/** What INFO says. **Simplified:** only fields that follow from something here. */
import type { RedisServer } from "./server.ts";

const NL = "\r\n";

function section(title: string, fields: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name}:${value}`);
  return [`# ${title}`, ...lines, ""].join(NL);
}

function human(bytes: number): string {
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(2)}K` : `${(bytes / 1024 ** 2).toFixed(2)}M`;
}

function replication(server: RedisServer): Record<string, string | number> {
  const { master, up } = server.link;
  const replicas = [...server.replicas].map(({ connection, announced }, at) => [
    `slave${at}`,
    `ip=${announced.host ?? connection.remoteAddress},port=${announced.port},state=online`,
  ]);
  return {
    role: master === undefined ? "master" : "slave",
    ...(master !== undefined && {
      master_host: master.host,
      master_port: master.port,
      master_link_status: up ? "up" : "down",
      slave_priority: server.get("replica-priority"),
      slave_read_only: server.get("replica-read-only") === "yes" ? 1 : 0,
    }),
    connected_slaves: server.replicas.size,
    ...(Object.fromEntries(replicas) as Record<string, string>),
  };
}

export function infoText(server: RedisServer, wanted: string): string {
  const seconds = Math.floor((server.ctx.now() - server.startedAt) / 1000);
  const used = server.bytes();
  const maximum = Number(server.get("maxmemory"));
  const all: Record<string, Record<string, string | number>> = {
    Server: {
      redis_version: server.version,
      redis_mode: server.cluster === undefined ? "standalone" : "cluster",
      arch_bits: 64,
      process_id: 1,
      run_id: server.runId,
      tcp_port: server.get("port"),
      uptime_in_seconds: seconds,
      uptime_in_days: Math.floor(seconds / 86_400),
    },
    Clients: { connected_clients: server.sessions.size - server.replicas.size },
    Memory: {
      used_memory: used,
      used_memory_human: human(used),
      maxmemory: maximum,
      maxmemory_human: maximum === 0 ? "0B" : human(maximum),
      maxmemory_policy: server.get("maxmemory-policy"),
    },
    Persistence: { loading: 0, aof_enabled: server.get("appendonly") === "yes" ? 1 : 0 },
    Stats: { total_commands_processed: server.commands },
    Replication: replication(server),
    Cluster: { cluster_enabled: server.cluster === undefined ? 0 : 1 },
    Keyspace: Object.fromEntries(
      server
        .keyspace()
        .map(({ keys, expires }, at) => [`db${at}`, `keys=${keys},expires=${expires},avg_ttl=0`, keys] as const)
        .filter(([, , keys]) => keys > 0)
        .map(([name, text]) => [name, text]),
    ),
  };
  return Object.entries(all)
    .filter(([title]) => wanted === "" || /^(all|default|everything)$/.test(wanted) || title.toLowerCase() === wanted)
    .map(([title, fields]) => section(title, fields))
    .join(NL);
}
