/**
 * The certificates and keys below /etc/kubernetes/pki, as kubeadm makes them: made when somebody first looks at one.
 * Upstream: cmd/kubeadm/app/phases/certs/certlist.go.
 *
 * **Simplified:** the front proxy's authority signs nothing that anybody checks.
 */
import { HOUR } from "../../base/time.ts";
import { CertificateAuthority } from "../../base/x509/certificate.ts";
import type { Purpose } from "../../base/x509/certificate.ts";
import { newPrivateKey, publicKeyOf } from "../../base/x509/keys.ts";
import { encodePem } from "../../base/x509/pem.ts";
import type { Name } from "../../base/x509/name.ts";
import { KUBERNETES_SERVICE_IP } from "../bootstrap.ts";
import { etcdAuthority, etcdAuthorityKey } from "../etcd/certificates.ts";
import { clusterKeys } from "../../sim/cluster-keys.ts";
import type { Simulation } from "../../sim/simulation.ts";

export const PKI = "/etc/kubernetes/pki";
/** `certificateValidityPeriod` of kubeadm; that of authorities is ten years. */
const YEAR = 365 * 24 * HOUR;
const API_NAMES = [
  "DNS:kubernetes",
  "DNS:kubernetes.default",
  "DNS:kubernetes.default.svc",
  "DNS:kubernetes.default.svc.cluster.local",
];

export interface PkiFacts {
  sim: Simulation;
  node: string;
  address: string;
}

export interface PkiFile {
  path: string;
  text: () => string;
  mode: number;
  /** Whose it is; default: root. */
  owner?: { uid: number; gid: number };
}

type Authority = "ca" | "etcd-ca" | "front-proxy-ca";

interface Leaf {
  /** Below PKI, without `.crt`. */
  file: string;
  /** As `kubeadm certs check-expiration` names it. */
  name: string;
  authority: Authority;
  subject: Name;
  purposes: readonly Purpose[];
  alternativeNames?: readonly string[];
}

const BOTH = ["serverAuth", "clientAuth"] as const;
const CLIENT = ["clientAuth"] as const;

/** In the order of `kubeadm certs check-expiration`. */
export function pkiLeaves({ node, address }: Pick<PkiFacts, "node" | "address">): Leaf[] {
  const hosts = [`DNS:${node}`, "DNS:localhost", `IP:${address}`, "IP:127.0.0.1"];
  const admins = (name: string): Name => [
    ["O", "kubeadm:cluster-admins"],
    ["CN", name],
  ];
  const leaf = (file: string, authority: Authority, rest: Pick<Leaf, "subject" | "purposes" | "alternativeNames">) => {
    const name = file.replace("/", "-");
    return { file, authority, name, ...rest };
  };
  const alternativeNames = [...[...API_NAMES, `DNS:${node}`].sort(), `IP:${KUBERNETES_SERVICE_IP}`, `IP:${address}`];
  return [
    leaf("apiserver", "ca", { subject: [["CN", "kube-apiserver"]], purposes: ["serverAuth"], alternativeNames }),
    leaf("apiserver-etcd-client", "etcd-ca", { subject: [["CN", "kube-apiserver-etcd-client"]], purposes: CLIENT }),
    leaf("apiserver-kubelet-client", "ca", { subject: admins("kube-apiserver-kubelet-client"), purposes: CLIENT }),
    leaf("etcd/healthcheck-client", "etcd-ca", { subject: [["CN", "kube-etcd-healthcheck-client"]], purposes: CLIENT }),
    leaf("etcd/peer", "etcd-ca", { subject: [["CN", node]], purposes: BOTH, alternativeNames: hosts }),
    leaf("etcd/server", "etcd-ca", { subject: [["CN", node]], purposes: BOTH, alternativeNames: hosts }),
    leaf("front-proxy-client", "front-proxy-ca", { subject: [["CN", "front-proxy-client"]], purposes: CLIENT }),
  ];
}

/** The authorities, by their files below PKI. */
const AUTHORITIES: Readonly<Record<Authority, string>> = {
  ca: "ca",
  "etcd-ca": "etcd/ca",
  "front-proxy-ca": "front-proxy-ca",
};

function authority(sim: Simulation, which: Authority): CertificateAuthority {
  if (which === "ca") return clusterKeys(sim).authority;
  if (which === "etcd-ca") return etcdAuthority(sim);
  const terms = { secret: authorityKey(sim, which), notBefore: sim.start, notAfter: sim.start + 10 * YEAR };
  return new CertificateAuthority([["CN", which]], terms);
}

function authorityKey(sim: Simulation, which: Authority): string {
  if (which === "ca") return clusterKeys(sim).authorityKey;
  return which === "etcd-ca" ? etcdAuthorityKey(sim) : newPrivateKey(`${which} ${clusterKeys(sim).tokenSecret}`);
}

/** A certificate of one of the authorities, with the key that belongs to it. `born`: when it begins to be good, `validity`: for how long. */
export function issue(
  sim: Simulation,
  leaf: Pick<Leaf, "file" | "authority" | "subject" | "purposes" | "alternativeNames">,
  born = sim.start,
  validity = YEAR,
): { certificate: string; key: string } {
  const name = born === sim.start ? leaf.file : `${leaf.file} ${born}`;
  const key = newPrivateKey(`${name} ${clusterKeys(sim).tokenSecret}`);
  const { subject, purposes, alternativeNames = [] } = leaf;
  const terms = { notBefore: born, notAfter: born + validity, purposes };
  const request = { subject, alternativeNames, publicKey: publicKeyOf(key) ?? [] };
  return { certificate: authority(sim, leaf.authority).issue(request, terms), key };
}

/** Of a control-plane node all files, of any other the authority alone. */
export function pkiFiles(facts: PkiFacts, role: "control-plane" | "worker"): PkiFile[] {
  const { sim } = facts;
  const ca: PkiFile = { path: `${PKI}/ca.crt`, mode: 0o644, text: () => authority(sim, "ca").certificate };
  if (role === "worker") return [ca];
  const file = (name: string, text: () => string): PkiFile => ({
    ...{ path: `${PKI}/${name}`, text, mode: name.endsWith(".key") ? 0o600 : 0o644 },
  });
  const files: PkiFile[] = [];
  for (const which of Object.keys(AUTHORITIES) as Authority[]) {
    const name = AUTHORITIES[which];
    files.push(file(`${name}.crt`, () => authority(sim, which).certificate));
    files.push(file(`${name}.key`, () => authorityKey(sim, which)));
  }
  for (const leaf of pkiLeaves(facts)) {
    files.push(file(`${leaf.file}.crt`, () => issue(sim, leaf).certificate));
    files.push(file(`${leaf.file}.key`, () => issue(sim, leaf).key));
  }
  const tokenKey = (): string => newPrivateKey(`sa ${clusterKeys(sim).tokenSecret}`);
  files.push(file("sa.key", tokenKey));
  files.push(file("sa.pub", () => encodePem({ type: "PUBLIC KEY", bytes: publicKeyOf(tokenKey()) ?? [] })));
  return files;
}
