/** The little of a syntax tree (ESTree) that splitting a module needs. */
import { parseAst } from "vite";

/** Any node. What else it has depends on its type. */
export interface SyntaxNode {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

export function parseModule(code: string): SyntaxNode {
  const program: unknown = parseAst(code);
  if (!isNode(program)) throw new Error("the parser gave no syntax tree");
  return program;
}

export function nodeAt(node: SyntaxNode, field: string): SyntaxNode | undefined {
  const value = node[field];
  return isNode(value) ? value : undefined;
}

export function nodesAt(node: SyntaxNode, field: string): SyntaxNode[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter((item) => isNode(item)) : [];
}

/** Direct children, in the order of the tree's fields. */
export function* childrenOf(node: SyntaxNode): Generator<[field: string, child: SyntaxNode]> {
  for (const [field, value] of Object.entries(node)) {
    if (isNode(value)) yield [field, value];
    else if (Array.isArray(value)) for (const item of value) if (isNode(item)) yield [field, item];
  }
}

/** True for an identifier that only names a member or a key. */
function isMemberName(parent: SyntaxNode, field: string): boolean {
  if (parent["computed"] === true || parent["shorthand"] === true) return false;
  if (parent.type === "MemberExpression") return field === "property";
  return field === "key" && ["Property", "MethodDefinition", "PropertyDefinition"].includes(parent.type);
}

/**
 * Every identifier below a node that may stand for a variable. Local names that hide a module's own are among them: who
 * asks what a piece of code may refer to gets too much rather than too little.
 */
export function* identifiersIn(node: SyntaxNode): Generator<{ name: string; start: number }> {
  for (const [field, child] of childrenOf(node)) {
    if (child.type !== "Identifier") yield* identifiersIn(child);
    else if (!isMemberName(node, field)) yield { name: String(child["name"]), start: child.start };
  }
}

/** The names that a pattern binds; more than that where it has default values. */
export function namesIn(pattern: SyntaxNode): string[] {
  if (pattern.type === "Identifier") return [String(pattern["name"])];
  return [...identifiersIn(pattern)].map(({ name }) => name);
}
