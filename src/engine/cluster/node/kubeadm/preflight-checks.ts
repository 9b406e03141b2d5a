/** What kubeadm looks at on a machine before it does anything. Upstream: cmd/kubeadm/app/preflight/checks.go. */
import type { FileSystem } from "../../../base/program.ts";
import { ETCD_DATA } from "../../etcd/paths.ts";
import { MANIFESTS } from "../node-manifests.ts";
import { STATIC_COMPONENTS } from "./cluster-health.ts";
import type { KubeadmCall } from "./subcommand.ts";

/** A file that is to be written must not be there. */
export function fileProblem(disk: FileSystem, path: string): { check: string; problem: string }[] {
  if (!disk.exists(path)) return [];
  return [{ check: `FileAvailable-${path.replaceAll("/", "-")}`, problem: `${path} already exists` }];
}

/** Pods' packets must pass. */
export function forwardingProblem(disk: FileSystem): { check: string; problem: string }[] {
  const path = "/proc/sys/net/ipv4/ip_forward";
  if (!disk.exists(path) || disk.readFile(path).trim() === "1") return [];
  return [{ check: `FileContent-${path.replaceAll("/", "-")}`, problem: `${path} contents are not set to 1` }];
}

export function kubeletPortProblem(active: boolean): { check: string; problem: string }[] {
  return active ? [{ check: "Port-10250", problem: "Port 10250 is in use" }] : [];
}

/** What must not be there yet where a control plane is to run. */
export function controlPlaneProblems({ host }: KubeadmCall): { check: string; problem: string }[] {
  const { serverPort } = host;
  const { disk } = host.kubelet;
  const taken = host.runs("kube-apiserver")
    ? [{ check: `Port-${serverPort}`, problem: `Port ${serverPort} is in use` }]
    : [];
  const files = [...STATIC_COMPONENTS, "etcd"].flatMap((name) => fileProblem(disk, `${MANIFESTS}/${name}.yaml`));
  const etcd =
    disk.exists(ETCD_DATA) && disk.readdir(ETCD_DATA).length > 0
      ? [{ check: "DirAvailable--var-lib-etcd", problem: "/var/lib/etcd is not empty" }]
      : [];
  return [...taken, ...files, ...forwardingProblem(disk), ...etcd];
}
