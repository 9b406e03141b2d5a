/** Nodes of the CEL library as this folder uses them; its published types leave out the parts that macros meet. */
import type { ASTNode as PublishedNode } from "@marcbachmann/cel-js";

/** A node of a parsed expression. */
export interface CelNode extends Omit<PublishedNode, "op" | "args"> {
  readonly op: string;
  readonly args: unknown;
  readonly range: { readonly start: number; readonly end: number };
  readonly meta: Readonly<Record<string, unknown>>;
  setMeta(key: string, value: unknown): this;
}

/** Of what the library's types call a node, or of anything else that may be one. */
export function isNode(value: unknown): value is CelNode {
  return typeof value === "object" && value !== null && "op" in value && "setMeta" in value;
}
