/**
 * POST pods/x/eviction: a delete that a disruption budget may refuse. Upstream: pkg/registry/core/pod/storage/eviction.go.
 * Simplified: PodDisruptionBudget is not a kind yet, so nothing refuses.
 */
import type { Eviction } from "../../api/generated/types.ts";
import type { ApiRequest, ApiResponse } from "../../api/meta/request.ts";
import { badRequest } from "../../api/meta/status-error.ts";
import type { ServerContext } from "../server-context.ts";
import { deleteObject } from "../verbs/delete.ts";
import { optionsFromBody } from "../verbs/delete-options.ts";

const EVICTED = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };

export function evict(context: ServerContext, request: ApiRequest): ApiResponse {
  const eviction = request.body as Partial<Eviction>;
  const said = eviction.metadata?.name ?? "";
  if (said !== "" && said !== request.name) throw badRequest("name in URL does not match name in Eviction object");
  const options = { ...request.options, ...optionsFromBody(eviction.deleteOptions) };
  deleteObject(context, { ...request, verb: "delete", subresource: "", options });
  return { code: 201, object: EVICTED, warnings: [] };
}
