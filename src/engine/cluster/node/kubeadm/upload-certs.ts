/**
 * The secret with the authorities' keys that another control plane takes: `--upload-certs` makes it, and who joins with the
 * key reads it. Upstream: cmd/kubeadm/app/phases/copycerts.
 */
import type { Secret } from "../../../api/generated/types.ts";
import { roleBindings, roles, secrets } from "../../../api/registry.ts";
import { isAlreadyExists, isNotFound } from "../../../api/meta/status-error.ts";
import { isObject } from "../../../base/json.ts";
import { encodeBase64 } from "../../../base/base64.ts";
import type { Call } from "../../../base/syscalls.ts";
import { formatTime, HOUR } from "../../../base/time.ts";
import type { Client } from "../../../client/client.ts";
import { PKI } from "../pki-files.ts";
import { getFromApi } from "./api-request.ts";
import { keyProblem, open, seal } from "./certificate-cipher.ts";
import { bootstrapSecret, GROUP, newToken } from "./token.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall, Subcommand } from "./subcommand.ts";

const NAMESPACE = "kube-system";
const NAME = "kubeadm-certs";
const TTL = 2 * HOUR;
const KEY = /^[0-9a-f]{64}$/;
const FILES = ["ca", "etcd/ca", "front-proxy-ca"].flatMap((name) => [`${name}.crt`, `${name}.key`]);
/** What all control planes of a cluster have in common. */
const SHARED = [...FILES, "sa.key", "sa.pub"];
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

export function isCertificateKey(text: string): boolean {
  return KEY.test(text);
}

/** Makes the secret; answers what kubeadm says of it, and the key. Throws where a key or a file is missing. */
export function uploadCertificates(call: KubeadmCall, client: Client): { said: string; key: string } {
  const { sim, disk } = call.host.kubelet;
  const key = call.value("certificate-key") ?? newKey(call);
  if (!isCertificateKey(key)) {
    throw new KubeadmError(
      "error execution phase upload-certs: certificateKey: Invalid value: the certificate key is invalid",
    );
  }
  const data: Record<string, string> = {};
  for (const file of SHARED) {
    const path = `${PKI}/${file}`;
    if (!disk.exists(path)) {
      const why = `failed to load ${file.replace("/", "-")}: open ${path}: no such file or directory`;
      throw new KubeadmError(`error execution phase upload-certs: error uploading certs: ${why}`);
    }
    data[file.replace("/", "-")] = seal(key, disk.readFile(path));
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
  allowReading(client);
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

const ROLE = "kubeadm:kubeadm-certs";

/** Who has a bootstrap token may read the secret. */
function allowReading(client: Client): void {
  const metadata = { name: ROLE, namespace: NAMESPACE };
  const rules = [{ verbs: ["get"], apiGroups: [""], resources: ["secrets"], resourceNames: [NAME] }];
  const subjects = [{ apiGroup: RBAC, kind: "Group", name: GROUP }];
  try {
    client.resource(roles).create({ metadata, rules });
    client.resource(roleBindings).create({ metadata, roleRef: { apiGroup: RBAC, kind: "Role", name: ROLE }, subjects });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

const RBAC = "rbac.authorization.k8s.io";
const PHASE = "error execution phase control-plane-prepare/download-certs: error downloading certs";

/** Writes the secret's files to the disk, as far as they are wanted there. */
export function* downloadCertificates(
  call: KubeadmCall,
  { server, token, key }: { server: string; token: string; key: string },
): Call<void> {
  const { disk } = call.host.kubelet;
  const wrong = keyProblem(key);
  yield* call.out(
    `[download-certs] Downloading the certificates in Secret "${NAME}" in the "${NAMESPACE}" Namespace\n`,
  );
  const { status, body } = yield* getFromApi(server, `/api/v1/namespaces/${NAMESPACE}/secrets/${NAME}`, token);
  if (status === 404) {
    throw new KubeadmError(
      `${PHASE}: error downloading the secret: Secret "${NAME}" was not found in the "${NAMESPACE}" Namespace. This Secret might have expired. Please, run \`kubeadm init phase upload-certs --upload-certs\` on a control plane to generate a new one`,
    );
  }
  if (status !== 200) throw new KubeadmError(`${PHASE}: error downloading the secret: ${String(body["message"])}`);
  if (wrong !== undefined) throw new KubeadmError(`${PHASE}: ${wrong}`);
  const data = isObject(body["data"]) ? body["data"] : {};
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(data)) {
    const text = open(key, String(value));
    if (text === undefined) {
      throw new KubeadmError(
        `${PHASE}: error decoding secret data with provided key: cipher: message authentication failed`,
      );
    }
    texts.set(name, text);
  }
  yield* call.out(`[download-certs] Saving the certificates to the folder: ${JSON.stringify(PKI)}\n`);
  disk.mkdir(`${PKI}/etcd`, { recursive: true });
  for (const file of SHARED) {
    const path = `${PKI}/${file}`;
    const text = texts.get(file.replace("/", "-"));
    if (text === undefined) {
      throw new KubeadmError(
        `${PHASE}: the Secret does not include the required certificate or key - name: ${file}, path: ${path}`,
      );
    }
    disk.writeFile(path, text, { mode: file.endsWith(".key") ? 0o600 : 0o644 });
  }
}
