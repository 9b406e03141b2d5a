/**
 * The secret with the authorities' keys that another control plane would take, as `--upload-certs` makes it.
 * Upstream: cmd/kubeadm/app/phases/copycerts.
 *
 * **Simplified:** its values have the length of the files and can be read by nobody.
 */
import type { Secret } from "../../../api/generated/types.ts";
import { isNotFound } from "../../../api/meta/status-error.ts";
import { secrets } from "../../../api/registry.ts";
import { encodeBase64, utf8Encode } from "../../../base/base64.ts";
import { sha256 } from "../../../base/digests.ts";
import { formatTime, HOUR } from "../../../base/time.ts";
import type { Client } from "../../../client/client.ts";
import { PKI } from "../pki-files.ts";
import { bootstrapSecret, newToken } from "./token.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall, Subcommand } from "./subcommand.ts";

const NAMESPACE = "kube-system";
const NAME = "kubeadm-certs";
const TTL = 2 * HOUR;
const KEY = /^[0-9a-f]{64}$/;
const FILES = ["ca", "etcd/ca", "front-proxy-ca"].flatMap((name) => [`${name}.crt`, `${name}.key`]);
const DESCRIPTION = "Proxy for managing TTL for the kubeadm-certs secret";

export const certificateKey: Subcommand = {
  flags: "",
  *run(call) {
    yield* call.out(`${newKey(call)}\n`);
    return 0;
  },
};

/** AES-256's, in hexadecimal digits. */
function newKey({ ctx }: KubeadmCall): string {
  return Array.from({ length: 64 }, () => ctx.random(16).toString(16)).join("");
}

/** Makes the secret; answers what kubeadm says of it, and the key. Throws where a key or a file is missing. */
export function uploadCertificates(call: KubeadmCall, client: Client): { said: string; key: string } {
  const { sim, disk } = call.host.kubelet;
  const key = call.value("certificate-key") ?? newKey(call);
  if (!KEY.test(key)) {
    throw new KubeadmError(
      "error execution phase upload-certs: certificateKey: Invalid value: the certificate key is invalid",
    );
  }
  const data: Record<string, string> = {};
  for (const file of [...FILES, "sa.key", "sa.pub"]) {
    const path = `${PKI}/${file}`;
    if (!disk.exists(path)) {
      const why = `failed to load ${file.replace("/", "-")}: open ${path}: no such file or directory`;
      throw new KubeadmError(`error execution phase upload-certs: error uploading certs: ${why}`);
    }
    data[file.replace("/", "-")] = encodeBase64(sealed(key, disk.readFile(path)));
  }
  const token = newToken(call.ctx);
  const made = client.resource(secrets).create(timer(token, sim.now + TTL));
  const { name, uid } = made.metadata;
  const owner = { apiVersion: "v1", kind: "Secret", name, uid, controller: true, blockOwnerDeletion: true };
  try {
    client.resource(secrets).delete(NAMESPACE, NAME);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  client.resource(secrets).create({
    metadata: { name: NAME, namespace: NAMESPACE, ownerReferences: [owner] },
    type: "Opaque",
    data,
  } as Secret);
  const said = `[upload-certs] Storing the certificates in Secret "${NAME}" in the "${NAMESPACE}" Namespace\n[upload-certs] Using certificate key:\n${key}\n`;
  return { said, key };
}

/** A bootstrap token that nobody can use: with it goes the secret, when its time is over. */
function timer(token: string, until: number): Secret {
  const secret = bootstrapSecret(token, { description: DESCRIPTION, until });
  const { "token-id": id, "token-secret": text } = secret.data ?? {};
  const data = {
    description: encodeBase64(DESCRIPTION),
    expiration: encodeBase64(formatTime(until)),
    ...(id !== undefined && { "token-id": id }),
    ...(text !== undefined && { "token-secret": text }),
  };
  return { ...secret, data };
}

function sealed(key: string, text: string): string {
  const block = sha256(utf8Encode(`${key} ${text}`));
  return block.repeat(Math.ceil(text.length / block.length)).slice(0, text.length);
}
