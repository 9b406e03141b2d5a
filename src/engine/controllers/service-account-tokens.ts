/**
 * Secrets of type `kubernetes.io/service-account-token`: filled with a token of the account that they name, gone with it.
 * Upstream: pkg/controller/serviceaccount/tokens_controller.go.
 */
import type { Secret, ServiceAccount } from "../api/generated/types.ts";
import { isConflict, isNotFound } from "../api/meta/status-error.ts";
import { userInfo } from "../api/meta/user-info.ts";
import { secrets, serviceAccounts } from "../api/registry.ts";
import { encodeBase64 } from "../base/base64.ts";
import { signLegacyToken } from "../base/json-web-token.ts";
import { clusterKeys } from "../sim/cluster-keys.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "./define-controller.ts";

const TYPE = "kubernetes.io/service-account-token";
const ACCOUNT_NAME = "kubernetes.io/service-account.name";
const ACCOUNT_UID = "kubernetes.io/service-account.uid";
const BY_ACCOUNT = "tokenAccount";

export function serviceAccountTokensController(): ControllerDefinition<Secret> {
  return defineController<Secret>({
    name: "serviceaccount-token-controller",
    // Upstream it has the manager's own client, for it makes what the others identify themselves with.
    account: userInfo("system:kube-controller-manager"),
    for: secrets,
    setup(informers) {
      informers.informer(secrets).addIndex(BY_ACCOUNT, (secret) => {
        const account = accountNameOf(secret);
        return account === undefined ? [] : [`${secret.metadata.namespace}/${account}`];
      });
    },
    keys: (secret) => (accountNameOf(secret) === undefined ? [] : [keyOf(secret)]),
    watches: [
      {
        resource: serviceAccounts,
        keys: ({ metadata }: ServiceAccount, ctx: ControllerContext) =>
          ctx.lister(secrets).byIndex(BY_ACCOUNT, `${metadata.namespace}/${metadata.name}`).map(keyOf),
      } as never,
    ],
    reconcile,
  });
}

function keyOf({ metadata }: Secret): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** undefined for a secret of another type. */
function accountNameOf({ type, metadata }: Secret): string | undefined {
  return type === TYPE ? metadata.annotations?.[ACCOUNT_NAME] : undefined;
}

function reconcile(ctx: ControllerContext, key: string): ReconcileResult {
  const secret = ctx.lister(secrets).get(key);
  const name = secret && accountNameOf(secret);
  if (secret === undefined || name === undefined) return {};
  const { namespace } = secret.metadata;
  const account = ctx.lister(serviceAccounts).get(`${namespace}/${name}`);
  const uid = secret.metadata.annotations?.[ACCOUNT_UID] ?? "";
  const client = ctx.client.resource(secrets);
  try {
    if (account === undefined || (uid !== "" && uid !== account.metadata.uid)) {
      client.delete(namespace, secret.metadata.name, { preconditions: { uid: secret.metadata.uid } });
      return {};
    }
    const filled = fill(ctx, secret, account);
    if (filled !== secret) client.update(filled);
  } catch (error) {
    if (isNotFound(error)) return {};
    if (isConflict(error)) return { requeueAfter: 10 };
    throw error;
  }
  return {};
}

/** The secret with whatever it lacks; the same one when it lacks nothing. */
function fill(ctx: ControllerContext, secret: Secret, account: ServiceAccount): Secret {
  const { namespace, name, annotations } = secret.metadata;
  const keys = clusterKeys(ctx.sim);
  const { data = {} } = secret;
  const complete =
    data["token"] !== undefined &&
    data["ca.crt"] !== undefined &&
    data["namespace"] !== undefined &&
    annotations?.[ACCOUNT_UID];
  if (complete) return secret;
  const token = signLegacyToken(
    {
      namespace,
      secretName: name,
      account: account.metadata.name,
      uid: account.metadata.uid,
    },
    keys.tokenSecret,
  );
  return {
    ...secret,
    metadata: {
      ...secret.metadata,
      annotations: { ...annotations, [ACCOUNT_UID]: account.metadata.uid },
    },
    data: {
      ...data,
      "ca.crt": data["ca.crt"] ?? encodeBase64(keys.authority.certificate),
      namespace: data["namespace"] ?? encodeBase64(namespace),
      token: data["token"] ?? encodeBase64(token),
    },
  };
}
