/**
 * How a machine comes to trust a cluster that it has a token of: cluster-info is signed with the token, and the authority
 * in it is the one whose key the learner was told. Upstream: cmd/kubeadm/app/discovery/token.
 */
import { BOOTSTRAP_TOKEN } from "../../../apiserver/auth/authentication/bootstrap-token.ts";
import { decodeBase64 } from "../../../base/base64.ts";
import { sha256 } from "../../../base/digests.ts";
import { detachedSignature } from "../../../base/json-web-signature.ts";
import { sleep } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import { MINUTE } from "../../../base/time.ts";
import { parseCertificate } from "../../../base/x509/certificate.ts";
import { SIGNATURE_PREFIX } from "../../../controllers/bootstrap-signer.ts";
import { firstEntries } from "../kubeconfig-files.ts";
import { dataOf, getFromApi } from "./api-request.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall } from "./subcommand.ts";

const CLUSTER_INFO = "/api/v1/namespaces/kube-public/configmaps/cluster-info";
const RETRY = 5000;
const TIMEOUT = 5 * MINUTE;

export interface Discovered {
  /** `https://172.18.0.2:6443` */
  server: string;
  /** PEM. */
  authority: string;
}

export function* discover(
  call: KubeadmCall,
  { endpoint, token, hashes }: { endpoint: string; token: string; hashes: readonly string[] },
): Call<Discovered> {
  const [, id = "", secret = ""] = BOOTSTRAP_TOKEN.exec(token) ?? [];
  const { sim } = call.host.kubelet;
  const end = sim.now + TIMEOUT;
  for (;;) {
    const answer = yield* getFromApi(endpoint, CLUSTER_INFO);
    const { kubeconfig = "", [SIGNATURE_PREFIX + id]: signature } = dataOf(answer);
    if (answer.status === 200 && signature !== undefined) {
      if (signature !== detachedSignature(kubeconfig, { id, secret })) {
        throw untrusted("failed to verify JWS signature of received cluster info object, can't trust this API Server");
      }
      return pinned(kubeconfig, hashes);
    }
    if (sim.now >= end) {
      throw untrusted(
        answer.status === 200
          ? `could not find a JWS signature in the cluster-info ConfigMap for token ID ${JSON.stringify(id)}`
          : `failed to request the cluster-info ConfigMap: ${String(answer.body["message"])}`,
      );
    }
    yield* sleep(RETRY);
  }
}

function untrusted(why: string): KubeadmError {
  return new KubeadmError(`error execution phase preflight: couldn't validate the identity of the API Server: ${why}`);
}

function pinned(kubeconfig: string, hashes: readonly string[]): Discovered {
  const { cluster } = firstEntries(kubeconfig);
  const authority = decodeBase64(String(cluster["certificate-authority-data"] ?? ""));
  const found = `sha256:${sha256(parseCertificate(authority)?.publicKey ?? [])}`;
  if (hashes.length > 0 && !hashes.includes(found)) {
    throw untrusted(
      `cluster CA found in cluster-info ConfigMap is invalid: none of the public keys ${JSON.stringify(found)} are pinned`,
    );
  }
  return { server: String(cluster["server"]), authority };
}
