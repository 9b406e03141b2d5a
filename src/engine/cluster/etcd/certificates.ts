/** etcd's own authority. Upstream: kubeadm phase certs etcd-ca. */
import { HOUR } from "../../base/time.ts";
import { CertificateAuthority } from "../../base/x509/certificate.ts";
import { newPrivateKey } from "../../base/x509/keys.ts";
import { clusterKeys } from "../../sim/cluster-keys.ts";
import type { Simulation } from "../../sim/simulation.ts";

const YEAR = 365 * 24 * HOUR;

const authorities = new WeakMap<Simulation, CertificateAuthority>();

/** PEM of its key, with which it signs. */
export function etcdAuthorityKey(sim: Simulation): string {
  return newPrivateKey(`etcd ${clusterKeys(sim).tokenSecret}`);
}

export function etcdAuthority(sim: Simulation): CertificateAuthority {
  let authority = authorities.get(sim);
  if (authority === undefined) {
    const terms = {
      secret: etcdAuthorityKey(sim),
      notBefore: sim.start,
      notAfter: sim.start + 10 * YEAR,
    };
    authority = new CertificateAuthority([["CN", "etcd-ca"]], terms);
    authorities.set(sim, authority);
  }
  return authority;
}
