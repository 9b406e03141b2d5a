/** Schemas of routes: matches, filters, backends, and the rules that hold for them. Upstream: gateway-api apis/v1/{httproute,grpcroute}_types.go. */
import {
  CONDITIONS,
  EXACT_HOSTNAME,
  EXTENSION,
  HOSTNAME,
  NAME,
  NAMESPACE,
  PARENT_REF,
  PORT,
  SECTION_NAME,
  group,
  kindName,
  list,
  object,
  ruled,
  text,
  whole,
} from "./gateway-schema-parts.ts";
import type { Rules, Schema } from "./gateway-schema-parts.ts";

const BACKEND: Record<string, Schema> = {
  group: group({ default: "" }),
  kind: kindName({ default: "Service" }),
  name: NAME,
  namespace: NAMESPACE,
  port: PORT,
};
const PORT_RULE = [
  "self.group != '' || self.kind != 'Service' || has(self.port)",
  "Must have port for Service reference",
] as const;
const WEIGHT = whole({ default: 1, minimum: 0, maximum: 1_000_000 });
/** RFC 7230's token. */
const HEADER_NAME = text({ minLength: 1, maxLength: 256, pattern: "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$" });
const HEADER = object({ name: HEADER_NAME, value: text({ minLength: 1, maxLength: 4096 }) }, "name", "value");
/** Lists whose items have names, each once. */
const BY_NAME = { maxItems: 16, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] };
const HEADER_CHANGE = object({
  set: list(HEADER, BY_NAME),
  add: list(HEADER, BY_NAME),
  remove: list(text(), { maxItems: 16, "x-kubernetes-list-type": "set" }),
});
const PATH_CHANGE = ruled(
  object(
    {
      type: text({ enum: ["ReplaceFullPath", "ReplacePrefixMatch"] }),
      replaceFullPath: text({ maxLength: 1024 }),
      replacePrefixMatch: text({ maxLength: 1024 }),
    },
    "type",
  ),
  ...(["replaceFullPath", "replacePrefixMatch"] as const).flatMap((field) => {
    const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
    return [
      [`self.type != '${type}' || has(self.${field})`, `${field} must be specified when type is set to '${type}'`],
      [`!has(self.${field}) || self.type == '${type}'`, `type must be '${type}' when ${field} is set`],
    ] as const;
  }),
);

const COMMON_FILTERS: Record<string, Schema> = {
  requestHeaderModifier: HEADER_CHANGE,
  responseHeaderModifier: HEADER_CHANGE,
  requestMirror: ruled(
    object(
      {
        backendRef: ruled(object(BACKEND, "name"), PORT_RULE),
        percent: whole({ minimum: 0, maximum: 100 }),
        fraction: ruled(
          object({ numerator: whole({ minimum: 0 }), denominator: whole({ default: 100, minimum: 1 }) }, "numerator"),
          ["self.numerator <= self.denominator", "numerator must be less than or equal to denominator"],
        ),
      },
      "backendRef",
    ),
    [
      "!(has(self.percent) && has(self.fraction))",
      "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter",
    ],
  ),
  extensionRef: EXTENSION,
};
const COMMON_TYPES = ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "ExtensionRef"];
const REDIRECT = object({
  scheme: text({ enum: ["http", "https"] }),
  hostname: EXACT_HOSTNAME,
  path: PATH_CHANGE,
  port: PORT,
  statusCode: { type: "integer", default: 302, enum: [301, 302, 303, 307, 308] },
});

/** A filter has the settings of its type, and no others. */
function filterOf(types: readonly string[], settings: Record<string, Schema>): Schema {
  const rules = types.flatMap((type) => {
    const field = Object.keys(settings).find((name) => name.toLowerCase() === type.toLowerCase()) as string;
    return [
      [
        `!has(self.${field}) || self.type == '${type}'`,
        `filter.${field} must be nil if the filter.type is not ${type}`,
      ],
      [`self.type != '${type}' || has(self.${field})`, `filter.${field} must be specified for ${type} filter.type`],
    ] as const;
  });
  return ruled(object({ type: text({ enum: types }), ...settings }, "type"), ...rules);
}

const FILTER = filterOf([...COMMON_TYPES, "RequestRedirect", "URLRewrite"], {
  ...COMMON_FILTERS,
  requestRedirect: REDIRECT,
  urlRewrite: object({ hostname: EXACT_HOSTNAME, path: PATH_CHANGE }),
});
const GRPC_FILTER = filterOf(COMMON_TYPES, COMMON_FILTERS);

/** Rules of a list of filters. */
const once = (...types: readonly string[]) =>
  types.map(
    (type) => [`self.filter(f, f.type == '${type}').size() <= 1`, `${type} filter cannot be repeated`] as const,
  );
const HTTP_FILTERS = [
  [
    "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
    "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
  ],
  ...once("RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite"),
] as const;
const GRPC_FILTERS = once("RequestHeaderModifier", "ResponseHeaderModifier");

/** Where a prefix is replaced there has to be one, and one alone. */
const prefixRule = (name: string, field: string): readonly [string, string] => [
  `!has(self.filters) || !self.filters.exists(f, has(f.${field}) && has(f.${field}.path) && f.${field}.path.type == 'ReplacePrefixMatch') || (has(self.matches) && self.matches.size() == 1 && has(self.matches[0].path) && self.matches[0].path.type == 'PathPrefix')`,
  `When using ${name} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`,
];
const HTTP_RULES = [
  [
    "!has(self.backendRefs) || self.backendRefs.size() == 0 || !has(self.filters) || !self.filters.exists(f, has(f.requestRedirect))",
    "RequestRedirect filter must not be used together with backendRefs",
  ],
  prefixRule("RequestRedirect", "requestRedirect"),
  prefixRule("URLRewrite", "urlRewrite"),
] as const;

