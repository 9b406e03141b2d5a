/**
 * systemctl and journalctl on a node, for kubelet and containerd. Upstream: systemctl(1), journalctl(1).
 * **Simplified:** those two units alone are there; containerd can be looked at and not stopped.
 */
import type { Program } from "../../base/program.ts";
import { sleep } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";
import { parseTime } from "../../base/time.ts";
import type { JournalLine } from "../../kubelet/kubelet-log.ts";
import { defineCommand } from "../../userland/command.ts";
import type { CommandIo } from "../../userland/command.ts";
import { formatDate } from "../../userland/date-format.ts";
import { matchPattern } from "../../userland/shell/pattern.ts";
import { isRoot } from "./is-root.ts";
import { execStart, UNIT_PATHS } from "./kubelet-unit.ts";
import { statusText } from "./kubelet-service.ts";
import { CONTAINERD_PID } from "./node-daemons.ts";
import type { NodeHost } from "./node-host.ts";

const STAMP = "%b %d %H:%M:%S";
const SINCE = "%a %Y-%m-%d %H:%M:%S UTC";
const SHOWN_LINES = 10;
/** Milliseconds between two looks at what a follower has not seen. */
const LOOK_EVERY = 200;
const CHANGES = ["start", "stop", "restart", "enable", "disable", "reload", "mask", "unmask"];
/** What is asked of a unit. */
const OF_UNITS = [...CHANGES, "is-active", "is-enabled", "status", "cat"];

export function systemctl(host: NodeHost): Program {
  return defineCommand({
    name: "systemctl",
    usage: "systemctl [OPTIONS...] COMMAND UNIT\n\nQuery or send control commands to the system manager.",
    options: {
      flags: "la",
      values: "t",
      long: { "no-pager": "P", full: "l", now: "w", all: "a", "type=": "t", "state=": "S" },
    },
    *run(io): Call<number> {
      const [verb = "list-units", ...names] = io.operands;
      if (verb === "daemon-reload") return 0;
      if (verb === "list-units") return yield* listUnits(host, io);
      if (!OF_UNITS.includes(verb)) {
        yield* io.complain(`${verb} is not simulated`);
        return 1;
      }
      if (names.length === 0) {
        yield* io.complain("Too few arguments.");
        return 1;
      }
      if (verb === "is-active" || verb === "is-enabled") return yield* stateOf(host, io, verb);
      let status = 0;
      for (const name of names) {
        const unit = name.replace(/\.service$/, "");
        status = (yield* doWith(host, io, { verb, unit })) || status;
      }
      return status;
    },
  }).program("debian");
}

function* doWith(host: NodeHost, io: CommandIo, what: { verb: string; unit: string }): Call<number> {
  const { verb, unit } = what;
  if (unit !== "kubelet" && unit !== "containerd") return yield* unknown(io, verb, unit);
  if (CHANGES.includes(verb)) return yield* change(host, io, what);
  if (verb === "cat" && unit === "kubelet") {
    const { disk } = host.kubelet;
    const files = UNIT_PATHS.filter((path) => disk.exists(path));
    yield* io.out(files.map((path) => `# ${path}\n${disk.readFile(path)}`).join("\n"));
    return 0;
  }
  const active = unit === "kubelet" ? host.service.state : "active";
  if (verb === "status") {
    yield* io.out(unit === "kubelet" ? kubeletStatus(host) : containerdStatus(host));
    return active === "inactive" ? 3 : 0;
  }
  yield* io.complain(`${verb} is not simulated`);
  return 1;
}

