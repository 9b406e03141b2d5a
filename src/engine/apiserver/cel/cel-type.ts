/**
 * Static types of CEL expressions as the API server declares them. Upstream: apiserver pkg/cel/types.go, built from
 * structural schemas (pkg/cel/common/schemas.go) and from OpenAPI for built-in kinds.
 */
export type CelType =
  | "bool"
  | "int"
  | "double"
  | "string"
  | "bytes"
  | "timestamp"
  | "duration"
  | "dyn"
  | { readonly list: CelType }
  /** Keys are strings: JSON has no others. */
  | { readonly map: CelType }
  | { readonly optional: CelType }
  | CelObjectType;

/** A structure with known fields. Equality is identity: make one per schema node and reuse it. */
export interface CelObjectType {
  /** Shown by compile errors; unique among the types of one compilation. */
  readonly object: string;
  /** By the names that JSON has; expressions use them escaped (`celFieldName`). A thunk where types refer to themselves. */
  readonly fields: () => Readonly<Record<string, CelType>>;
}

const KEYWORDS = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/**
 * How an expression writes a field: `foo-bar` is `foo__dash__bar`, `namespace` is `__namespace__`. Undefined for a name
 * that no expression can reach. Upstream: apiserver pkg/cel/escaping.go.
 */
export function celFieldName(name: string): string | undefined {
  if (KEYWORDS.has(name)) return `__${name}__`;
  if (/^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !name.includes("__")) return name;
  const escaped = name
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__");
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(escaped) ? escaped : undefined;
}
