/** What init and join write on a machine that is to run a control plane. Upstream: cmd/kubeadm/app/phases/{certs,controlplane}. */
import { ETCD_DATA } from "../../etcd/paths.ts";
import { MANIFESTS } from "../node-manifests.ts";
import { issue, PKI, pkiLeaves } from "../pki-files.ts";
import type { PkiFile } from "../pki-files.ts";
import { withExtras } from "./manifest-extras.ts";
import type { Extras } from "./manifest-extras.ts";
import type { KubeadmCall } from "./subcommand.ts";

/** The API server's, for more names than by itself, unless it is there. */
export function writeServerCertificate({ host }: KubeadmCall, names: readonly string[]): void {
  const { disk, node, sim } = host.kubelet;
  if (names.length === 0 || disk.exists(`${PKI}/apiserver.crt`)) return;
  const [leaf] = pkiLeaves({ node: node.name, address: node.address });
  if (leaf === undefined) return;
  const made = issue(sim, { ...leaf, alternativeNames: [...(leaf.alternativeNames ?? []), ...names] }, sim.now);
  disk.mkdir(PKI, { recursive: true });
  disk.writeFile(`${PKI}/apiserver.crt`, made.certificate, { mode: 0o644 });
  disk.writeFile(`${PKI}/apiserver.key`, made.key, { mode: 0o600 });
}

export function writeMissing({ host }: KubeadmCall, { path, text, mode }: PkiFile): void {
  const { disk } = host.kubelet;
  disk.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
  if (!disk.exists(path)) disk.writeFile(path, text(), { mode });
}

/** Of those of the components that `wanted` says. */
export function writeManifests(
  { host }: KubeadmCall,
  release: string,
  extras: ReadonlyMap<string, Extras>,
  wanted: (component: string) => boolean = () => true,
): void {
  const { disk } = host.kubelet;
  host.adoptRelease(release);
  disk.mkdir(MANIFESTS, { recursive: true });
  disk.mkdir(ETCD_DATA, { recursive: true });
  for (const [name, text] of host.manifestsAt(release)) {
    if (!wanted(name)) continue;
    disk.writeFile(`${MANIFESTS}/${name}.yaml`, withExtras(text, extras.get(name)), { mode: 0o600 });
  }
}
