/**
 * Runtimes by the names that containerd's configuration has for them: runc, and gVisor's runsc where somebody writes it down.
 * Upstream: containerd docs/cri/config.md; gVisor's containerd quick start.
 *
 * **Simplified:** what the file says counts from the next sandbox on, not from containerd's next start.
 */
import type { FileSystem } from "../../base/program.ts";

export const CONTAINERD_CONFIG = "/etc/containerd/config.toml";
/** What runs gVisor's containers. Nodes have it. */
export const RUNSC_SHIM = "/usr/local/bin/containerd-shim-runsc-v1";

export const DEFAULT_CONTAINERD_CONFIG = `version = 3

[plugins.'io.containerd.cri.v1.runtime'.containerd]
  default_runtime_name = 'runc'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
`;

const RUNC = "io.containerd.runc.v2";
const RUNSC = "io.containerd.runsc.v1";

/** Types of runtimes by their names. */
function runtimesIn(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let name: string | undefined;
  for (const line of text.split("\n")) {
    const [, section] = /^\s*\[(.+)\]\s*(?:#.*)?$/.exec(line) ?? [];
    if (section !== undefined) name = /\.runtimes\.['"]?([\w-]+)['"]?$/.exec(section.trim())?.[1];
    const [, type] = /^\s*runtime_type\s*=\s*['"]([^'"]*)['"]/.exec(line) ?? [];
    if (type !== undefined && name !== undefined) found.set(name, type);
  }
  return found;
}

export type Handler = { kind: "runc" | "runsc" } | { problem: (sandbox: string) => string };

/** What a handler's name stands for on a node with such a disk, which is made when it is asked for. */
export function handlerOf(name: string, diskOf: (() => FileSystem | undefined) | undefined): Handler {
  if (name === "" || name === "runc") return { kind: "runc" };
  const disk = diskOf?.();
  const text = disk?.exists(CONTAINERD_CONFIG) === true ? disk.readFile(CONTAINERD_CONFIG) : "";
  const type = runtimesIn(text).get(name);
  if (type === undefined) {
    return { problem: () => `failed to get sandbox runtime: no runtime for ${JSON.stringify(name)} is configured` };
  }
  if (type === RUNC) return { kind: "runc" };
  if (type === RUNSC && disk?.exists(RUNSC_SHIM) === true) return { kind: "runsc" };
  const shim = `containerd-shim-${type.split(".").slice(-2).join("-")}`;
  return {
    problem: (sandbox) =>
      `failed to start sandbox ${JSON.stringify(sandbox)}: failed to create containerd task: failed to start shim: failed to resolve runtime path: runtime ${JSON.stringify(type)} binary not installed ${JSON.stringify(shim)}: file does not exist`,
  };
}
