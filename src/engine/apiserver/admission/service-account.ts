/**
 * Gives pods the namespace's account. Upstream: plugin/pkg/admission/serviceaccount.
 * Simplified: no token volume is mounted, and the account `default` is taken to exist (its controller makes it in every
 * namespace; upstream refuses pods until it has).
 */
import type { Pod, ServiceAccount } from "../../api/generated/types.ts";
import { forbidden } from "../../api/meta/status-error.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { onPodSpec } from "./pod-spec-memo.ts";

const DEFAULT = "default";
/** A static pod's image in the API: its kubelet runs it without any account. */
const MIRROR = "kubernetes.io/config.mirror";

const withAccount = onPodSpec((spec) => {
  const name = spec.serviceAccountName || spec.serviceAccount || DEFAULT;
  return spec.serviceAccountName === name && spec.serviceAccount === name
    ? spec
    : { ...spec, serviceAccountName: name, serviceAccount: name };
});

export const serviceAccount: AdmissionPlugin = {
  name: "ServiceAccount",
  resources: ["pods"],
  mutate(object, { operation }) {
    if (operation !== "create" || object.metadata.annotations?.[MIRROR] !== undefined) return object;
    return withAccount(object);
  },
  validate(object, { operation, request, name, context }) {
    const account = (object as Pod | undefined)?.spec?.serviceAccountName ?? DEFAULT;
    if (operation !== "create" || account === DEFAULT || account === "") return;
    const accounts = context.resourceById("serviceaccounts");
    if (accounts === undefined) return;
    const found = context.objects.get(accounts, request.namespace, account) as ServiceAccount | undefined;
    if (found !== undefined) return;
    const why = `error looking up service account ${request.namespace}/${account}: serviceaccount "${account}" not found`;
    throw forbidden(request.resource, name, why);
  },
};
