/**
 * What makes somebody the administrator: a client certificate as in kubeadm's admin.conf or minikube's profile, and a
 * bearer token (`--token-auth-file`) for clients that can't show one.
 */
import { parseCertificateRequest, newCertificateRequest } from "../base/x509/certificate.ts";
import type { CertificateRequest } from "../base/x509/certificate.ts";
import { newPrivateKey } from "../base/x509/keys.ts";
import type { Name } from "../base/x509/name.ts";
import { HOUR } from "../base/time.ts";
import { clusterKeys } from "../sim/cluster-keys.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { Preset } from "./presets.ts";

const YEAR = 365 * 24 * HOUR;

export interface AdminCredential {
  /** All PEM. */
  authority: string;
  certificate: string;
  key: string;
  token: string;
}

export function adminCredential(sim: Simulation, preset: Pick<Preset, "name">): AdminCredential {
  const { authority, adminToken } = clusterKeys(sim);
  const subject: Name =
    preset.name === "minikube"
      ? [
          ["O", "system:masters"],
          ["CN", "minikube-user"],
        ]
      : [
          ["O", "kubeadm:cluster-admins"],
          ["CN", "kubernetes-admin"],
        ];
  const key = newPrivateKey(`admin ${adminToken}`);
  const request = parseCertificateRequest(newCertificateRequest(subject, key)) as CertificateRequest;
  // Ten years: the learner's session outlives kubeadm's one.
  const terms = { notBefore: sim.start, notAfter: sim.start + 10 * YEAR, purposes: ["clientAuth"] as const };
  return { authority: authority.certificate, certificate: authority.issue(request, terms), key, token: adminToken };
}
