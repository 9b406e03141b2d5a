/** What the gateway controller reads of the Gateway API's kinds. Upstream: kubernetes-sigs/gateway-api apis/v1. */
import type { Condition } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { LabelSelector } from "../../api/generated/types.ts";

export const GROUP = "gateway.networking.k8s.io";
export const CONTROLLER_NAME = "drydock.dev/gateway-controller";
/** The release whose kinds these are, and where a definition says of which it is. */
export const BUNDLE_VERSION = "v1.5.1";
export const BUNDLE_VERSION_ANNOTATION = "gateway.networking.k8s.io/bundle-version";

export interface GatewayClass extends KubeObject {
  spec: { controllerName: string; parametersRef?: object };
  status?: { conditions?: Condition[] };
}

export interface Listener {
  name: string;
  hostname?: string;
  port: number;
  protocol: string;
  tls?: { mode?: string; certificateRefs?: SecretRef[] };
  allowedRoutes?: {
    namespaces?: { from?: string; selector?: LabelSelector };
    kinds?: { group?: string; kind: string }[];
  };
}

export interface SecretRef {
  group?: string;
  kind?: string;
  name: string;
  namespace?: string;
}

export interface Gateway extends KubeObject {
  spec: {
    gatewayClassName: string;
    listeners: Listener[];
    addresses?: { type?: string; value?: string }[];
    infrastructure?: object;
  };
  status?: object;
}

export interface ParentRef {
  group?: string;
  kind?: string;
  name: string;
  namespace?: string;
  sectionName?: string;
  port?: number;
}

export interface BackendRef {
  group?: string;
  kind?: string;
  name: string;
  namespace?: string;
  port?: number;
  weight?: number;
}

export interface HeaderChange {
  set?: { name: string; value: string }[];
  add?: { name: string; value: string }[];
  remove?: string[];
}

export interface PathChange {
  type: string;
  replaceFullPath?: string;
  replacePrefixMatch?: string;
}

export interface Filter {
  type: string;
  requestHeaderModifier?: HeaderChange;
  responseHeaderModifier?: HeaderChange;
  requestRedirect?: Redirect;
  urlRewrite?: { hostname?: string; path?: PathChange };
  requestMirror?: Mirror;
}

export interface Redirect {
  scheme?: string;
  hostname?: string;
  path?: PathChange;
  port?: number;
  statusCode?: number;
}

/** Of how many requests: all of them unless one of the two says less. */
export interface Mirror {
  backendRef: BackendRef;
  percent?: number;
  fraction?: { numerator: number; denominator?: number };
}

export interface Match {
  path?: { type?: string; value?: string };
  headers?: { type?: string; name: string; value: string }[];
  queryParams?: { type?: string; name: string; value: string }[];
  method?: string;
}

export interface Rule {
  matches?: Match[];
  filters?: Filter[];
  backendRefs?: (BackendRef & { filters?: Filter[] })[];
  timeouts?: { request?: string; backendRequest?: string };
}

/** A route, whatever its kind: what listeners take and rank. Those of gRPC are turned into it (`grpc-route.ts`). */
export interface HttpRoute extends KubeObject {
  spec: { parentRefs?: ParentRef[]; hostnames?: string[]; rules?: Rule[] };
  status?: object;
}

export interface GrpcRoute extends KubeObject {
  spec: { parentRefs?: ParentRef[]; hostnames?: string[]; rules?: GrpcRule[] };
  status?: object;
}

export interface GrpcRule extends Omit<Rule, "matches"> {
  matches?: GrpcMatch[];
}

export interface GrpcMatch {
  method?: { type?: string; service?: string; method?: string };
  headers?: Match["headers"];
}

export const ROUTE_KINDS = ["HTTPRoute", "GRPCRoute"] as const;
export type RouteKind = (typeof ROUTE_KINDS)[number];

export interface ReferenceGrant extends KubeObject {
  spec: {
    from: { group: string; kind: string; namespace: string }[];
    to: { group: string; kind: string; name?: string }[];
  };
}
