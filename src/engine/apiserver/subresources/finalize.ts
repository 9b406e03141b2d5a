/**
 * PUT namespaces/x/finalize: the namespace controller says that it has emptied the namespace. Upstream: FinalizeREST of
 * pkg/registry/core/namespace/storage/storage.go.
 */
import type { Namespace } from "../../api/generated/types.ts";
import type { ApiRequest, ApiResponse } from "../../api/meta/request.ts";
import type { ServerContext } from "../server-context.ts";
import { existing } from "../verbs/get.ts";
import { checkPreconditions, store } from "../verbs/update.ts";

/** Only `spec.finalizers` is heard; the last one gone from a namespace that is being deleted removes it. */
export function finalize(context: ServerContext, request: ApiRequest): ApiResponse {
  const said = request.body as Namespace;
  const old = existing(context, request) as Namespace;
  checkPreconditions(request.resource, said.metadata ?? {}, old);
  const metadata = { ...old.metadata };
  const object: Namespace = { ...old, metadata, spec: { ...old.spec, finalizers: said.spec?.finalizers ?? [] } };
  return store(context, request, { object, old, metadata, wanted: object, warnings: [] });
}
