/**
 * Tokens that secrets of old hold for an account: those that nobody has used for a year are marked as invalid, and a year
 * later they go. Upstream: pkg/controller/serviceaccount/legacy_serviceaccount_token_cleaner.go.
 */
import type { Pod, Secret, ServiceAccount } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { isConflict, isNotFound } from "../api/meta/status-error.ts";
import { configMaps, pods, secrets, serviceAccounts } from "../api/registry.ts";
import { formatTime, HOUR, parseTime } from "../base/time.ts";
import { sameSpec } from "../client/store.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "./define-controller.ts";
import type { ManagerSettings } from "./manager-settings.ts";

const DAY = 24 * HOUR;
const TYPE = "kubernetes.io/service-account-token";
const ACCOUNT_NAME = "kubernetes.io/service-account.name";
const ACCOUNT_UID = "kubernetes.io/service-account.uid";
const LAST_USED = "kubernetes.io/legacy-token-last-used";
const INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since";
/** Since when the API server notes who uses such tokens. */
const TRACKING = "kube-apiserver-legacy-service-account-token-tracking";
const BY_SECRET = "mounted-secrets";

export function legacyTokenCleaner({ legacyTokenPeriod }: ManagerSettings): ControllerDefinition<Secret> {
  return defineController<Secret>({
    name: "legacy-service-account-token-cleaner",
    for: secrets,
    keys: (secret) => (secret.type === TYPE ? [keyOf(secret)] : []),
    isRelevant: () => false,
    setup(informers) {
      informers.informer(serviceAccounts);
      informers.informer(pods).addIndex(BY_SECRET, secretKeys, sameSpec);
    },
    reconcile: (ctx, key) => reconcile(ctx, key, legacyTokenPeriod),
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

function reconcile(ctx: ControllerContext, key: string, period: number): ReconcileResult {
  const secret = ctx.lister(secrets).get(key);
  if (secret === undefined || secret.type !== TYPE) return {};
  const again = { requeueAfter: DAY, background: true };
  const { namespace, name, uid, labels = {}, creationTimestamp } = secret.metadata;
  const { now } = ctx.sim;
  const since = trackedSince(ctx);
  // The day on which tracking began doesn't count.
  if (since === undefined || now < since + DAY + period || parseTime(creationTimestamp) >= now - period) return again;
  const longAgo = formatDay(now - period);
  const used = labels[LAST_USED];
  if (used !== undefined && (!isDay(used) || used >= longAgo)) return again;
  // Only those that were made for the account, and that it names, are looked after.
  if (accountOf(ctx, secret)?.secrets?.some((reference) => reference.name === name) !== true) return again;
  if (ctx.lister(pods).byIndex(BY_SECRET, key).length > 0) return again;
  const client = ctx.client.resource(secrets);
  const invalid = labels[INVALID_SINCE];
  try {
    if (invalid === undefined || !isDay(invalid)) {
      client.patch(namespace, name, { metadata: { uid, labels: { [INVALID_SINCE]: formatDay(now) } } });
    } else if (invalid < longAgo) client.delete(namespace, name, { preconditions: { uid } });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
  return again;
}

function accountOf(ctx: ControllerContext, { metadata }: Secret): ServiceAccount | undefined {
  const { namespace, annotations = {} } = metadata;
  const account = ctx.lister(serviceAccounts).get(`${namespace}/${annotations[ACCOUNT_NAME] ?? ""}`);
  const uid = annotations[ACCOUNT_UID];
  return uid === undefined || uid === account?.metadata.uid ? account : undefined;
}

function trackedSince(ctx: ControllerContext): number | undefined {
  try {
    const day = ctx.client.resource(configMaps).get("kube-system", TRACKING).data?.["since"];
    return day !== undefined && isDay(day) ? Date.parse(day) : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** `2026-01-31`: days are compared as text. */
function formatDay(time: number): string {
  return formatTime(time).slice(0, 10);
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}
