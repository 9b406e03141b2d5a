import type { HttpRequest } from "../../base/program.ts";
import type { Attributes } from "../auth/attributes.ts";
import type { ResourcePath } from "./resource-path.ts";

/** What is asked of a path that leads to no resource here: a page, or a resource that doesn't exist. */
export function attributesOfPath({ method, url }: HttpRequest, path: ResourcePath | undefined): Attributes {
  if (path === undefined) {
    return { verb: method.toLowerCase(), path: url.replace(/^\w+:\/\/[^/]*/, "").replace(/\?.*$/, "") || "/" };
  }
  const verb = VERBS_OF_METHODS[method]?.[path.name === "" ? 0 : 1] ?? method.toLowerCase();
  return {
    verb,
    group: path.group,
    resource: path.plural,
    subresource: path.subresource,
    namespace: path.namespace,
    name: path.name,
  };
}

/** Of a collection and of one object. */
const VERBS_OF_METHODS: Readonly<Record<string, readonly [string, string]>> = {
  GET: ["list", "get"],
  HEAD: ["list", "get"],
  POST: ["create", "create"],
  PUT: ["update", "update"],
  PATCH: ["patch", "patch"],
  DELETE: ["deletecollection", "delete"],
};
