import type { Resource } from "./resource.ts";
import type { UserInfo } from "./user-info.ts";

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";
export type PatchType = "json" | "merge" | "strategic" | "apply";
export type PropagationPolicy = "Background" | "Foreground" | "Orphan";

/** Query parameters and delete options that the server understands. */
export interface RequestOptions {
  labelSelector?: string;
  fieldSelector?: string;
  /** Of custom metrics: which of an object's series. */
  metricLabelSelector?: string;
  resourceVersion?: string;
  resourceVersionMatch?: "Exact" | "NotOlderThan";
  limit?: number;
  continue?: string;
  dryRun?: boolean;
  fieldValidation?: "Strict" | "Warn" | "Ignore";
  fieldManager?: string;
  force?: boolean;
  gracePeriodSeconds?: number;
  propagationPolicy?: PropagationPolicy;
  preconditions?: { uid?: string; resourceVersion?: string };
  /** Watch: stop after this many seconds of virtual time. */
  timeoutSeconds?: number;
  allowWatchBookmarks?: boolean;
  /** Watch: first what exists, then a bookmark that says so; false: not even without a resourceVersion. */
  sendInitialEvents?: boolean;
}

/** Where the server tells of a request to the audit. Upstream: apiserver pkg/audit. */
export interface RequestAudit {
  annotate(key: string, value: string): void;
  /** The request with its body understood. */
  asked(request: ApiRequest): void;
  /** The object of the answer, or a Status. */
  answered(object: unknown): void;
}

/** A request as the server sees it once path, query and body are understood. In-process clients build it directly. */
export interface ApiRequest {
  verb: Verb;
  resource: Resource;
  /** The server's own: the version that the client speaks, where `resource` is by now the one that is stored. */
  servedAs?: Resource;
  /** Empty for cluster-scoped resources and for lists over all namespaces. */
  namespace: string;
  /** Empty for collections. */
  name: string;
  subresource: string;
  body?: unknown;
  patchType?: PatchType;
  /** What strict reading of a patch's text complains of: `duplicate field "spec.replicas"`. */
  complaints?: readonly string[];
  options: RequestOptions;
  user: UserInfo;
  /** What a client over HTTP calls itself; its first word owns the fields that it writes when it names no field manager. */
  userAgent?: string;
  /** The server's own: the subresource that a write of the object itself came through. */
  writtenThrough?: string;
  /** The server's own: set once the request is told of, or isn't to be. */
  audit?: RequestAudit;
}

export interface ApiResponse<T = unknown> {
  code: number;
  /** The object, `ObjectList` or `Status`. Frozen and shared with the store: never change it. */
  object: T;
  /** Texts for `Warning:` lines. */
  warnings: readonly string[];
}

export interface ObjectList<T> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: T[];
}

export interface WatchEvent<T> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: T;
}
