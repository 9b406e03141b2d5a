/**
 * Every namespace has the cluster's authority in the config map kube-root-ca.crt, for the token volumes of its pods.
 * Upstream: pkg/controller/certificates/rootcacertpublisher.
 */
import type { ConfigMap, Namespace } from "../api/generated/types.ts";
import { isAlreadyExists, isNotFound, StatusError } from "../api/meta/status-error.ts";
import { configMaps, namespaces } from "../api/registry.ts";
import { deepEqual } from "../base/json.ts";
import { clusterKeys } from "../sim/cluster-keys.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "./define-controller.ts";
import { isNamespaceTerminating } from "./pod-control.ts";

const NAME = "kube-root-ca.crt";
const DESCRIPTION = {
  "kubernetes.io/description":
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
};

export function rootCaPublisher(): ControllerDefinition<Namespace> {
  return defineController<Namespace>({
    name: "root-ca-cert-publisher",
    for: namespaces,
    isRelevant: () => false,
    setup(informers, ctx) {
      const own = ({ metadata }: ConfigMap): void => {
        if (metadata.name === NAME) ctx.enqueue(metadata.namespace);
      };
      informers.informer(configMaps).addHandler({ onUpdate: own, onDelete: own });
    },
    reconcile,
  });
}

function reconcile(ctx: ControllerContext, namespace: string): ReconcileResult {
  const home = ctx.lister(namespaces).get(namespace);
  if (home === undefined || home.metadata.deletionTimestamp !== undefined) return {};
  const data = { "ca.crt": clusterKeys(ctx.sim).authority.certificate };
  const present = ctx.lister(configMaps).get(`${namespace}/${NAME}`);
  const client = ctx.client.resource(configMaps);
  try {
    if (present === undefined) client.create({ metadata: { name: NAME, namespace, annotations: DESCRIPTION }, data });
    else if (!deepEqual(present.data, data) || !hasDescription(present)) {
      const annotations = { ...present.metadata.annotations, ...DESCRIPTION };
      client.update({ ...present, metadata: { ...present.metadata, annotations }, data });
    }
  } catch (error) {
    if (isAlreadyExists(error) || isNotFound(error)) return {};
    if (error instanceof StatusError && isNamespaceTerminating(error)) return {};
    throw error;
  }
  return {};
}

function hasDescription({ metadata }: ConfigMap): boolean {
  return Object.entries(DESCRIPTION).every(([key, value]) => metadata.annotations?.[key] === value);
}
