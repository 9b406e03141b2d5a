/** sentinel.conf: which masters a Sentinel watches and how, read at its start and written whenever it learns something. */
import { SystemError } from "../../../base/program.ts";
import type { ServerContext } from "../../define-image.ts";
import { splitWords } from "../resp.ts";

export interface MasterSettings {
  name: string;
  host: string;
  port: number;
  quorum: number;
  downAfterMs: number;
  failoverTimeoutMs: number;
  parallelSyncs: number;
  password: string | undefined;
  configEpoch: number;
  replicas: { host: string; port: number }[];
  sentinels: { host: string; port: number; runId: string }[];
}

export interface SentinelSettings {
  file: string;
  port: number;
  requirepass: string;
  bind: string;
  myId: string | undefined;
  currentEpoch: number;
  resolvesNames: boolean;
  announcesNames: boolean;
  announceIp: string | undefined;
  masters: MasterSettings[];
  /** Lines that are kept as they are. */
  otherLines: string[];
  withoutEffect: string[];
}

const DOWN_AFTER_MS = 30_000;
const FAILOVER_TIMEOUT_MS = 180_000;
const OTHER =
  /^(protected-mode|daemonize|pidfile|logfile|loglevel|dir|timeout|tcp-.*|acllog-max-len|maxclients|syslog-.*|latency-tracking.*|user|masteruser|supervised)$/;
const OF_MASTER_UNREAD =
  /^(notification-script|client-reconfig-script|rename-command|auth-user|master-reboot-down-after-period|deny-scripts-reconfig|sentinel-user|sentinel-pass|announce-port)$/;

export function newMaster(name: string, place: { host: string; port: number }, quorum: number): MasterSettings {
  return {
    ...{ name, ...place, quorum, downAfterMs: DOWN_AFTER_MS, failoverTimeoutMs: FAILOVER_TIMEOUT_MS },
    ...{ parallelSyncs: 1, password: undefined, configEpoch: 0, replicas: [], sentinels: [] },
  };
}

/** True for what needs no resolver. */
export function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(":");
}

/** A string: why it can't start. */
export function readSentinelSettings(ctx: ServerContext, version: string): SentinelSettings | string {
  const file = ctx.argv.slice(1).find((word) => !word.startsWith("-"));
  if (file === undefined) return "Sentinel needs config file on disk... Exiting!";
  const path = file.startsWith("/") ? file : `/data/${file}`;
  if (!ctx.fs.exists(path)) return `Fatal error, can't open config file '${path}': No such file or directory`;
  const settings: SentinelSettings = {
    ...{ file: path, port: 26_379, requirepass: "", bind: "*", myId: undefined, currentEpoch: 0 },
    ...{ resolvesNames: false, announcesNames: false, announceIp: undefined },
    ...{ masters: [], otherLines: [], withoutEffect: [] },
  };
  const lines = ctx.fs.readFile(path).split("\n");
  const given = ctx.argv.slice(ctx.argv.indexOf(file) + 1);
  // `--port 5000` behind the file is one more line of it.
  for (let at = 0; at < given.length; at++) {
    const word = given[at] as string;
    if (word.startsWith("--") && word !== "--sentinel") lines.push(`${word.slice(2)} ${given[++at] ?? ""}`);
  }
  for (const [at, line] of lines.entries()) {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) continue;
    const problem = take(ctx, settings, text);
    if (problem !== undefined)
      return `\n*** FATAL CONFIG FILE ERROR (Redis ${version}) ***\nReading the configuration file, at line ${at + 1}\n>>> '${text}'\n${problem}`;
  }
  try {
    ctx.fs.writeFile(path, "", { append: true });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const why = error.errno === "EROFS" ? "Read-only file system" : "Permission denied";
    return `Sentinel config file ${path} is not writable: ${why}. Exiting...`;
  }
  return settings;
}

function take(ctx: ServerContext, settings: SentinelSettings, text: string): string | undefined {
  const [name = "", ...words] = splitWords(text) ?? [""];
  const [first = ""] = words;
  if (name === "sentinel") return takeOwn(ctx, settings, words);
  if (name === "port") settings.port = Number(first);
  else if (name === "requirepass") settings.requirepass = first;
  else if (name === "bind") settings.bind = words.join(" ");
  else if (!OTHER.test(name)) return "Bad directive or wrong number of arguments";
  else settings.withoutEffect.push(name);
  settings.otherLines.push(text);
  return undefined;
}

