/**
 * The kubelet's unit and kubeadm's drop-in, and which program with which arguments they start.
 * Upstream: kubernetes/release packages kubelet.service and 10-kubeadm.conf; systemd.service(5).
 *
 * **Simplified:** they are read at each start, without `systemctl daemon-reload`.
 */
import type { FileSystem } from "../../base/program.ts";
import { KUBELET_CONFIG } from "./kubelet-configuration.ts";
import { KUBELET_KUBECONFIG } from "./kubeconfig-files.ts";

export const KUBELET_PROGRAM = "/usr/bin/kubelet";
const UNIT = "/usr/lib/systemd/system/kubelet.service";
const DROP_IN = "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf";
export const UNIT_PATHS: readonly string[] = [UNIT, DROP_IN];
export const FLAGS_FILE = "/var/lib/kubelet/kubeadm-flags.env";

export const UNIT_FILES: Readonly<Record<string, string>> = {
  [UNIT]: `[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=${KUBELET_PROGRAM}
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
`,
  [DROP_IN]: `[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=${KUBELET_KUBECONFIG}"
Environment="KUBELET_CONFIG_ARGS=--config=${KUBELET_CONFIG}"
EnvironmentFile=-${FLAGS_FILE}
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=${KUBELET_PROGRAM} $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`,
  [FLAGS_FILE]: `KUBELET_KUBEADM_ARGS=""\n`,
};

/** What the unit starts, in its own words. */
export function execStart(disk: FileSystem): string {
  return readUnit(disk).command.join(" ");
}

/** The command line that systemd makes of the files. */
export function kubeletCommand(disk: FileSystem): string[] {
  const { command, environment } = readUnit(disk);
  return command.flatMap((word) => {
    const [, name] = /^\$\{?(\w+)\}?$/.exec(word) ?? [];
    return name === undefined ? [word] : (environment[name] ?? "").split(/\s+/).filter((each) => each !== "");
  });
}

function readUnit(disk: FileSystem): { command: string[]; environment: Record<string, string> } {
  const environment: Record<string, string> = {};
  let command: string[] = [];
  for (const file of UNIT_PATHS) {
    for (const line of textOf(disk, file).split("\n")) {
      const [, key = "", value = ""] = /^(\w+)=(.*)$/.exec(line.trim()) ?? [];
      if (key === "Environment") assign(environment, value);
      if (key === "EnvironmentFile") {
        for (const entry of textOf(disk, value.replace(/^-/, "")).split("\n")) assign(environment, entry);
      }
      // An empty one takes back those before it.
      if (key === "ExecStart") command = value.split(/\s+/).filter((word) => word !== "");
    }
  }
  return { command, environment };
}

function assign(environment: Record<string, string>, text: string): void {
  const [, name, value = ""] = /^\s*"?(\w+)=(.*?)"?\s*$/.exec(text) ?? [];
  if (name !== undefined) environment[name] = value.replace(/^"/, "");
}

function textOf(disk: FileSystem, path: string): string {
  return disk.exists(path) && disk.stat(path).type === "file" ? disk.readFile(path) : "";
}

const KNOWN: ReadonlySet<string> = new Set(["bootstrap-kubeconfig", "config", "feature-gates", "kubeconfig"]);

/** The paths that the flags name, or the words of the flag library for what can't be read. */
export function kubeletFlags(words: readonly string[]): ReadonlyMap<string, string> | { error: string } {
  const flags = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const [, name, , given] = /^--([^=]+)(=(.*))?$/s.exec(words[at] as string) ?? [];
    if (name === undefined) return { error: `unknown command ${words[at]}` };
    if (!KNOWN.has(name)) return { error: `failed to parse kubelet flag: unknown flag: --${name}` };
    const value = given ?? words[++at];
    if (value === undefined) return { error: `failed to parse kubelet flag: flag needs an argument: --${name}` };
    flags.set(name, value);
  }
  return flags;
}
