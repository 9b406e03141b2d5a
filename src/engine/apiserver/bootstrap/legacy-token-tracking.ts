/**
 * Who still uses tokens of old: since when that is noted, and the note on each secret.
 * Upstream: pkg/controlplane/controller/legacytokentracking, pkg/serviceaccount/legacy.go.
 */
import type { Secret } from "../../api/generated/types.ts";
import { loopbackUser } from "../../api/meta/user-info.ts";
import { formatTime } from "../../base/time.ts";
import type { ServerContext } from "../server-context.ts";
import { create } from "../verbs/create.ts";
import { patch } from "../verbs/patch.ts";

const NAMESPACE = "kube-system";
const NAME = "kube-apiserver-legacy-service-account-token-tracking";
export const LAST_USED = "kubernetes.io/legacy-token-last-used";

/** Makes the ConfigMap that says since when, if it isn't there. */
export function trackLegacyTokens(context: ServerContext): void {
  const resource = context.resourceById("configmaps");
  if (resource === undefined || context.objects.get(resource, NAMESPACE, NAME) !== undefined) return;
  const body = { metadata: { name: NAME, namespace: NAMESPACE }, data: { since: today(context) } };
  const target = { resource, namespace: NAMESPACE, name: "", subresource: "", options: {}, user: loopbackUser };
  create(context, { verb: "create", ...target, body });
}

/** A secret's token was just used: its label tells the day, written once a day. */
export function noteTokenUse(context: ServerContext, { metadata }: Secret): void {
  const resource = context.resourceById("secrets");
  const day = today(context);
  if (resource === undefined || metadata.labels?.[LAST_USED] === day) return;
  const { namespace = "", name } = metadata;
  const target = { resource, namespace, name, subresource: "", options: {}, user: loopbackUser };
  patch(context, {
    verb: "patch",
    ...target,
    patchType: "merge",
    body: { metadata: { labels: { [LAST_USED]: day } } },
  });
}

function today({ sim }: ServerContext): string {
  return formatTime(sim.now).slice(0, 10);
}
