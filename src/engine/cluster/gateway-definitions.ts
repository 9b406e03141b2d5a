/**
 * Definitions of the Gateway API's kinds, with schemas of our own after its specification: names, types, required fields,
 * enumerations, limits and defaults. Upstream: kubernetes-sigs/gateway-api apis/v1, apis/v1beta1.
 *
 * **Simplified:** of the validation rules in CEL none, of the experimental channel's fields none.
 */
import type { CustomResourceDefinition } from "../api/generated/types.ts";
import type { Draft } from "../api/meta/object.ts";

const GROUP = "gateway.networking.k8s.io";

type Schema = Record<string, unknown>;

const text = (rest: Schema = {}): Schema => ({ type: "string", ...rest });
const list = (items: Schema, rest: Schema = {}): Schema => ({ type: "array", items, ...rest });
const whole = (rest: Schema = {}): Schema => ({ type: "integer", format: "int32", ...rest });
const object = (properties: Record<string, Schema>, ...required: string[]): Schema => ({
  type: "object",
  properties,
  ...(required.length > 0 && { required }),
});

const NAME = text({ minLength: 1, maxLength: 253 });
const NAMESPACE = text({ minLength: 1, maxLength: 63, pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" });
const HOSTNAME = text({
  minLength: 1,
  maxLength: 253,
  pattern: "^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
});
const EXACT_HOSTNAME = text({ minLength: 1, maxLength: 253 });
const PORT = whole({ minimum: 1, maximum: 65_535 });
const LABELS = { type: "object", additionalProperties: text() };
const SELECTOR = object({
  matchLabels: LABELS,
  matchExpressions: list(object({ key: text(), operator: text(), values: list(text()) }, "key", "operator")),
});
const CONDITION = object(
  {
    type: text({ maxLength: 316 }),
    status: text({ enum: ["True", "False", "Unknown"] }),
    reason: text({ minLength: 1, maxLength: 1024 }),
    message: text({ maxLength: 32_768 }),
    lastTransitionTime: text({ format: "date-time" }),
    observedGeneration: { type: "integer", format: "int64", minimum: 0 },
  },
  "lastTransitionTime",
  "message",
  "reason",
  "status",
  "type",
);
const CONDITIONS = list(CONDITION, {
  maxItems: 8,
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["type"],
});
const PARENT_REF = object(
  {
    group: text({ default: GROUP, maxLength: 253 }),
    kind: text({ default: "Gateway", minLength: 1, maxLength: 63 }),
    namespace: NAMESPACE,
    name: NAME,
    sectionName: NAME,
    port: PORT,
  },
  "name",
);
const BACKEND: Record<string, Schema> = {
  group: text({ default: "", maxLength: 253 }),
  kind: text({ default: "Service", minLength: 1, maxLength: 63 }),
  name: NAME,
  namespace: NAMESPACE,
  port: PORT,
};
const WEIGHT = whole({ default: 1, minimum: 0, maximum: 1_000_000 });
const HEADER = object(
  { name: text({ minLength: 1, maxLength: 256 }), value: text({ minLength: 1, maxLength: 4096 }) },
  "name",
  "value",
);
const HEADER_CHANGE = object({
  set: list(HEADER, { maxItems: 16 }),
  add: list(HEADER, { maxItems: 16 }),
  remove: list(text(), { maxItems: 16 }),
});
const PATH_CHANGE = object(
  {
    type: text({ enum: ["ReplaceFullPath", "ReplacePrefixMatch"] }),
    replaceFullPath: text({ maxLength: 1024 }),
    replacePrefixMatch: text({ maxLength: 1024 }),
  },
  "type",
);
const EXTENSION = object(
  { group: text({ maxLength: 253 }), kind: text({ minLength: 1 }), name: NAME },
  "group",
  "kind",
  "name",
);

const COMMON_FILTERS: Record<string, Schema> = {
  requestHeaderModifier: HEADER_CHANGE,
  responseHeaderModifier: HEADER_CHANGE,
  requestMirror: object({ backendRef: object(BACKEND, "name") }, "backendRef"),
  extensionRef: EXTENSION,
};
const COMMON_TYPES = ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "ExtensionRef"];
const REDIRECT = object({
  scheme: text({ enum: ["http", "https"] }),
  hostname: EXACT_HOSTNAME,
  path: PATH_CHANGE,
  port: PORT,
  statusCode: { type: "integer", default: 302, enum: [301, 302] },
});
const FILTER = object(
  {
    type: text({ enum: [...COMMON_TYPES, "RequestRedirect", "URLRewrite"] }),
    ...COMMON_FILTERS,
    requestRedirect: REDIRECT,
    urlRewrite: object({ hostname: EXACT_HOSTNAME, path: PATH_CHANGE }),
  },
  "type",
);
const GRPC_FILTER = object({ type: text({ enum: COMMON_TYPES }), ...COMMON_FILTERS }, "type");

const compared = (value: Schema, kinds: readonly string[]): Schema =>
  object(
    { type: text({ default: "Exact", enum: kinds }), name: text({ minLength: 1, maxLength: 256 }), value },
    "name",
    "value",
  );

const MATCH = object({
  path: {
    ...object({
      type: text({ default: "PathPrefix", enum: ["Exact", "PathPrefix", "RegularExpression"] }),
      value: text({ default: "/", maxLength: 1024 }),
    }),
    default: { type: "PathPrefix", value: "/" },
  },
  headers: list(compared(text({ minLength: 1, maxLength: 4096 }), ["Exact", "RegularExpression"]), { maxItems: 16 }),
  queryParams: list(compared(text({ minLength: 1, maxLength: 1024 }), ["Exact", "RegularExpression"]), {
    maxItems: 16,
  }),
  method: text({ enum: ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"] }),
});
const GRPC_MATCH = object({
  method: object({
    type: text({ default: "Exact", enum: ["Exact", "RegularExpression"] }),
    service: text({ maxLength: 1024 }),
    method: text({ maxLength: 1024 }),
  }),
  headers: list(compared(text({ minLength: 1, maxLength: 4096 }), ["Exact", "RegularExpression"]), { maxItems: 16 }),
});

const ROUTE_STATUS = object(
  {
    parents: list(
      object(
        { parentRef: PARENT_REF, controllerName: text({ minLength: 1 }), conditions: CONDITIONS },
        "controllerName",
        "parentRef",
      ),
      { maxItems: 32 },
    ),
  },
  "parents",
);

const DURATION = text({ pattern: "^([0-9]{1,5}(h|m|s|ms)){1,4}$" });

/** `more`: what rules of this kind have besides. */
function route(
  match: Schema,
  filter: Schema,
  { matches, more }: { matches: Schema; more: Record<string, Schema> },
): Schema {
  const backend = object({ ...BACKEND, weight: WEIGHT, filters: list(filter, { maxItems: 16 }) }, "name");
  const rule = object({
    name: NAME,
    matches: list(match, { maxItems: 64, ...matches }),
    filters: list(filter, { maxItems: 16 }),
    backendRefs: list(backend, { maxItems: 16 }),
    ...more,
  });
  return object({
    parentRefs: list(PARENT_REF, { maxItems: 32 }),
    hostnames: list(HOSTNAME, { maxItems: 16 }),
    rules: list(rule, { minItems: 1, maxItems: 16 }),
  });
}

const SECRET_REF = object(
  { group: text({ default: "" }), kind: text({ default: "Secret" }), name: NAME, namespace: NAMESPACE },
  "name",
);
const ROUTE_KIND = object({ group: text({ default: GROUP }), kind: text({ minLength: 1, maxLength: 63 }) }, "kind");
const LISTENER = object(
  {
    name: NAME,
    hostname: HOSTNAME,
    port: PORT,
    protocol: text({ minLength: 1, maxLength: 255 }),
    tls: object({
      mode: text({ default: "Terminate", enum: ["Terminate", "Passthrough"] }),
      certificateRefs: list(SECRET_REF, { maxItems: 64 }),
      options: LABELS,
    }),
    allowedRoutes: {
      ...object({
        namespaces: {
          ...object({ from: text({ default: "Same", enum: ["All", "Selector", "Same"] }), selector: SELECTOR }),
          default: { from: "Same" },
        },
        kinds: list(ROUTE_KIND, { maxItems: 8 }),
      }),
      default: { namespaces: { from: "Same" } },
    },
  },
  "name",
  "port",
  "protocol",
);
const GATEWAY = object(
  {
    gatewayClassName: text({ minLength: 1, maxLength: 253 }),
    listeners: list(LISTENER, {
      minItems: 1,
      maxItems: 64,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    }),
    addresses: list(object({ type: text({ default: "IPAddress" }), value: text({ maxLength: 253 }) }), {
      maxItems: 16,
    }),
    infrastructure: object({ labels: LABELS, annotations: LABELS, parametersRef: EXTENSION }),
  },
  "gatewayClassName",
  "listeners",
);
const GATEWAY_STATUS = object({
  addresses: list(
    object({ type: text({ default: "IPAddress" }), value: text({ minLength: 1, maxLength: 253 }) }, "value"),
  ),
  conditions: CONDITIONS,
  listeners: list(
    object(
      { name: NAME, supportedKinds: list(ROUTE_KIND), attachedRoutes: whole(), conditions: CONDITIONS },
      "attachedRoutes",
      "conditions",
      "name",
    ),
  ),
});
const CLASS = object(
  {
    controllerName: text({
      minLength: 1,
      maxLength: 253,
      pattern:
        "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$",
    }),
    description: text({ maxLength: 64 }),
    parametersRef: object({ group: text(), kind: text(), name: NAME, namespace: NAMESPACE }, "group", "kind", "name"),
  },
  "controllerName",
);
const GRANT = object(
  {
    from: list(
      object({ group: text({ maxLength: 253 }), kind: text(), namespace: NAMESPACE }, "group", "kind", "namespace"),
      {
        minItems: 1,
        maxItems: 16,
      },
    ),
    to: list(object({ group: text({ maxLength: 253 }), kind: text(), name: NAME }, "group", "kind"), {
      minItems: 1,
      maxItems: 16,
    }),
  },
  "from",
  "to",
);

interface Kind {
  kind: string;
  plural: string;
  shortNames?: string[];
  scope?: "Cluster" | "Namespaced";
  versions: readonly string[];
  spec: Schema;
  status?: Schema;
  columns?: readonly (readonly [name: string, path: string])[];
}

const KINDS: readonly Kind[] = [
  {
    kind: "GatewayClass",
    plural: "gatewayclasses",
    shortNames: ["gc"],
    scope: "Cluster",
    versions: ["v1", "v1beta1"],
    spec: CLASS,
    status: object({ conditions: CONDITIONS }),
    columns: [
      ["Controller", ".spec.controllerName"],
      ["Accepted", '.status.conditions[?(@.type=="Accepted")].status'],
    ],
  },
  {
    kind: "Gateway",
    plural: "gateways",
    shortNames: ["gtw"],
    versions: ["v1", "v1beta1"],
    spec: GATEWAY,
    status: GATEWAY_STATUS,
    columns: [
      ["Class", ".spec.gatewayClassName"],
      ["Address", ".status.addresses[*].value"],
      ["Programmed", '.status.conditions[?(@.type=="Programmed")].status'],
    ],
  },
  {
    kind: "HTTPRoute",
    plural: "httproutes",
    versions: ["v1", "v1beta1"],
    spec: route(MATCH, FILTER, {
      matches: { default: [{ path: { type: "PathPrefix", value: "/" } }] },
      more: { timeouts: object({ request: DURATION, backendRequest: DURATION }) },
    }),
    status: ROUTE_STATUS,
    columns: [["Hostnames", ".spec.hostnames"]],
  },
  {
    kind: "GRPCRoute",
    plural: "grpcroutes",
    versions: ["v1"],
    spec: route(GRPC_MATCH, GRPC_FILTER, { matches: {}, more: {} }),
    status: ROUTE_STATUS,
    columns: [["Hostnames", ".spec.hostnames"]],
  },
  { kind: "ReferenceGrant", plural: "referencegrants", shortNames: ["refgrant"], versions: ["v1beta1"], spec: GRANT },
];

/** All of them, as `kubectl apply -f standard-install.yaml` brings them. */
export function gatewayDefinitions(): Draft<CustomResourceDefinition>[] {
  return KINDS.map(({ kind, plural, shortNames, scope = "Namespaced", versions, spec, status, columns = [] }) => {
    const schema = object({
      apiVersion: text(),
      kind: text(),
      metadata: { type: "object" },
      spec,
      ...(status !== undefined && { status }),
    });
    const additionalPrinterColumns = [
      ...columns.map(([name, jsonPath]) => ({ name, jsonPath, type: "string" })),
      { name: "Age", jsonPath: ".metadata.creationTimestamp", type: "date" },
    ];
    const definition: object = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: {
        name: `${plural}.${GROUP}`,
        annotations: {
          "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api/pull/2466",
          "gateway.networking.k8s.io/channel": "standard",
        },
      },
      spec: {
        group: GROUP,
        scope,
        names: {
          kind,
          listKind: `${kind}List`,
          plural,
          singular: kind.toLowerCase(),
          categories: ["gateway-api"],
          ...(shortNames !== undefined && { shortNames }),
        },
        versions: versions.map((name, at) => ({
          name,
          served: true,
          storage: at === 0,
          schema: { openAPIV3Schema: { ...schema, required: ["spec"] } },
          additionalPrinterColumns,
          ...(status !== undefined && { subresources: { status: {} } }),
        })),
      },
    };
    return definition as Draft<CustomResourceDefinition>;
  });
}
