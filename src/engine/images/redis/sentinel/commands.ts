/** SENTINEL and its subcommands. Upstream: Redis src/sentinel.c sentinelCommand. */
import { glob } from "../commands.ts";
import { OK } from "../resp.ts";
import type { Reply } from "../resp.ts";
import { Failover } from "./failover.ts";
import type { Monitor } from "./monitor.ts";
import type { Sentinel } from "./sentinel.ts";
import { changeMaster, newMaster, placeOf } from "./settings.ts";
import type { Watched } from "./watched.ts";

const NO_MASTER: Reply = { error: "ERR No such master with that name" };

export function sentinelCommand(sentinel: Sentinel, words: readonly string[]): Reply {
  const [word = "", name = "", ...args] = words;
  const { monitors } = sentinel;
  switch (word.toUpperCase()) {
    case "MYID":
      return sentinel.id;
    case "MASTERS":
      return [...monitors.values()].map((monitor) => fieldsOf(monitor, monitor.master));
    case "FLUSHCONFIG":
      sentinel.save();
      return OK;
    case "IS-MASTER-DOWN-BY-ADDR":
      return isDown(sentinel, [name, ...args]);
    case "MONITOR":
      return watch(sentinel, [name, ...args]);
    case "RESET":
      return reset(sentinel, name);
    case "GET-MASTER-ADDR-BY-NAME": {
      const current = monitors.get(name)?.current;
      return current === undefined ? null : [current.host, String(current.port)];
    }
  }
  const run = OF_MASTER[word.toUpperCase()];
  if (run === undefined) return { error: `ERR unknown subcommand '${word}'. Try SENTINEL HELP.` };
  const monitor = monitors.get(name);
  return monitor === undefined ? NO_MASTER : run(monitor, sentinel, args);
}

const OF_MASTER: Readonly<Record<string, (monitor: Monitor, sentinel: Sentinel, args: readonly string[]) => Reply>> = {
  MASTER: (monitor) => fieldsOf(monitor, monitor.master),
  REPLICAS: slavesOf,
  SLAVES: slavesOf,
  SENTINELS: (monitor) => [...monitor.sentinels.values()].map((each) => fieldsOf(monitor, each)),
  CKQUORUM: quorumOf,
  FAILOVER(monitor) {
    if (monitor.failover !== undefined) return { error: "INPROG Failover already in progress" };
    monitor.failover = Failover.forced(monitor);
    return monitor.failover === undefined ? { error: "NOGOODSLAVE No suitable replica to promote" } : OK;
  },
  REMOVE(monitor, sentinel) {
    sentinel.say("#", "-monitor", monitor.about(monitor.master));
    monitor.close();
    sentinel.monitors.delete(monitor.settings.name);
    sentinel.save();
    return OK;
  },
  SET(monitor, sentinel, args) {
    for (let at = 0; at < args.length; at += 2) {
      const [option = "", value = ""] = args.slice(at);
      if (changeMaster(monitor.settings, option.toLowerCase(), value) !== undefined)
        return { error: `ERR Invalid argument '${value}' for SENTINEL SET '${option}'` };
      if (option.toLowerCase() === "auth-pass") monitor.authenticate();
      sentinel.say("#", "+set", `${monitor.about(monitor.master)} ${option} ${value}`);
    }
    sentinel.save();
    return OK;
  },
};

function slavesOf(monitor: Monitor): Reply {
  return [...monitor.slaves.values()].map((each) => fieldsOf(monitor, each));
}

function quorumOf({ sentinels, settings: { quorum } }: Monitor): Reply {
  const voters = sentinels.size + 1;
  const usable = 1 + [...sentinels.values()].filter(({ sdown }) => !sdown).length;
  const majority = Math.floor(voters / 2) + 1;
  if (usable >= quorum && usable >= majority)
    return { simple: `OK ${usable} usable Sentinels. Quorum and failover authorization can be reached` };
  const problems = [
    ...(usable < quorum
      ? [
          `NOQUORUM ${usable} usable Sentinels. Not enough available Sentinels to reach the specified quorum for this master`,
        ]
      : []),
    ...(usable < majority
      ? [
          `${usable < quorum ? "" : `NOQUORUM ${usable} usable Sentinels. `}Not enough available Sentinels to reach the majority and authorize a failover`,
        ]
      : []),
  ];
  return { error: problems.join(". ") };
}