const COMPARED = list(
  object(
    {
      type: text({ default: "Exact", enum: ["Exact", "RegularExpression"] }),
      name: HEADER_NAME,
      value: text({ minLength: 1, maxLength: 4096 }),
    },
    "name",
    "value",
  ),
  BY_NAME,
);

/** What a path that is no pattern may not hold. */
const NOT_IN_PATHS = ["//", "/./", "/../", "%2f", "%2F", "#"];
const NOT_AT_THE_END = ["/..", "/."];
const IN_PATHS = "when type one of ['Exact', 'PathPrefix']";
const plainPath = (condition: string): string => `self.type == 'RegularExpression' || ${condition}`;

const MATCH = object({
  path: {
    ...ruled(
      object({
        type: text({ default: "PathPrefix", enum: ["Exact", "PathPrefix", "RegularExpression"] }),
        value: text({ default: "/", maxLength: 1024 }),
      }),
      [plainPath("self.value.startsWith('/')"), `value must be an absolute path and start with '/' ${IN_PATHS}`],
      ...NOT_IN_PATHS.map(
        (part) => [plainPath(`!self.value.contains('${part}')`), `must not contain '${part}' ${IN_PATHS}`] as const,
      ),
      ...NOT_AT_THE_END.map(
        (part) => [plainPath(`!self.value.endsWith('${part}')`), `must not end with '${part}' ${IN_PATHS}`] as const,
      ),
    ),
    default: { type: "PathPrefix", value: "/" },
  },
  headers: COMPARED,
  queryParams: COMPARED,
  method: text({ enum: ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"] }),
});
const GRPC_MATCH = object({
  method: ruled(
    object({
      type: text({ default: "Exact", enum: ["Exact", "RegularExpression"] }),
      service: text({ maxLength: 1024 }),
      method: text({ maxLength: 1024 }),
    }),
    ["has(self.service) || has(self.method)", "One or both of 'service' or 'method' must be specified"],
    [
      "self.type != 'Exact' || !has(self.service) || self.service.matches('^[.]?[A-Za-z_][A-Za-z_0-9]*([.][A-Za-z_][A-Za-z_0-9]*)*$')",
      "service must only contain valid characters (matching ^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$)",
    ],
    [
      "self.type != 'Exact' || !has(self.method) || self.method.matches('^[A-Za-z_][A-Za-z_0-9]*$')",
      "method must only contain valid characters (matching ^[A-Za-z_][A-Za-z_0-9]*$)",
    ],
  ),
  headers: COMPARED,
});

export const ROUTE_STATUS = object(
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

/** Whether a parent is named twice: then each time with a section, and another one. */
const SAME_PARENT =
  "p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name && (has(p1.__namespace__) ? p1.__namespace__ : '') == (has(p2.__namespace__) ? p2.__namespace__ : '')";
const sectionOf = (ref: string): string => `(has(${ref}.sectionName) ? ${ref}.sectionName : '')`;
const TWICE = "when parentRefs includes 2 or more references to the same parent";
const PARENT_RULES = [
  [
    `self.all(p1, self.all(p2, ${SAME_PARENT} ? (${sectionOf("p1")} == '') == (${sectionOf("p2")} == '') : true))`,
    `sectionName must be specified ${TWICE}`,
  ],
  [
    `self.all(p1, self.exists_one(p2, ${SAME_PARENT} && ${sectionOf("p1")} == ${sectionOf("p2")}))`,
    `sectionName must be unique ${TWICE}`,
  ],
] as const;

/** `more`: what rules of this kind have besides. */
function route(
  match: Schema,
  filter: Schema,
  { matches, more, rules, filters }: { matches: Schema; more: Record<string, Schema>; rules: Rules; filters: Rules },
): Schema {
  const filterList = ruled(list(filter, { maxItems: 16 }), ...filters);
  const backend = ruled(object({ ...BACKEND, weight: WEIGHT, filters: filterList }, "name"), PORT_RULE);
  const rule = ruled(
    object({
      name: SECTION_NAME,
      matches: list(match, { maxItems: 64, ...matches }),
      filters: filterList,
      backendRefs: list(backend, { maxItems: 16 }),
      ...more,
    }),
    ...rules,
  );
  return object({
    parentRefs: ruled(list(PARENT_REF, { maxItems: 32 }), ...PARENT_RULES),
    hostnames: list(HOSTNAME, { maxItems: 16 }),
    rules: list(rule, { minItems: 1, maxItems: 16 }),
  });
}

export const HTTP_ROUTE = route(MATCH, FILTER, {
  matches: { default: [{ path: { type: "PathPrefix", value: "/" } }] },
  more: {
    timeouts: ruled(object({ request: DURATION, backendRequest: DURATION }), [
      "!(has(self.request) && has(self.backendRequest)) || duration(self.request) == duration('0s') || duration(self.backendRequest) <= duration(self.request)",
      "backendRequest timeout cannot be longer than request timeout",
    ]),
  },
  rules: HTTP_RULES,
  filters: HTTP_FILTERS,
});

export const GRPC_ROUTE = route(GRPC_MATCH, GRPC_FILTER, { matches: {}, more: {}, rules: [], filters: GRPC_FILTERS });
