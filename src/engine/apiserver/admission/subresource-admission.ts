/**
 * Admission of what isn't a write of a stored object: what is posted to a subresource (bindings, evictions, token
 * requests), and requests that connect (exec, attach, port-forward, proxy). Only policies and webhooks look at those.
 * Upstream: `createValidation` of pkg/registry/core/pod/storage, ConnectResource in apiserver pkg/endpoints/handlers/rest.go.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest } from "../../api/meta/request.ts";
import type { ServerContext } from "../server-context.ts";
import type { Query } from "../http/url.ts";
import type { AdmissionRequest } from "./admission.ts";

export interface PostedKind {
  group: string;
  version: string;
  kind: string;
}

export const BINDING: PostedKind = { group: "", version: "v1", kind: "Binding" };
export const EVICTION: PostedKind = { group: "policy", version: "v1", kind: "Eviction" };
export const TOKEN_REQUEST: PostedKind = { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" };

/** Throws what refuses the request's body; gives what is warned of. */
export function admitPosted(context: ServerContext, request: ApiRequest, kind: PostedKind): readonly string[] {
  const apiVersion = kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
  const object = { apiVersion, kind: kind.kind, ...(request.body as object) } as KubeObject;
  return admit(context, request, { operation: "create", kind, object });
}

/** Throws what refuses the connection. */
export function admitConnection(context: ServerContext, request: ApiRequest, query: Query): void {
  const options = OPTIONS[`${request.resource.id}/${request.subresource}`];
  if (options === undefined) return;
  const kind = { group: "", version: "v1", kind: options };
  const object = { apiVersion: "v1", kind: options, ...optionsOf(query) };
  admit(context, request, { operation: "connect", kind, object: object as KubeObject });
}

/** What a connection's query says, by resource and subresource. A log is read, not connected to. */
const OPTIONS: Readonly<Record<string, string>> = {
  "pods/exec": "PodExecOptions",
  "pods/attach": "PodAttachOptions",
  "pods/portforward": "PodPortForwardOptions",
  "pods/proxy": "PodProxyOptions",
  "services/proxy": "ServiceProxyOptions",
  "nodes/proxy": "NodeProxyOptions",
};

function optionsOf(query: Query): object {
  const container = query.get("container") ?? "";
  const command = query.all("command");
  const ports = query.all("ports").map(Number);
  return {
    ...Object.fromEntries(
      ["stdin", "stdout", "stderr", "tty"].filter((name) => query.flag(name)).map((name) => [name, true]),
    ),
    ...(container !== "" && { container }),
    ...(command.length > 0 && { command }),
    ...(ports.length > 0 && { ports }),
  };
}

function admit(
  context: ServerContext,
  request: ApiRequest,
  { operation, kind, object }: Required<Pick<AdmissionRequest, "operation" | "kind">> & { object: KubeObject },
): readonly string[] {
  const warnings: string[] = [];
  context.admission.intercept(object, {
    operation,
    request,
    name: request.name,
    old: undefined,
    kind,
    context,
    warnings,
  });
  return warnings;
}
