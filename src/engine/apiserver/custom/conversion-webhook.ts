/**
 * Conversion by webhook. Upstream: apiextensions-apiserver pkg/apiserver/conversion/webhook_converter.go.
 * Simplified: nothing in the cluster can answer one; a request that needs it fails as if the webhook's service were gone.
 */
import type { CustomResourceDefinition } from "../../api/generated/types.ts";
import { StatusError } from "../../api/meta/status-error.ts";

export function webhookFailure({ spec }: CustomResourceDefinition, version: string): StatusError {
  const { url, service } = spec.conversion?.webhook?.clientConfig ?? {};
  const { name = "", namespace = "", path = "", port = 443 } = service ?? {};
  const target = url ?? `https://${name}.${namespace}.svc:${port}${path}`;
  const why = service === undefined ? "dial tcp: connect: connection refused" : `service "${name}" not found`;
  const kind = `${spec.group}/${version}, Kind=${spec.names.kind}`;
  const message = `conversion webhook for ${kind} failed: Post "${target}?timeout=30s": ${why}`;
  return new StatusError(500, "InternalError", message);
}
