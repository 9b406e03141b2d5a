/** What schemas of the Gateway API's kinds are made of. Upstream: kubernetes-sigs/gateway-api apis/v1/shared_types.go. */
export const GROUP = "gateway.networking.k8s.io";

export type Schema = Record<string, unknown>;

export const text = (rest: Schema = {}): Schema => ({ type: "string", ...rest });
export const list = (items: Schema, rest: Schema = {}): Schema => ({ type: "array", items, ...rest });
export const whole = (rest: Schema = {}): Schema => ({ type: "integer", format: "int32", ...rest });
export const object = (properties: Record<string, Schema>, ...required: string[]): Schema => ({
  type: "object",
  properties,
  ...(required.length > 0 && { required }),
});
export type Rules = readonly (readonly [rule: string, message: string])[];

/** With rules in CEL; where one doesn't hold its words are the answer. */
export const ruled = (schema: Schema, ...rules: Rules): Schema => ({
  ...schema,
  "x-kubernetes-validations": rules.map(([rule, message]) => ({ rule, message })),
});

export const NAME = text({ minLength: 1, maxLength: 253 });
export const NAMESPACE = text({ minLength: 1, maxLength: 63, pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" });
export const HOSTNAME = text({
  minLength: 1,
  maxLength: 253,
  pattern: "^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
});
const DOTTED = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
export const EXACT_HOSTNAME = text({ minLength: 1, maxLength: 253, pattern: DOTTED });
/** Of a listener, or of a route's rule. */
export const SECTION_NAME = text({ minLength: 1, maxLength: 253, pattern: DOTTED });
/** "" is the core group. */
export const group = (rest: Schema = {}): Schema => text({ maxLength: 253, pattern: `^$|${DOTTED}`, ...rest });
export const kindName = (rest: Schema = {}): Schema =>
  text({ minLength: 1, maxLength: 63, pattern: "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$", ...rest });
export const PORT = whole({ minimum: 1, maximum: 65_535 });
export const LABELS = { type: "object", additionalProperties: text() };
export const SELECTOR = object({
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
export const CONDITIONS = list(CONDITION, {
  maxItems: 8,
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["type"],
});
/** What a status says until somebody looks after the object. */
export const pending = (...types: readonly string[]): Schema => ({
  conditions: types.map((type) => ({
    ...{ type, status: "Unknown", reason: "Pending", message: "Waiting for controller" },
    lastTransitionTime: "1970-01-01T00:00:00Z",
  })),
});
export const PARENT_REF = object(
  {
    group: group({ default: GROUP }),
    kind: kindName({ default: "Gateway" }),
    namespace: NAMESPACE,
    name: NAME,
    sectionName: SECTION_NAME,
    port: PORT,
  },
  "name",
);
export const EXTENSION = object({ group: group(), kind: kindName(), name: NAME }, "group", "kind", "name");
