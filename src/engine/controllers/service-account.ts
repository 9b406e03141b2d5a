/** Every namespace has its `default` service account. Upstream: pkg/controller/serviceaccount/serviceaccounts_controller.go. */
import type { Namespace } from "../api/generated/types.ts";
import { isAlreadyExists, StatusError } from "../api/meta/status-error.ts";
import { namespaces, serviceAccounts } from "../api/registry.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "./define-controller.ts";
import { isNamespaceTerminating } from "./pod-control.ts";

const DEFAULT = "default";

export function serviceAccountController(): ControllerDefinition<Namespace> {
  return defineController<Namespace>({
    name: "service-account-controller",
    for: namespaces,
    setup(informers, ctx) {
      informers.informer(serviceAccounts).addHandler({
        onDelete: ({ metadata }) => {
          if (metadata.name === DEFAULT) ctx.enqueue(metadata.namespace);
        },
      });
    },
    reconcile,
  });
}

function reconcile(ctx: ControllerContext, namespace: string): ReconcileResult {
  const home = ctx.lister(namespaces).get(namespace);
  if (home === undefined || home.metadata.deletionTimestamp !== undefined) return {};
  if (ctx.lister(serviceAccounts).get(`${namespace}/${DEFAULT}`) !== undefined) return {};
  try {
    ctx.client.resource(serviceAccounts).create({ metadata: { name: DEFAULT, namespace } });
  } catch (error) {
    if (isAlreadyExists(error) || (error instanceof StatusError && isNamespaceTerminating(error))) return {};
    throw error;
  }
  return {};
}
