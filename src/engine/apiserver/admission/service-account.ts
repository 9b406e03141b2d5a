/**
 * Gives pods the namespace's account, its token as a volume and its pull secrets. Upstream:
 * plugin/pkg/admission/serviceaccount/admission.go.
 * Simplified: pods of one template share their spec, so they share the suffix of the volume's name too, where upstream
 * draws one for each; upstream waits up to a second for the account `default` of a new namespace, here a pod of a
 * namespace that young is let in at once; the annotation `kubernetes.io/enforce-mountable-secrets` (deprecated) is not
 * looked at.
 */
import type { Container, Namespace, Pod, PodSpec, ServiceAccount, Volume } from "../../api/generated/types.ts";
import { forbidden } from "../../api/meta/status-error.ts";
import { parseTime } from "../../base/time.ts";
import { randomSuffix } from "../metadata.ts";
import type { ServerContext } from "../server-context.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";

const DEFAULT = "default";
/** A static pod's image in the API: its kubelet runs it without any account. */
const MIRROR = "kubernetes.io/config.mirror";
const VOLUME_PREFIX = "kube-api-access-";
const MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
/** A little over an hour, so that this kind of token can be told from others. */
const TOKEN_SECONDS = 3607;
/** How long upstream waits for an account that isn't there yet, in milliseconds. */
const PATIENCE = 1000;

/** What was made of a spec, and for which account. */
interface Known {
  readonly account: ServiceAccount | undefined;
  readonly spec: PodSpec;
}

/** For each server by itself, so that what one draws doesn't depend on another. */
const known = new WeakMap<ServerContext, WeakMap<PodSpec, Known>>();

export const serviceAccount: AdmissionPlugin = {
  name: "ServiceAccount",
  resources: ["pods"],
  mutate(object, attributes) {
    const { operation, context } = attributes;
    const { spec, metadata } = object as Pod;
    if (operation !== "create" || spec === undefined || metadata.annotations?.[MIRROR] !== undefined) return object;
    const account = accountOf(spec, attributes);
    let specs = known.get(context);
    if (specs === undefined) known.set(context, (specs = new WeakMap()));
    let found = specs.get(spec);
    if (found === undefined || found.account !== account) {
      found = { account, spec: withAccount(context, spec, account) };
      specs.set(spec, found);
    }
    return found.spec === spec ? object : ({ ...object, spec: found.spec } as Pod);
  },
  validate(object, { operation, request, name }) {
    if (operation !== "create" || object?.metadata.annotations?.[MIRROR] === undefined) return;
    const { spec } = object as Pod;
    if ((spec.serviceAccountName ?? "") !== "") {
      throw forbidden(request.resource, name, "a mirror pod may not reference service accounts");
    }
  },
};

function accountOf(spec: PodSpec, { request, name, context }: AdmissionRequest): ServiceAccount | undefined {
  const accounts = context.resourceById("serviceaccounts");
  if (accounts === undefined) return undefined;
  const wanted = spec.serviceAccountName || spec.serviceAccount || DEFAULT;
  const { namespace } = request;
  const found = context.objects.get(accounts, namespace, wanted) as ServiceAccount | undefined;
  if (found !== undefined || (wanted === DEFAULT && isNew(context, namespace))) return found;
  const why = `error looking up service account ${namespace}/${wanted}: serviceaccount ${JSON.stringify(wanted)} not found`;
  throw forbidden(request.resource, name, why);
}

function isNew({ sim, objects, resourceById }: ServerContext, namespace: string): boolean {
  const namespaces = resourceById("namespaces");
  const home = namespaces && (objects.get(namespaces, "", namespace) as Namespace | undefined);
  // A namespace that isn't there at all is for NamespaceLifecycle to refuse.
  return home === undefined || sim.now < parseTime(home.metadata.creationTimestamp) + PATIENCE;
}

function withAccount(context: ServerContext, spec: PodSpec, account: ServiceAccount | undefined): PodSpec {
  const name = spec.serviceAccountName || spec.serviceAccount || DEFAULT;
  let admitted: PodSpec = spec;
  if (spec.serviceAccountName !== name || spec.serviceAccount !== name) {
    admitted = { ...admitted, serviceAccountName: name, serviceAccount: name };
  }
  const pullSecrets = account?.imagePullSecrets ?? [];
  if (pullSecrets.length > 0 && (spec.imagePullSecrets ?? []).length === 0) {
    admitted = { ...admitted, imagePullSecrets: pullSecrets };
  }
  const mounts = spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true;
  return mounts ? withToken(context, admitted) : admitted;
}

/**
 * Containers that mount something else at the token's place keep that. A volume that is called like a token's is taken
 * for one: what was copied from a pod keeps what it had.
 */
function withToken(context: ServerContext, spec: PodSpec): PodSpec {
  const lacks = ({ volumeMounts = [] }: Container): boolean =>
    !volumeMounts.some(({ mountPath }) => mountPath === MOUNT_PATH);
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  if (!containers.some(lacks)) return spec;
  const present = spec.volumes?.find((volume) => volume.name.startsWith(VOLUME_PREFIX));
  const name = present?.name ?? VOLUME_PREFIX + randomSuffix(context.sim, "volumes/kube-api-access");
  const mount = { mountPath: MOUNT_PATH, name, readOnly: true };
  const mounted = (container: Container): Container =>
    lacks(container) ? { ...container, volumeMounts: [...(container.volumeMounts ?? []), mount] } : container;
  return {
    ...spec,
    containers: spec.containers.map(mounted),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(mounted) }),
    ...(present === undefined && { volumes: [...(spec.volumes ?? []), tokenVolume(name)] }),
  };
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
        { configMap: { items: [{ key: "ca.crt", path: "ca.crt" }], name: "kube-root-ca.crt" } },
        {
          downwardAPI: {
            items: [{ fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" }, path: "namespace" }],
          },
        },
      ],
    },
  };
}
