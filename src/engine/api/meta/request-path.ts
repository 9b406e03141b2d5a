import type { ApiRequest } from "./request.ts";

/** `/apis/apps/v1/namespaces/default/deployments/web/status` */
export function pathOf({ resource, namespace, name, subresource }: ApiRequest): string {
  const { group, version, plural } = resource;
  const parts = [group === "" ? "/api" : `/apis/${group}`, version];
  if (namespace !== "") parts.push("namespaces", namespace);
  for (const part of [plural, name, subresource]) if (part !== "") parts.push(part);
  return parts.join("/");
}
