/** etcd's own authority and the certificates that it gave, as kubeadm leaves them. Upstream: kubeadm phases certs etcd-*. */
import { HOUR } from "../../base/time.ts";
import { CertificateAuthority, newCertificateRequest, parseCertificateRequest } from "../../base/x509/certificate.ts";
import type { CertificateRequest, Purpose } from "../../base/x509/certificate.ts";
import { newPrivateKey } from "../../base/x509/keys.ts";
import type { Name } from "../../base/x509/name.ts";
import { ETCD_PKI } from "./paths.ts";
import { clusterKeys } from "../../sim/cluster-keys.ts";
import type { Simulation } from "../../sim/simulation.ts";

const YEAR = 365 * 24 * HOUR;

const authorities = new WeakMap<Simulation, CertificateAuthority>();

export function etcdAuthority(sim: Simulation): CertificateAuthority {
  let authority = authorities.get(sim);
  if (authority === undefined) {
    const terms = {
      secret: `etcd ${clusterKeys(sim).tokenSecret}`,
      notBefore: sim.start,
      notAfter: sim.start + 10 * YEAR,
    };
    authority = new CertificateAuthority([["CN", "etcd-ca"]], terms);
    authorities.set(sim, authority);
  }
  return authority;
}

/** Files of a control-plane node by their paths. */
export function etcdCertificates(sim: Simulation, node: string): Record<string, string> {
  const authority = etcdAuthority(sim);
  const files: Record<string, string> = {
    [`${ETCD_PKI}/ca.crt`]: authority.certificate,
    [`${ETCD_PKI}/ca.key`]: newPrivateKey(`etcd ${clusterKeys(sim).tokenSecret}`),
  };
  const issue = (path: string, subject: Name, purposes: readonly Purpose[]): void => {
    const key = newPrivateKey(`${path} ${node} ${clusterKeys(sim).tokenSecret}`);
    const request = parseCertificateRequest(newCertificateRequest(subject, key)) as CertificateRequest;
    files[`${path}.key`] = key;
    files[`${path}.crt`] = authority.issue(request, { notBefore: sim.start, notAfter: sim.start + YEAR, purposes });
  };
  issue(`${ETCD_PKI}/server`, [["CN", node]], ["serverAuth", "clientAuth"]);
  issue(`${ETCD_PKI}/peer`, [["CN", node]], ["serverAuth", "clientAuth"]);
  issue(`${ETCD_PKI}/healthcheck-client`, [["CN", "kube-etcd-healthcheck-client"]], ["clientAuth"]);
  issue("/etc/kubernetes/pki/apiserver-etcd-client", [["CN", "kube-apiserver-etcd-client"]], ["clientAuth"]);
  return files;
}
