/**
 * systemctl and journalctl on a node, for kubelet and containerd. Upstream: systemctl(1), journalctl(1).
 * **Simplified:** those two units alone are there; containerd can be looked at and not stopped.
 */
import type { Program } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import type { JournalLine } from "../../kubelet/kubelet-log.ts";
import { defineCommand } from "../../userland/command.ts";
import type { CommandIo } from "../../userland/command.ts";
import { formatDate } from "../../userland/date-format.ts";
import { isRoot } from "./is-root.ts";
import { UNIT_PATHS } from "./kubelet-unit.ts";
import { statusText } from "./kubelet-service.ts";
import type { NodeHost } from "./node-host.ts";

const STAMP = "%b %d %H:%M:%S";
const SINCE = "%a %Y-%m-%d %H:%M:%S UTC";
const SHOWN_LINES = 10;
export const KUBELET_ARGS =
  "/usr/bin/kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml";
const CHANGES = ["start", "stop", "restart", "enable", "disable", "reload", "mask", "unmask"];

export function systemctl(host: NodeHost): Program {
  return defineCommand({
    name: "systemctl",
    usage: "systemctl [OPTIONS...] COMMAND UNIT\n\nQuery or send control commands to the system manager.",
    options: { flags: "l", long: { "no-pager": "P", full: "l", now: "w" } },
    *run(io): Call<number> {
      const [verb = "", name = ""] = io.operands;
      const unit = name.replace(/\.service$/, "");
      if (verb === "daemon-reload") return 0;
      if (verb === "") {
        yield* io.out("kubelet.service\ncontainerd.service\n");
        return 0;
      }
      if (unit === "") {
        yield* io.complain("Too few arguments.");
        return 1;
      }
      if (unit !== "kubelet" && unit !== "containerd") return yield* unknown(io, verb, unit);
      if (CHANGES.includes(verb)) return yield* change(host, io, { verb, unit });
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
      if (verb === "is-active") {
        yield* io.out(`${active}\n`);
        return active === "active" ? 0 : 3;
      }
      if (verb === "is-enabled") {
        const enabled = unit !== "kubelet" || host.service.enabled;
        yield* io.out(`${enabled ? "enabled" : "disabled"}\n`);
        return enabled ? 0 : 1;
      }
      yield* io.complain(`${verb} is not simulated`);
      return 1;
    },
  }).program("debian");
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
  const ended = `    Process: ${service.pid} ExecStart=${KUBELET_ARGS} (code=exited, status=${statusText(service.exitCode ?? 0)})`;
  const lines = [
    `${running ? "●" : service.state === "activating" ? "●" : "○"} kubelet.service - kubelet: The Kubernetes Node Agent`,
    `     Loaded: loaded (/usr/lib/systemd/system/kubelet.service; ${able}; preset: enabled)`,
    "    Drop-In: /usr/lib/systemd/system/kubelet.service.d",
    "             └─10-kubeadm.conf",
    `     Active: ${active}`,
    "       Docs: https://kubernetes.io/docs/",
    ...(running ? [] : [ended]),
    `   Main PID: ${service.pid} ${running ? "(kubelet)" : `(code=exited, status=${statusText(service.exitCode ?? 0)})`}`,
    ...(running ? ["     CGroup: /system.slice/kubelet.service", `             └─${service.pid} ${KUBELET_ARGS}`] : []),
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
    "   Main PID: 640 (containerd)",
    "",
  ].join("\n");
}

export function journalctl(host: NodeHost): Program {
  return defineCommand({
    name: "journalctl",
    usage: "journalctl [OPTIONS...] [MATCHES...]\n\nQuery the journal.",
    options: { flags: "rexq", values: "un", long: { "no-pager": "P", "unit=": "u", "lines=": "n", reverse: "r" } },
    *run(io): Call<number> {
      const unit = (io.value("u") ?? "").replace(/\.service$/, "");
      if (unit !== "kubelet") {
        yield* io.out("-- No entries --\n");
        return 0;
      }
      const count = Number(io.value("n") ?? Number.POSITIVE_INFINITY);
      const { lines } = host.kubelet.log;
      const shown = lines.slice(Math.max(0, lines.length - count));
      if (io.has("r")) shown.reverse();
      for (const line of shown) yield* io.out(`${journalLine(host, line)}\n`);
      if (shown.length === 0) yield* io.out("-- No entries --\n");
      return 0;
    },
  }).program("debian");
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
