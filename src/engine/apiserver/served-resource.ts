import type { ApiRequest } from "../api/meta/request.ts";
import type { Resource } from "../api/meta/resource.ts";

/** The version that the client speaks: its structure, field labels, status subresource and validation hold. */
export function servedResource({ resource, servedAs }: Pick<ApiRequest, "resource" | "servedAs">): Resource {
  return servedAs ?? resource;
}
