/**
 * What a request wants, as authorizers see it. Upstream: apiserver pkg/authorization/authorizer/interfaces.go,
 * pkg/endpoints/request/requestinfo.go; messages of pkg/endpoints/handlers/responsewriters/errors.go.
 */
import type { ApiRequest } from "../../api/meta/request.ts";
import { forbidden, StatusError } from "../../api/meta/status-error.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";

export interface ResourceAttributes {
  verb: string;
  group: string;
  /** Plural: `pods`. */
  resource: string;
  /** "" for the resource itself. */
  subresource: string;
  /** "" for cluster-scoped objects and for all namespaces. */
  namespace: string;
  /** "" for collections and for objects that are made. */
  name: string;
}

export interface PathAttributes {
  verb: string;
  path: string;
}

export type Attributes = ResourceAttributes | PathAttributes;

export function isPath(attributes: Attributes): attributes is PathAttributes {
  return "path" in attributes;
}

/** A single field selector `metadata.name=x` narrows a collection to one name. */
function nameSelected(selector: string | undefined): string {
  if (selector === undefined || !selector.startsWith("metadata.name=")) return "";
  const name = selector.slice("metadata.name=".length).replace(/^=/, "");
  return name.includes(",") ? "" : name;
}

/** The name that counts: of lists and watches the one that their field selector asks for. */
export function nameOf({ verb, name, options, subresource }: ApiRequest): string {
  if (name !== "") return verb === "create" && subresource === "" ? "" : name;
  return verb === "list" || verb === "watch" || verb === "deletecollection" ? nameSelected(options.fieldSelector) : "";
}

/** A namespace by name is in itself: who may do something in it may be let to it by a role there. */
export function namespaceOf({ resource, namespace, name }: ApiRequest): string {
  return resource.id === "namespaces" ? name : namespace;
}

export function attributesOf(request: ApiRequest): ResourceAttributes {
  const { verb, resource, subresource } = request;
  return {
    verb,
    group: resource.group,
    resource: resource.plural,
    subresource,
    namespace: namespaceOf(request),
    name: nameOf(request),
  };
}

/** Texts that were made before: by verb, resource, group and subresource. */
const kinds = new Map<string, Map<string, { group: string; subresource: string; text: string }[]>>();
let known = 0;
/** Reviews may ask for anything; the texts are only there to save work. */
const REMEMBERED = 10_000;

/** `get  pods status`: what a request is apart from who asks and about which object. The same text for the same four. */
export function kindText({ verb, group, resource, subresource }: ResourceAttributes): string {
  let byResource = kinds.get(verb);
  if (byResource === undefined) kinds.set(verb, (byResource = new Map()));
  let made = byResource.get(resource);
  if (made === undefined) byResource.set(resource, (made = []));
  for (const kind of made) if (kind.group === group && kind.subresource === subresource) return kind.text;
  const text = `${verb} ${group} ${resource} ${subresource}`;
  if (++known > REMEMBERED) {
    kinds.clear();
    known = 0;
  } else made.push({ group, subresource, text });
  return text;
}

/** `User "jane" cannot list resource "pods" in API group "" in the namespace "default"` */
function forbiddenMessage(user: UserInfo, attributes: Attributes): string {
  const who = `User ${JSON.stringify(user.name)} cannot ${attributes.verb}`;
  if (isPath(attributes)) return `${who} path ${JSON.stringify(attributes.path)}`;
  const { group, resource, subresource, namespace } = attributes;
  const full = subresource === "" ? resource : `${resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  return `${who} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${where}`;
}

function sanitized(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** 403, with what the authorizers had to say. */
export function forbiddenFor(user: UserInfo, attributes: Attributes, reason: string): StatusError {
  const message = sanitized(forbiddenMessage(user, attributes)) + (reason === "" ? "" : `: ${reason}`);
  if (isPath(attributes)) return new StatusError(403, "Forbidden", `forbidden: ${message}`, {});
  return forbidden(attributes, attributes.name, message);
}