function takeOwn(ctx: ServerContext, settings: SentinelSettings, words: readonly string[]): string | undefined {
  const [what = "", first = "", second = "", third = "", fourth = ""] = words;
  switch (what) {
    case "myid":
      settings.myId = first;
      return undefined;
    case "current-epoch":
      settings.currentEpoch = Number(first);
      return undefined;
    case "resolve-hostnames":
      settings.resolvesNames = first === "yes";
      return undefined;
    case "announce-hostnames":
      settings.announcesNames = first === "yes";
      return undefined;
    case "announce-ip":
      settings.announceIp = first;
      return undefined;
    case "monitor": {
      if (words.length !== 5) return "Unrecognized sentinel configuration statement.";
      if (!(Number(fourth) > 0)) return "Quorum must be 1 or greater.";
      const host = placeOf(ctx, settings, second);
      if (host === undefined) return "Can't resolve instance hostname.";
      settings.masters.push(newMaster(first, { host, port: Number(third) }, Number(fourth)));
      return undefined;
    }
  }
  const master = settings.masters.find(({ name }) => name === first);
  if (OF_MASTER_UNREAD.test(what)) {
    settings.withoutEffect.push(`sentinel ${what}`);
    settings.otherLines.push(`sentinel ${words.join(" ")}`);
    return undefined;
  }
  if (master === undefined)
    return /^(down-after|failover|parallel|auth-pass|known|config-epoch|leader-epoch)/.test(what)
      ? "No such master with specified name."
      : "Unrecognized sentinel configuration statement.";
  return setOfMaster(master, what, [second, third, fourth]);
}

const ARGUMENT = /^(down-after-milliseconds|failover-timeout|parallel-syncs|quorum|auth-pass)$/;

/** `SENTINEL SET`, where less may be said than in the file. */
export function changeMaster(master: MasterSettings, what: string, value: string): string | undefined {
  return ARGUMENT.test(what) ? setOfMaster(master, what, [value]) : "Unknown option or number of arguments";
}

function setOfMaster(master: MasterSettings, what: string, values: readonly string[]): string | undefined {
  const [value = "", port = "", runId = ""] = values;
  const number = Number(value);
  switch (what) {
    case "down-after-milliseconds":
    case "failover-timeout":
      if (!(number > 0)) return "negative or zero time parameter.";
      master[what === "failover-timeout" ? "failoverTimeoutMs" : "downAfterMs"] = number;
      return undefined;
    case "parallel-syncs":
    case "quorum":
      if (!(Number.isInteger(number) && number > 0)) return `Invalid number for ${what}.`;
      master[what === "quorum" ? "quorum" : "parallelSyncs"] = number;
      return undefined;
    case "auth-pass":
      master.password = value === "" ? undefined : value;
      return undefined;
    case "config-epoch":
      master.configEpoch = number;
      return undefined;
    case "leader-epoch":
      return undefined;
    case "known-replica":
    case "known-slave":
      master.replicas.push({ host: value, port: Number(port) });
      return undefined;
    case "known-sentinel":
      master.sentinels.push({ host: value, port: Number(port), runId });
      return undefined;
    default:
      return "Unrecognized sentinel configuration statement.";
  }
}

/** What is kept of a host: its name where names are announced, else its address; undefined where it has none. */
export function placeOf(
  ctx: ServerContext,
  { resolvesNames, announcesNames }: Pick<SentinelSettings, "resolvesNames" | "announcesNames">,
  host: string,
): string | undefined {
  if (isAddress(host)) return host;
  if (!resolvesNames) return undefined;
  try {
    const [address] = ctx.network.resolve(host);
    return announcesNames ? host : address;
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

/** The file as it is written back. */
export function sentinelFile(settings: SentinelSettings): string {
  const { otherLines, myId, currentEpoch, resolvesNames, announcesNames, announceIp, masters } = settings;
  const own = (text: string): string => `sentinel ${text}`;
  return `${[
    ...otherLines,
    ...(resolvesNames ? [own("resolve-hostnames yes")] : []),
    ...(announcesNames ? [own("announce-hostnames yes")] : []),
    ...(announceIp === undefined ? [] : [own(`announce-ip ${announceIp}`)]),
    own(`myid ${myId ?? ""}`),
    ...masters.flatMap((master) => {
      const { name, host, port, quorum, downAfterMs, failoverTimeoutMs, parallelSyncs, password } = master;
      return [
        `monitor ${name} ${host} ${port} ${quorum}`,
        `down-after-milliseconds ${name} ${downAfterMs}`,
        `failover-timeout ${name} ${failoverTimeoutMs}`,
        `parallel-syncs ${name} ${parallelSyncs}`,
        ...(password === undefined ? [] : [`auth-pass ${name} ${password}`]),
        `config-epoch ${name} ${master.configEpoch}`,
        ...master.replicas.map((each) => `known-replica ${name} ${each.host} ${each.port}`),
        ...master.sentinels.map((each) => `known-sentinel ${name} ${each.host} ${each.port} ${each.runId}`),
      ].map(own);
    }),
    own(`current-epoch ${currentEpoch}`),
  ].join("\n")}\n`;
}