function isDown(sentinel: Sentinel, [host = "", port = "", epoch = "0", runId = "*"]: readonly string[]): Reply {
  const monitor = [...sentinel.monitors.values()].find(({ master }) => master.place === `${host}:${port}`);
  const down = monitor?.master.sdown === true ? 1 : 0;
  if (monitor === undefined || runId === "*") return [down, "*", 0];
  const { leader, epoch: at } = monitor.voteFor(runId, Number(epoch));
  return [down, leader, at];
}

function watch(sentinel: Sentinel, [name = "", host = "", port = "", quorum = ""]: readonly string[]): Reply {
  if (!(Number(quorum) > 0)) return { error: "ERR Quorum must be 1 or greater." };
  if (sentinel.monitors.has(name)) return { error: "ERR Duplicate master name." };
  const place = placeOf(sentinel.ctx, sentinel.settings, host);
  if (place === undefined) return { error: "ERR Invalid IP address or hostname specified" };
  sentinel.monitor(newMaster(name, { host: place, port: Number(port) }, Number(quorum)));
  sentinel.save();
  return OK;
}

/** Forgets who follows and who watches; both are found again. */
function reset(sentinel: Sentinel, pattern: string): Reply {
  const found = [...sentinel.monitors].filter(([name]) => glob(pattern).test(name));
  for (const [name, monitor] of found) {
    const settings = { ...monitor.state(), replicas: [], sentinels: [] };
    monitor.close();
    sentinel.say("#", "+reset-master", monitor.about(monitor.master));
    sentinel.monitors.delete(name);
    sentinel.monitor(settings);
  }
  if (found.length > 0) sentinel.save();
  return found.length;
}

function flagsOf(monitor: Monitor, { role, sdown, link }: Watched): string {
  return [
    ...(sdown ? ["s_down"] : []),
    ...(role === "master" && monitor.odown ? ["o_down"] : []),
    role,
    ...(link.open ? [] : ["disconnected"]),
    ...(role === "master" && monitor.failover !== undefined ? ["failover_in_progress"] : []),
  ].join(",");
}

/** Names and values in turn. */
function fieldsOf(monitor: Monitor, each: Watched): string[] {
  const { settings, slaves, sentinels, host } = monitor;
  const { role, info, lastOk, infoAt, says } = each;
  const now = host.ctx.now();
  const common: Record<string, string | number> = {
    name: role === "master" ? settings.name : role === "slave" ? each.place : each.runId,
    ...{ ip: each.host, port: each.port, runid: each.runId, flags: flagsOf(monitor, each) },
    ...{ "last-ok-ping-reply": now - lastOk, "down-after-milliseconds": settings.downAfterMs },
  };
  const ofServer = { "info-refresh": infoAt === -Infinity ? 0 : now - infoAt, "role-reported": says };
  const own: Record<Watched["role"], Record<string, string | number>> = {
    master: {
      ...ofServer,
      "config-epoch": settings.configEpoch,
      "num-slaves": slaves.size,
      "num-other-sentinels": sentinels.size,
      quorum: settings.quorum,
      "failover-timeout": settings.failoverTimeoutMs,
      "parallel-syncs": settings.parallelSyncs,
    },
    slave: {
      ...ofServer,
      "master-link-status": info.get("master_link_status") === "up" ? "ok" : "err",
      "master-host": info.get("master_host") ?? "?",
      "master-port": info.get("master_port") ?? 0,
      "slave-priority": info.get("slave_priority") ?? 100,
    },
    sentinel: { "voted-leader": each.vote?.leader ?? "?", "voted-leader-epoch": each.vote?.epoch ?? 0 },
  };
  return Object.entries({ ...common, ...own[role] }).flatMap(([name, value]) => [name, String(value)]);
}
