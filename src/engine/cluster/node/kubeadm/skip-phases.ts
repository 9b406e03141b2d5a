/**
 * `--skip-phases` of init. Upstream: cmd/kubeadm/app/cmd/phases/workflow/runner.go.
 *
 * **Simplified:** a phase without which there is no control plane can't be skipped.
 */
import { KubeadmError } from "./subcommand.ts";

/** By name: whether init can do without it. Parts come behind a slash. */
const PHASES: ReadonlyMap<string, boolean> = new Map([
  ...["preflight", "upload-certs", "mark-control-plane", "bootstrap-token", "show-join-command"].map(optional),
  ...["kubelet-finalize", "addon", "addon/coredns", "addon/kube-proxy"].map(optional),
  ...["certs", "kubeconfig", "etcd", "etcd/local", "control-plane", "kubelet-start", "wait-control-plane"].map(needed),
  ...["control-plane/apiserver", "control-plane/controller-manager", "control-plane/scheduler"].map(needed),
  ...["upload-config", "upload-config/kubeadm", "upload-config/kubelet"].map(needed),
]);

function optional(name: string): [string, boolean] {
  return [name, true];
}

function needed(name: string): [string, boolean] {
  return [name, false];
}

/** Whether a phase is to run, by its name. Throws a KubeadmError. */
export function phasesToRun(skipped: readonly string[]): (name: string) => boolean {
  for (const name of skipped) {
    const known = PHASES.get(name);
    if (known === undefined) throw new KubeadmError(`invalid phase name: ${name}`);
    if (!known) throw new KubeadmError(`--skip-phases=${name} is not simulated`);
  }
  const all = new Set(skipped);
  return (name) => !all.has(name) && !all.has(name.replace(/\/.*/, ""));
}
