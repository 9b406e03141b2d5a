/**
 * Definitions of the Gateway API's kinds, with schemas of our own after its specification: names, types, required fields,
 * enumerations, limits and defaults. Upstream: kubernetes-sigs/gateway-api apis/v1, apis/v1beta1.
 *
 * **Simplified:** of the validation rules in CEL those that people meet, in expressions of our own; of the experimental
 * channel's fields none.
 */
import type { CustomResourceDefinition } from "../api/generated/types.ts";
import type { Draft } from "../api/meta/object.ts";
import { BUNDLE_VERSION, BUNDLE_VERSION_ANNOTATION } from "../network/gateway/kinds.ts";
import { GRPC_ROUTE, HTTP_ROUTE, ROUTE_STATUS } from "./gateway-route-schemas.ts";
import {
  CONDITIONS,
  EXTENSION,
  GROUP,
  HOSTNAME,
  LABELS,
  NAME,
  NAMESPACE,
  PORT,
  SECTION_NAME,
  SELECTOR,
  group,
  kindName,
  list,
  object,
  pending,
  ruled,
  text,
  whole,
} from "./gateway-schema-parts.ts";
import type { Schema } from "./gateway-schema-parts.ts";

const SECRET_REF = object(
  { group: group({ default: "" }), kind: kindName({ default: "Secret" }), name: NAME, namespace: NAMESPACE },
  "name",
);
const ROUTE_KIND = object({ group: group({ default: GROUP }), kind: kindName() }, "kind");
const LISTENER = object(
  {
    name: SECTION_NAME,
    hostname: HOSTNAME,
    port: PORT,
    protocol: text({ minLength: 1, maxLength: 255 }),
    tls: ruled(
      object({
        mode: text({ default: "Terminate", enum: ["Terminate", "Passthrough"] }),
        certificateRefs: list(SECRET_REF, { maxItems: 64 }),
        options: LABELS,
      }),
      [
        "self.mode != 'Terminate' || has(self.options) || (has(self.certificateRefs) && self.certificateRefs.size() > 0)",
        "certificateRefs or options must be specified when mode is Terminate",
      ],
    ),
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
    listeners: ruled(
      list(LISTENER, {
        minItems: 1,
        maxItems: 64,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
      }),
      [
        "self.all(l, !(l.protocol in ['HTTP', 'TCP', 'UDP']) || !has(l.tls))",
        "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
      ],
      [
        "self.all(l, l.protocol != 'HTTPS' || !has(l.tls) || l.tls.mode == 'Terminate')",
        "tls mode must be Terminate for protocol HTTPS",
      ],
      [
        "self.all(l, !(l.protocol in ['TCP', 'UDP']) || !has(l.hostname))",
        "hostname must not be specified for protocols ['TCP', 'UDP']",
      ],
      [
        "self.all(a, self.exists_one(b, a.port == b.port && a.protocol == b.protocol && (has(a.hostname) ? a.hostname : '') == (has(b.hostname) ? b.hostname : '')))",
        "Combination of port, protocol and hostname must be unique for each listener",
      ],
    ),
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
const FEATURES = list(object({ name: text() }, "name"), {
  maxItems: 64,
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["name"],
});
const CLASS = object(
  {
    controllerName: ruled(
      text({
        minLength: 1,
        maxLength: 253,
        pattern:
          "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$",
      }),
      ["self == oldSelf", "Value is immutable"],
    ),
    description: text({ maxLength: 64 }),
    parametersRef: object(
      { group: group(), kind: kindName(), name: NAME, namespace: NAMESPACE },
      "group",
      "kind",
      "name",
    ),
  },
  "controllerName",
);
const GRANT = object(
  {
    from: list(object({ group: group(), kind: kindName(), namespace: NAMESPACE }, "group", "kind", "namespace"), {
      minItems: 1,
      maxItems: 16,
    }),
    to: list(object({ group: group(), kind: kindName(), name: NAME }, "group", "kind"), {
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
  /** The minor release that brought it, and the one that brought its v1, where that isn't the first. */
  since?: number;
  stable?: number;
  spec: Schema;
  status?: Schema;
  columns?: readonly (readonly [name: string, path: string])[];
  /** Further ones, which `-o wide` shows. */
  wide?: readonly (readonly [name: string, path: string])[];
}

const KINDS: readonly Kind[] = [
  {
    kind: "GatewayClass",
    plural: "gatewayclasses",
    shortNames: ["gc"],
    scope: "Cluster",
    versions: ["v1", "v1beta1"],
    spec: CLASS,
    status: { ...object({ conditions: CONDITIONS, supportedFeatures: FEATURES }), default: pending("Accepted") },
    columns: [
      ["Controller", ".spec.controllerName"],
      ["Accepted", '.status.conditions[?(@.type=="Accepted")].status'],
    ],
    wide: [["Description", ".spec.description"]],
  },
  {
    kind: "Gateway",
    plural: "gateways",
    shortNames: ["gtw"],
    versions: ["v1", "v1beta1"],
    spec: GATEWAY,
    status: { ...GATEWAY_STATUS, default: pending("Accepted", "Programmed") },
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
    spec: HTTP_ROUTE,
    status: ROUTE_STATUS,
    columns: [["Hostnames", ".spec.hostnames"]],
  },
  {
    kind: "GRPCRoute",
    plural: "grpcroutes",
    versions: ["v1"],
    since: 1,
    spec: GRPC_ROUTE,
    status: ROUTE_STATUS,
    columns: [["Hostnames", ".spec.hostnames"]],
  },
  {
    kind: "ReferenceGrant",
    plural: "referencegrants",
    shortNames: ["refgrant"],
    versions: ["v1", "v1beta1"],
    stable: 5,
    spec: GRANT,
  },
];

/** All that a release has of them, as `kubectl apply -f standard-install.yaml` brings them. */
export function gatewayDefinitions(release = BUNDLE_VERSION): Draft<CustomResourceDefinition>[] {
  const minor = Number(release.split(".")[1]);
  return KINDS.filter(({ since = 0 }) => since <= minor).map(
    ({ kind, plural, shortNames, scope = "Namespaced", spec, status, columns = [], wide = [], ...served }) => {
      const versions = served.versions.filter((name) => name !== "v1" || (served.stable ?? 0) <= minor);
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
        ...wide.map(([name, jsonPath]) => ({ name, jsonPath, type: "string", priority: 1 })),
      ];
      const definition: object = {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: {
          name: `${plural}.${GROUP}`,
          annotations: {
            "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api/pull/4530",
            [BUNDLE_VERSION_ANNOTATION]: release,
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
    },
  );
}
