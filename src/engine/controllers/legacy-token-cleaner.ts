/**
 * Tokens that secrets of old hold for an account: those that nobody has used for a year are marked as invalid, and a year
 * later they go. Upstream: pkg/controller/serviceaccount/legacy_serviceaccount_token_cleaner.go.
 */
import type { Pod, Secret, ServiceAccount } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { isConflict, isNotFound } from "../api/meta/status-error.ts";
import { configMaps, pods, secrets, serviceAccounts } from "../api/registry.ts";
import { formatTime, HOUR } from "../base/time.ts";
import { sameSpec } from "../client/store.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "./define-controller.ts";

/** `--legacy-service-account-token-clean-up-period` */
const PERIOD = 8760 * HOUR;
const LOOK = 24 * HOUR;
const TYPE = "kubernetes.io/service-account-token";
const ACCOUNT_NAME = "kubernetes.io/service-account.name";
const LAST_USED = "kubernetes.io/legacy-token-last-used";
const INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since";
/** Since when the API server notes who uses such tokens. */
const TRACKING = "kube-apiserver-legacy-service-account-token-tracking";
const BY_SECRET = "mounted-secrets";

export function legacyTokenCleaner(): ControllerDefinition<Secret> {
  return defineController<Secret>({
    name: "legacy-service-account-token-cleaner",
    for: secrets,
    keys: (secret) => (secret.type === TYPE ? [keyOf(secret)] : []),
    isRelevant: () => false,
    setup(informers) {
      informers.informer(serviceAccounts);
      informers.informer(pods).addIndex(BY_SECRET, secretKeys, sameSpec);
    },
    reconcile,
  });
}

/** `namespace/name` of the secrets that are volumes of the pod. */
function secretKeys({ metadata, spec }: Pod): readonly string[] {
  let keys: string[] | undefined;
  for (const { secret } of spec.volumes ?? []) {
    if (secret?.secretName !== undefined) (keys ??= []).push(`${metadata.namespace}/${secret.secretName}`);
  }
  return keys ?? NONE;
}

const NONE: readonly string[] = [];

function reconcile(ctx: ControllerContext, key: string): ReconcileResult {
  const secret = ctx.lister(secrets).get(key);
  if (secret === undefined || secret.type !== TYPE) return {};
  const again = { requeueAfter: LOOK, background: true };
  const { namespace, name, uid, labels = {}, annotations = {}, creationTimestamp } = secret.metadata;
  const account = ctx.lister(serviceAccounts).get(`${namespace}/${annotations[ACCOUNT_NAME] ?? ""}`);
  // Only those that were made for the account, and that it names, are looked after.
  if (account === undefined || !isGenerated(account, name)) return again;
  if (ctx.lister(pods).byIndex(BY_SECRET, key).length > 0) return again;
  const since = trackedSince(ctx);
  if (since === undefined) return again;
  const used = Math.max(since, Date.parse(creationTimestamp), day(labels[LAST_USED]) ?? 0);
  if (ctx.sim.now - used < PERIOD) return again;
  const client = ctx.client.resource(secrets);
  const invalid = day(labels[INVALID_SINCE]);
  try {
    if (invalid === undefined) {
      const today = formatTime(ctx.sim.now).slice(0, 10);
      client.patch(namespace, name, { metadata: { uid, labels: { [INVALID_SINCE]: today } } });
    } else if (ctx.sim.now - invalid >= PERIOD) client.delete(namespace, name, { preconditions: { uid } });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
  return again;
}

function isGenerated({ secrets: named = [] }: ServiceAccount, name: string): boolean {
  return named.some((reference) => reference.name === name);
}

function trackedSince(ctx: ControllerContext): number | undefined {
  try {
    return day(ctx.client.resource(configMaps).get("kube-system", TRACKING).data?.["since"]);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** `2026-01-31` */
function day(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : time;
}
