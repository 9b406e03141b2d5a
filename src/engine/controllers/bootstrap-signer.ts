/**
 * Signs cluster-info in kube-public with each bootstrap token that is for it, so that who has the token can tell that it
 * speaks to the right cluster. Upstream: pkg/controller/bootstrap/bootstrapsigner.go.
 */
import type { ConfigMap, Secret } from "../api/generated/types.ts";
import { isConflict, isNotFound } from "../api/meta/status-error.ts";
import { configMaps, secrets } from "../api/registry.ts";
import { decodeBase64 } from "../base/base64.ts";
import { detachedSignature } from "../base/json-web-signature.ts";
import { deepEqual } from "../base/json.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ControllerWatch, ReconcileResult } from "./define-controller.ts";

const TYPE = "bootstrap.kubernetes.io/token";
const TOKEN_INDEX = "bootstrapToken";
const TOKENS = "kube-system";
const PUBLIC = "kube-public";
const NAME = "cluster-info";
const KUBECONFIG = "kubeconfig";
/** What the keys of signatures begin with; the token's id follows. */
export const SIGNATURE_PREFIX = "jws-kubeconfig-";
const RETRY = 1000;

export function bootstrapSigner(): ControllerDefinition<ConfigMap> {
  return defineController<ConfigMap>({
    name: "bootstrap-signer-controller",
    account: "bootstrap-signer",
    for: configMaps,
    keys: ({ metadata }) => (isClusterInfo(metadata) ? [`${PUBLIC}/${NAME}`] : []),
    watches: [tokenWatch as ControllerWatch],
    setup(informers) {
      informers.informer(secrets).addIndex(TOKEN_INDEX, (secret) => (isBootstrapToken(secret) ? [TYPE] : []));
    },
    reconcile,
  });
}

const tokenWatch: ControllerWatch<Secret> = {
  resource: secrets,
  keys: (secret) => (isBootstrapToken(secret) ? [`${PUBLIC}/${NAME}`] : []),
};

export function isBootstrapToken({ type, metadata }: Secret): boolean {
  return type === TYPE && metadata.namespace === TOKENS;
}

function isClusterInfo({ namespace, name }: ConfigMap["metadata"]): boolean {
  return namespace === PUBLIC && name === NAME;
}

function reconcile(ctx: ControllerContext, key: string): ReconcileResult {
  const present = ctx.lister(configMaps).get(key);
  const content = present?.data?.[KUBECONFIG];
  if (present === undefined || content === undefined) return {};
  const unsigned = Object.entries(present.data ?? {}).filter(([name]) => !name.startsWith(SIGNATURE_PREFIX));
  const signatures = signers(ctx).map(({ id, secret }): [string, string] => [
    SIGNATURE_PREFIX + id,
    detachedSignature(content, { id, secret }),
  ]);
  const data = Object.fromEntries([...unsigned, ...signatures]);
  if (deepEqual(present.data, data)) return {};
  try {
    ctx.client.resource(configMaps).update({ ...present, data });
  } catch (error) {
    if (isConflict(error)) return { requeueAfter: RETRY };
    if (!isNotFound(error)) throw error;
  }
  return {};
}

/** The tokens that sign, by id. */
function signers(ctx: ControllerContext): { id: string; secret: string }[] {
  const found: { id: string; secret: string }[] = [];
  for (const secret of ctx.lister(secrets).byIndex(TOKEN_INDEX, TYPE)) {
    if (secret.metadata.deletionTimestamp !== undefined) continue;
    const value = (field: string): string => decodeBase64(secret.data?.[field] ?? "");
    const end = value("expiration");
    if (value("usage-bootstrap-signing") !== "true" || (end !== "" && !(Date.parse(end) > ctx.sim.now))) continue;
    found.push({ id: value("token-id"), secret: value("token-secret") });
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}
