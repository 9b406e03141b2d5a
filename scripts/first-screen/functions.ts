/** Finds the functions of a module that could live elsewhere: those that no other function encloses. */
import { childrenOf, nodeAt, nodesAt, type SyntaxNode } from "./syntax.ts";

export interface ModuleFunction {
  /** A declaration, a value (function expression or arrow), or a method of a class or an object. */
  form: "declaration" | "value" | "method";
  /** What is replaced when the function goes: the method with its name, else the function. */
  whole: SyntaxNode;
  fn: SyntaxNode;
}

const FUNCTION_VALUES = ["FunctionExpression", "ArrowFunctionExpression"];

/** In the order in which they stand, which is what they are known by. */
export function moduleFunctions(program: SyntaxNode): ModuleFunction[] {
  const found: ModuleFunction[] = [];
  collect(program, found);
  return found;
}

function collect(node: SyntaxNode, found: ModuleFunction[]): void {
  if (node.type === "FunctionDeclaration") {
    found.push({ form: "declaration", whole: node, fn: node });
  } else if (FUNCTION_VALUES.includes(node.type)) {
    found.push({ form: "value", whole: node, fn: node });
  } else if (isMethod(node)) {
    const fn = nodeAt(node, "value");
    if (fn !== undefined && (node["kind"] === "method" || node["kind"] === "init"))
      found.push({ form: "method", whole: node, fn });
  } else if (node.type !== "PropertyDefinition" && node.type !== "StaticBlock") {
    // What a class' fields are set to belongs to each instance.
    for (const [, child] of childrenOf(node)) collect(child, found);
  }
}

function isMethod(node: SyntaxNode): boolean {
  if (node.type === "MethodDefinition") return true;
  return node.type === "Property" && (node["method"] === true || node["kind"] === "get" || node["kind"] === "set");
}

/** Whether it is built from its text alone wherever that stands; `globals` are the module's own variables. */
export function mayMove({ fn, form, whole }: ModuleFunction, globals: ReadonlySet<string>): boolean {
  if (form === "method" && whole["computed"] === true) return false;
  if (nodesAt(fn, "params").some(({ type }) => type === "RestElement") && fn["generator"] === true) return false;
  if (fn.type === "ArrowFunctionExpression" && mentionsThis(fn)) return false;
  return !isBound(fn, globals);
}

export function mentionsThis(fn: SyntaxNode): boolean {
  for (const [, child] of childrenOf(fn)) {
    if (child.type === "ThisExpression") return true;
    if (child.type === "FunctionExpression" || child.type === "FunctionDeclaration") continue;
    if (mentionsThis(child)) return true;
  }
  return false;
}

/** True where something inside is tied to its place: a class' private names, `super`, a variable of the module that is set. */
function isBound(node: SyntaxNode, globals: ReadonlySet<string>): boolean {
  if (["Super", "PrivateIdentifier"].includes(node.type)) return true;
  if (node.type === "Identifier" && (node["name"] === "arguments" || node["name"] === "eval")) return true;
  return isTied(node, globals) || [...childrenOf(node)].some(([, child]) => isBound(child, globals));
}

/** The same of a declaration that moves as a whole. */
export function mayMoveWhole(node: SyntaxNode, globals: ReadonlySet<string>): boolean {
  return !isTied(node, globals) && [...childrenOf(node)].every(([, child]) => mayMoveWhole(child, globals));
}

function isTied(node: SyntaxNode, globals: ReadonlySet<string>): boolean {
  if (node.type === "MetaProperty" || node.type === "ImportExpression") return true;
  const set = nodeAt(node, node.type === "UpdateExpression" ? "argument" : "left");
  return set !== undefined && writes(node.type) && targets(set).some((name) => globals.has(name));
}

function writes(type: string): boolean {
  return ["AssignmentExpression", "UpdateExpression", "ForInStatement", "ForOfStatement"].includes(type);
}

function targets(target: SyntaxNode): string[] {
  if (target.type === "Identifier") return [String(target["name"])];
  if (target.type === "MemberExpression" || target.type === "VariableDeclaration") return [];
  return [...childrenOf(target)].flatMap(([, child]) => targets(child));
}
