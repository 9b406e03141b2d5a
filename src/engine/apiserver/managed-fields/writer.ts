/** Who a request's fields belong to. Upstream: apiserver pkg/endpoints/handlers/create.go (managerOrUserAgent). */
import type { ApiRequest } from "../../api/meta/request.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { NODE_USER_PREFIX } from "../../api/meta/user-info.ts";
import type { ServerContext } from "../server-context.ts";
import { servedResource } from "../served-resource.ts";
import type { Writer, WriterId } from "./ownership.ts";

/** Components speak in-process and send no user agent: their programs' names, by the users that they are. */
const CONTROLLERS = "system:serviceaccount:kube-system:";
const SYSTEM = "system:";
const UNKNOWN = "unknown";

/** `kubectl/v1.36.0 (linux/amd64)` → `kubectl`. */
export function managerOf({ options, userAgent, user }: Pick<ApiRequest, "options" | "userAgent" | "user">): string {
  const { fieldManager } = options;
  if (fieldManager !== undefined && fieldManager !== "") return fieldManager;
  if (userAgent !== undefined) return (userAgent.split("/")[0] as string) || UNKNOWN;
  const { name } = user;
  if (name.startsWith(NODE_USER_PREFIX)) return "kubelet";
  if (name.startsWith(CONTROLLERS)) return "kube-controller-manager";
  if (name === "system:apiserver") return "kube-apiserver";
  return name.startsWith(SYSTEM) ? name.slice(SYSTEM.length) : name;
}

export function writerOf(context: ServerContext, request: ApiRequest): Writer {
  const { subresource, writtenThrough } = request;
  const by = writerId(servedResource(request), writtenThrough ?? subresource, managerOf(request));
  return { by, now: context.sim.now };
}

/** Each writer of a resource, by manager and subresource as one text: few write the same again and again. */
const writers = new WeakMap<Resource, Map<string, WriterId>>();

/** The same object for the same three. */
export function writerId(resource: Resource, subresource: string, manager: string): WriterId {
  let ofResource = writers.get(resource);
  if (ofResource === undefined) writers.set(resource, (ofResource = new Map()));
  const key = subresource === "" ? manager : `${manager}\n${subresource}`;
  let writer = ofResource.get(key);
  if (writer === undefined) ofResource.set(key, (writer = { resource, subresource, manager }));
  return writer;
}
