/**
 * `.spec.replicas`, `.labels['app']` in a schema. Upstream: ValidFieldPath of apiextensions-apiserver
 * pkg/apiserver/schema/cel/validation.go.
 */
import { additionalOf, propertyOf, type Schema } from "./schema-nodes.ts";

export interface FoundPath {
  /** Names from the root. Empty when the path is wrong. */
  names: readonly string[];
  /** As messages show it: `spec.replicas`, `labels[app]`. */
  text: string;
  /** What lies there; undefined: the path is wrong, `error` says how. */
  schema?: Schema;
  error?: string;
}

export function fieldPathSchema(root: Schema, path: string, { brackets }: { brackets: boolean }): FoundPath {
  const names: string[] = [];
  let schema: Schema = root;
  let text = "";
  const wrong = (error: string): FoundPath => ({ names: [], text: "", error });
  const tokens = path.match(/\.[^.[\]]+|\['(?:[^'\\]|\\.)*'\]|[^]/g) ?? [];
  for (const token of tokens) {
    const isBracket = token.startsWith("['");
    if (isBracket && !brackets) return wrong("array notation is not allowed");
    if (!isBracket && (!token.startsWith(".") || token.length === 1)) {
      return wrong(token === "." ? "unexpected end of JSON path" : `expected [ or . but got: ${token}`);
    }
    const name = isBracket ? token.slice(2, -2).replace(/\\(.)/g, "$1") : token.slice(1);
    const hasProperties = schema.properties !== undefined;
    const additional = additionalOf(schema);
    const next = hasProperties ? propertyOf(schema, name) : typeof additional === "object" ? additional : undefined;
    if (next === undefined) return wrong("does not refer to a valid field");
    text += hasProperties ? (text === "" ? name : `.${name}`) : `[${name}]`;
    names.push(name);
    schema = next;
  }
  return { names, text, schema };
}
