/**
 * `kubeadm certs renew` and the renewal that an upgrade brings. Upstream: cmd/kubeadm/app/phases/certs/renewal,
 * cmd/kubeadm/app/cmd/certs.go.
 *
 * **Simplified:** who reads a certificate has the file's at once, not from its next start on; the API server goes on showing
 * the one that it was made with.
 */
import { parseCertificate } from "../../../base/x509/certificate.ts";
import { OWNERS, ownerKubeconfig } from "../kubeconfig-files.ts";
import type { NodeHost } from "../node-host.ts";
import { issue, PKI, pkiLeaves } from "../pki-files.ts";
import { adminClient } from "./admin-client.ts";
import { readingConfiguration } from "./cluster-configuration.ts";
import { KubeadmError } from "./subcommand.ts";
import type { Subcommand } from "./subcommand.ts";

/** By name, in the order of `renew all`. */
const TITLES: Readonly<Record<string, string>> = {
  "admin.conf": "certificate embedded in the kubeconfig file for the admin to use and for kubeadm itself",
  apiserver: "certificate for serving the Kubernetes API",
  "apiserver-etcd-client": "certificate the apiserver uses to access etcd",
  "apiserver-kubelet-client": "certificate for the API server to connect to kubelet",
  "controller-manager.conf": "certificate embedded in the kubeconfig file for the controller manager to use",
  "etcd-healthcheck-client": "certificate for liveness probes to healthcheck etcd",
  "etcd-peer": "certificate for etcd nodes to communicate with each other",
  "etcd-server": "certificate for serving etcd",
  "front-proxy-client": "certificate for the front proxy client",
  "scheduler.conf": "certificate embedded in the kubeconfig file for the scheduler manager to use",
  "super-admin.conf": "certificate embedded in the kubeconfig file for the super-admin",
};

export const renewCertificates: Subcommand = {
  flags: "",
  *run(call) {
    const [which] = call.operands;
    if (which === undefined) {
      throw new KubeadmError('missing subcommand; "renew" is not meant to be run on its own');
    }
    if (which !== "all" && !(which in TITLES)) {
      throw new KubeadmError(`unknown command ${JSON.stringify(which)} for "kubeadm certs renew"`);
    }
    adminClient(call);
    yield* call.out(`${readingConfiguration("renew")}\n`);
    for (const name of which === "all" ? Object.keys(TITLES) : [which]) {
      if (call.privilegeProblem.length > 0) {
        throw new KubeadmError(`open ${pathsOf(call.host, name)[0]}: permission denied`);
      }
      const renewed = renew(call.host, name);
      yield* call.out(renewed ? `${TITLES[name]} renewed\n` : `MISSING! ${TITLES[name]}\n`);
    }
    if (which === "all") {
      yield* call.out(
        "\nDone renewing certificates. You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they can use the new certificates.\n",
      );
    }
    return 0;
  },
};

function pathsOf(host: NodeHost, name: string): string[] {
  if (name in OWNERS) return [`/etc/kubernetes/${name}`];
  const leaf = leafOf(host, name);
  return [`${PKI}/${leaf?.file}.crt`, `${PKI}/${leaf?.file}.key`];
}

function leafOf({ kubelet: { node } }: NodeHost, name: string) {
  return pkiLeaves({ node: node.name, address: node.address }).find((each) => each.name === name);
}

/** Writes a certificate that begins now in place of the one that is there; false when there is none. */
export function renew(host: NodeHost, name: string): boolean {
  const { disk, sim, node } = host.kubelet;
  const paths = pathsOf(host, name);
  if (!paths.every((path) => disk.exists(path))) return false;
  const [first = "", second] = paths;
  const leaf = leafOf(host, name);
  if (leaf === undefined || second === undefined) {
    const facts = { sim, node: node.name, address: node.address, server: host.server, local: host.localServer };
    disk.writeFile(first, ownerKubeconfig(facts, name, sim.now));
    return true;
  }
  // For whom it is good stays as it was.
  const { alternativeNames = leaf.alternativeNames } = parseCertificate(disk.readFile(first)) ?? {};
  const { certificate, key } = issue(sim, { ...leaf, ...(alternativeNames && { alternativeNames }) }, sim.now);
  disk.writeFile(first, certificate);
  disk.writeFile(second, key);
  return true;
}
