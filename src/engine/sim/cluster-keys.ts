/**
 * The secrets of a cluster's control plane, which its parts share as files below /etc/kubernetes/pki: the authority that
 * signs client certificates (ca.key) and the key of service account tokens (sa.key). Upstream: kubeadm's phase `certs`.
 */
import { HOUR } from "../base/time.ts";
import { CertificateAuthority } from "../base/x509/certificate.ts";
import { newPrivateKey } from "../base/x509/keys.ts";
import type { Simulation } from "./simulation.ts";

const TEN_YEARS = 3650 * 24 * HOUR;
const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";

export class ClusterKeys {
  /** Signs service account tokens. */
  readonly tokenSecret: string;
  /** The static bearer token of the administrator, for clients that can't present a certificate. */
  readonly adminToken: string;
  private readonly authoritySecret: string;
  private readonly born: number;
  private ca: CertificateAuthority | undefined;

  constructor(sim: Simulation) {
    const random = sim.random("cluster-keys");
    const text = (length: number): string =>
      Array.from({ length }, () => ALPHABET[random.int(ALPHABET.length)]).join("");
    this.born = sim.start;
    this.tokenSecret = text(32);
    this.authoritySecret = text(32);
    this.adminToken = text(32);
  }

  /** The authority's private key, as PEM: who has it signs what the authority's certificate vouches for. */
  get authorityKey(): string {
    return newPrivateKey(this.authoritySecret);
  }

  get authority(): CertificateAuthority {
    this.ca ??= new CertificateAuthority([["CN", "kubernetes"]], {
      secret: this.authorityKey,
      notBefore: this.born,
      notAfter: this.born + TEN_YEARS,
    });
    return this.ca;
  }
}

const known = new WeakMap<Simulation, ClusterKeys>();

export function clusterKeys(sim: Simulation): ClusterKeys {
  let keys = known.get(sim);
  if (keys === undefined) known.set(sim, (keys = new ClusterKeys(sim)));
  return keys;
}