/** systemctl [list-units] [--type=service] [--state=running,failed,…] [--all] [PATTERN] */
function* listUnits(host: NodeHost, io: CommandIo): Call<number> {
  if ((io.value("t") ?? "service") !== "service") {
    yield* io.complain("only services are simulated");
    return 1;
  }
  const kubelet = {
    active: ["active", "running"],
    inactive: ["inactive", "dead"],
    activating: ["activating", "auto-restart"],
  }[host.service.state];
  const units = [
    ["containerd.service", "loaded", "active", "running", "containerd container runtime"],
    ["kubelet.service", "loaded", ...kubelet, "kubelet: The Kubernetes Node Agent"],
  ];
  const states = io.value("S")?.split(",");
  const patterns = io.operands.slice(1);
  const shown = units.filter(([name = "", , active = "", sub = ""]) => {
    const isNamed = patterns.some((pattern) => matchPattern(pattern, name) || `${pattern}.service` === name);
    if (patterns.length > 0 && !isNamed) return false;
    return states === undefined
      ? io.has("a") || active !== "inactive"
      : [active, sub].some((it) => states.includes(it));
  });
  const rows = [["UNIT", "LOAD", "ACTIVE", "SUB", "DESCRIPTION"], ...shown];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const lines = rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" ")}`);
  const legend = [
    "Legend: LOAD   → Reflects whether the unit definition was properly loaded.",
    "        ACTIVE → The high-level unit activation state, i.e. generalization of SUB.",
    "        SUB    → The low-level unit activation state, values depend on unit type.",
    "",
    `${shown.length} loaded units listed.${io.has("a") ? "" : " Pass --all to see loaded but inactive units, too."}`,
    "To show all installed unit files use 'systemctl list-unit-files'.",
  ];
  yield* io.out([...lines, "", ...legend].map((line) => `${line}\n`).join(""));
  return 0;
}

/** A line for each unit; good when one of them is what was asked for. */
function* stateOf({ service }: NodeHost, io: CommandIo, verb: "is-active" | "is-enabled"): Call<number> {
  const states = io.operands.slice(1).map((name) => {
    const unit = name.replace(/\.service$/, "");
    if (unit === "containerd") return verb === "is-active" ? "active" : "enabled";
    if (unit !== "kubelet") return verb === "is-active" ? "inactive" : "not-found";
    return verb === "is-active" ? service.state : service.enabled ? "enabled" : "disabled";
  });
  yield* io.out(states.map((state) => `${state}\n`).join(""));
  if (verb === "is-active") return states.includes("active") ? 0 : 3;
  if (states.includes("enabled")) return 0;
  return states.includes("not-found") ? 4 : 1;
}

function* unknown(io: CommandIo, verb: string, unit: string): Call<number> {
  if (verb === "status") yield* io.complain(`Unit ${unit}.service could not be found.`.replace(/^/, ""));
  else yield* io.complain(`Failed to ${verb} ${unit}.service: Unit ${unit}.service not found.`);
  return verb === "status" ? 4 : 5;
}

function* change(host: NodeHost, io: CommandIo, what: { verb: string; unit: string }): Call<number> {
  const { verb, unit } = what;
  const { service } = host;
  if (!isRoot(io.ctx)) {
    yield* io.complain(`Failed to ${verb} ${unit}.service: Access denied`);
    return 4;
  }
  // Containers go on without containerd, and it is back at once.
  if (unit === "containerd" && ["start", "restart", "enable"].includes(verb)) return 0;
  if (unit !== "kubelet" || !["start", "stop", "restart", "enable", "disable"].includes(verb)) {
    yield* io.complain(`${verb} ${unit} is not simulated`);
    return 1;
  }
  const link = "/etc/systemd/system/multi-user.target.wants/kubelet.service";
  if (verb === "enable" && !service.enabled) {
    yield* io.out(`Created symlink '${link}' → '/usr/lib/systemd/system/kubelet.service'.\n`);
  }
  if (verb === "disable" && service.enabled) yield* io.out(`Removed '${link}'.\n`);
  if (verb === "enable" || verb === "disable") service.enabled = verb === "enable";
  const now = io.has("w");
  if (verb === "stop" || verb === "restart" || (verb === "disable" && now)) service.stop();
  if (verb === "start" || verb === "restart" || (verb === "enable" && now)) service.start();
  return 0;
}

function kubeletStatus(host: NodeHost): string {
  const { service, kubelet } = host;
  const since = `${formatDate(service.since, SINCE)}; ${span(kubelet.sim.now - service.since)} ago`;
  const able = service.enabled ? "enabled" : "disabled";
  const running = service.state === "active";
  const active = {
    active: `active (running) since ${since}`,
    inactive: `inactive (dead) since ${since}`,
    activating: `activating (auto-restart) (Result: exit-code) since ${since}`,
  }[service.state];
  const ended = `    Process: ${service.pid} ExecStart=${execStart(kubelet.disk)} (code=exited, status=${statusText(service.exitCode ?? 0)})`;
  const lines = [
    `${running ? "●" : service.state === "activating" ? "●" : "○"} kubelet.service - kubelet: The Kubernetes Node Agent`,
    `     Loaded: loaded (/usr/lib/systemd/system/kubelet.service; ${able}; preset: enabled)`,
    "    Drop-In: /usr/lib/systemd/system/kubelet.service.d",
    "             └─10-kubeadm.conf",
    `     Active: ${active}`,
    "       Docs: https://kubernetes.io/docs/",
    ...(running ? [] : [ended]),
    `   Main PID: ${service.pid} ${running ? "(kubelet)" : `(code=exited, status=${statusText(service.exitCode ?? 0)})`}`,
    ...(running
      ? ["     CGroup: /system.slice/kubelet.service", `             └─${service.pid} ${service.argv.join(" ")}`]
      : []),
    "",
    ...kubelet.log.lines.slice(-SHOWN_LINES).map((line) => journalLine(host, line)),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function containerdStatus(host: NodeHost): string {
  const since = host.poweredSince;
  return [
    "● containerd.service - containerd container runtime",
    "     Loaded: loaded (/usr/lib/systemd/system/containerd.service; enabled; preset: enabled)",
    `     Active: active (running) since ${formatDate(since, SINCE)}; ${span(host.kubelet.sim.now - since)} ago`,
    "       Docs: https://containerd.io",
    `   Main PID: ${CONTAINERD_PID} (containerd)`,
    "",
  ].join("\n");
}

export function journalctl(host: NodeHost): Program {
  return defineCommand({
    name: "journalctl",
    usage: "journalctl [OPTIONS...] [MATCHES...]\n\nQuery the journal.",
    options: {
      flags: "rexqf",
      values: "unS",
      long: { "no-pager": "P", "unit=": "u", "lines=": "n", reverse: "r", follow: "f", "since=": "S" },
    },
    *run(io): Call<number> {
      const unit = (io.value("u") ?? "kubelet").replace(/\.service$/, "");
      if (unit !== "kubelet") {
        yield* io.out("-- No entries --\n");
        return 0;
      }
      const since = sinceWhen(io.value("S"), io.ctx.now());
      if (since === undefined) {
        yield* io.complain(`Failed to parse timestamp: ${io.value("S")}`);
        return 1;
      }
      const following = io.has("f");
      const count = Number(io.value("n") ?? (following ? SHOWN_LINES : Number.POSITIVE_INFINITY));
      const lines = host.kubelet.log.lines.filter(({ time }) => time >= since);
      const shown = lines.slice(Math.max(0, lines.length - count));
      if (io.has("r")) shown.reverse();
      if (following) return yield* follow(host, io, shown);
      for (const line of shown) yield* io.out(`${journalLine(host, line)}\n`);
      if (shown.length === 0) yield* io.out("-- No entries --\n");
      return 0;
    },
  }).program("debian");
}

/** Those that are there, then the others as they come, until somebody ends it. */
function* follow(host: NodeHost, io: CommandIo, first: readonly JournalLine[]): Call<never> {
  const { log } = host.kubelet;
  let last = log.lines.at(-1);
  let lines = first;
  for (;;) {
    for (const line of lines) yield* io.out(`${journalLine(host, line)}\n`);
    yield* sleep(LOOK_EVERY);
    lines = log.lines.slice(last === undefined ? 0 : log.lines.lastIndexOf(last) + 1);
    last = lines.at(-1) ?? last;
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** systemd.time(7): `10 min ago`, `-1h`, `today`, `2026-01-01 00:10:00`; undefined when it can't be read. */
function sinceWhen(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return 0;
  const relative = /^(?:-\s*(\d+)\s*([a-z]+)|(\d+)\s*([a-z]+)\s+ago)$/.exec(text.trim());
  if (relative !== null) {
    const [, minus, minusUnit, count = minus, name = minusUnit ?? ""] = relative;
    const unit = /^(s|sec|seconds?|m|min|minutes?|h|hr|hours?|d|days?)$/.test(name) ? UNITS[name[0] ?? ""] : undefined;
    return unit === undefined ? undefined : now - Number(count) * unit;
  }
  if (text === "now") return now;
  if (text === "today") return now - (now % 86_400_000);
  const stamp = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(:\d\d)?)?$/.exec(text);
  if (stamp === null) return undefined;
  const [, day, time = "00:00", seconds = ":00"] = stamp;
  return parseTime(`${day}T${time}${seconds}Z`);
}

function journalLine({ name }: NodeHost, { time, text }: JournalLine): string {
  return `${formatDate(time, STAMP)} ${name} ${text}`;
}

/** `2min 5s`, as systemd tells how long ago something was. */
function span(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days} day${days > 1 ? "s" : ""}`;
  if (hours > 0) return minutes > 0 ? `${hours}h ${minutes}min` : `${hours}h`;
  if (seconds >= 60) return `${minutes}min${seconds % 60 > 0 && minutes < 10 ? ` ${seconds % 60}s` : ""}`;
  return `${seconds}s`;
}
