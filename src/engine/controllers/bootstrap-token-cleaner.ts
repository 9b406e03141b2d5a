/** Deletes bootstrap tokens when their time is over. Upstream: pkg/controller/bootstrap/tokencleaner.go. */
import type { Secret } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { isConflict, isNotFound } from "../api/meta/status-error.ts";
import { secrets } from "../api/registry.ts";
import { decodeBase64 } from "../base/base64.ts";
import { isBootstrapToken } from "./bootstrap-signer.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "./define-controller.ts";

export function bootstrapTokenCleaner(): ControllerDefinition<Secret> {
  return defineController<Secret>({
    name: "token-cleaner",
    for: secrets,
    keys: (secret) => (isBootstrapToken(secret) ? [keyOf(secret)] : []),
    reconcile,
  });
}

function reconcile(ctx: ControllerContext, key: string): ReconcileResult {
  const secret = ctx.lister(secrets).get(key);
  const expiration = secret?.data?.["expiration"];
  if (secret === undefined || expiration === undefined) return {};
  const end = Date.parse(decodeBase64(expiration));
  // A time that nobody can read counts as over.
  if (end > ctx.sim.now) return { requeueAfter: end - ctx.sim.now, background: true };
  const { namespace, name, uid } = secret.metadata;
  try {
    ctx.client.resource(secrets).delete(namespace, name, { preconditions: { uid } });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
  return {};
}
