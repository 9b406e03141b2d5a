/**
 * Cuts a module in two: what the first screen runs, and the functions that it doesn't. In the first half a function that
 * left is one line that calls it where it lives now; the second half imports what it needs from the first and puts its
 * functions in place.
 *
 *     export function f(a) { …much… }         export function f(a) { return $0(a); }
 *     export function g() { … }           →   export function g() { … }
 *                                             var $0 = $missing; export function $place($1) { $0 = $1; }
 *
 * What stands in the module for such functions alone (helpers, tables, imports) goes with them.
 */
import { mayMove, mayMoveWhole, mentionsThis, moduleFunctions, type ModuleFunction } from "./functions.ts";
import { identifiersIn, namesIn, nodeAt, nodesAt, type SyntaxNode } from "./syntax.ts";

export interface Halves {
  first: string;
  /** Undefined where nothing can leave; `first` is the module as it was. */
  later: string | undefined;
}

export interface SplitOptions {
  /** How the second half calls the first, and where `missing` of `src/worker/later-code.ts` is. */
  self: string;
  missing: string;
  /** Numbers of the functions that the first screen runs, in the order of `moduleFunctions`. */
  used: ReadonlySet<number>;
}

/** Below this a function is not worth the line that would stand for it. */
const LEAST_LENGTH = 160;

interface Range {
  start: number;
  end: number;
}
interface Mention {
  name: string;
  start: number;
}
/** A binding of an import: `import { imported as local } from source`. */
interface Import {
  local: string;
  clause: (local: string) => string;
  source: string;
  declaration: SyntaxNode;
}
/** One variable, function or class of the module that is not exported. */
interface Declaration extends Range {
  name: string;
}

export function splitModule(code: string, program: SyntaxNode, options: SplitOptions): Halves {
  const imports = nodesAt(program, "body").flatMap(importsOf);
  const globals = new Set([...imports.map(({ local }) => local), ...declaredNames(program)]);
  const unused = moduleFunctions(program).filter((one, index) => !options.used.has(index) && mayMove(one, globals));
  const leaving = unused.filter(({ fn }) => fn.end - fn.start >= LEAST_LENGTH);
  if (leaving.length === 0) return { first: code, later: undefined };
  const mentions = mentionsOf(program, globals);
  const along = alongWith(leaving, movableDeclarations(program, unused, globals), mentions);
  const stubs = leaving.filter(({ whole }) => !along.some((one) => contains(one, whole.start)));
  const moved: Range[] = [...along, ...stubs.map(({ fn }) => fn)];
  const hasMoved = ({ start }: Mention): boolean => moved.some((one) => contains(one, start));
  const gone = new Set(along.map(({ name }) => name));
  const needed = new Set(mentions.filter(hasMoved).map(({ name }) => name));
  const stays = new Set(mentions.filter((one) => !hasMoved(one)).map(({ name }) => name));
  const imported = new Set(imports.map(({ local }) => local));
  const own = [...needed].filter((name) => !imported.has(name) && !gone.has(name));
  const parts = { ...options, along, stubs, own };
  return {
    first: firstHalf(code, program, { ...parts, imports, stays }),
    later: laterHalf(code, { ...parts, imports: imports.filter(({ local }) => needed.has(local)) }),
  };
}

/** Where the module's own variables are mentioned: not where they are imported, nor where a function calls itself. */
function mentionsOf(program: SyntaxNode, globals: ReadonlySet<string>): Mention[] {
  return nodesAt(program, "body").flatMap((statement) => {
    if (statement.type === "ImportDeclaration") return [];
    const node = nodeAt(statement, "declaration") ?? statement;
    const itself = node.type === "FunctionDeclaration" ? nodeAt(node, "id")?.["name"] : undefined;
    return [...identifiersIn(statement)].filter(({ name }) => globals.has(name) && name !== itself);
  });
}

/* ---- What the module has ---- */

function importsOf(node: SyntaxNode): Import[] {
  if (node.type !== "ImportDeclaration") return [];
  const source = String(nodeAt(node, "source")?.["value"]);
  return nodesAt(node, "specifiers").map((specifier) => {
    const local = String(nodeAt(specifier, "local")?.["name"]);
    const imported = nodeAt(specifier, "imported");
    const name = String(imported?.["name"] ?? imported?.["value"]);
    const clauses: Record<string, Import["clause"]> = {
      ImportDefaultSpecifier: (as) => `{ default as ${as} }`,
      ImportNamespaceSpecifier: (as) => `* as ${as}`,
    };
    const clause = clauses[specifier.type] ?? ((as: string) => `{ ${name} as ${as} }`);
    return { local, clause, source, declaration: node };
  });
}

function declaredNames(program: SyntaxNode): string[] {
  return nodesAt(program, "body").flatMap((statement) => {
    const node = statement.type.startsWith("Export") ? (nodeAt(statement, "declaration") ?? statement) : statement;
    if (node.type === "VariableDeclaration")
      return nodesAt(node, "declarations").flatMap((one) => namesIn(nodeAt(one, "id") as SyntaxNode));
    const id = nodeAt(node, "id");
    return id === undefined ? [] : namesIn(id);
  });
}

/**
 * What is not exported and may leave as a whole: constants, classes, functions that the first screen doesn't run.
 * Nothing that a module does while it is loaded may matter to another one.
 */
function movableDeclarations(
  program: SyntaxNode,
  unused: readonly ModuleFunction[],
  globals: ReadonlySet<string>,
): Declaration[] {
  return nodesAt(program, "body").flatMap((node) => {
    const isConstant = node.type === "VariableDeclaration" && node["kind"] === "const";
    const [holder, ...more] = isConstant ? nodesAt(node, "declarations") : [node];
    if (!isConstant && !["FunctionDeclaration", "ClassDeclaration"].includes(node.type)) return [];
    if (node.type === "FunctionDeclaration" && !unused.some(({ whole }) => whole === node)) return [];
    const id = holder === undefined || more.length > 0 ? undefined : nodeAt(holder, "id");
    if (id?.type !== "Identifier" || !mayMoveWhole(node, globals)) return [];
    return [{ name: String(id["name"]), start: node.start, end: node.end }];
  });
}

/* ---- What goes ---- */

/** Declarations that nothing mentions but what leaves, and what they alone need in turn. */
function alongWith(
  leaving: readonly ModuleFunction[],
  candidates: readonly Declaration[],
  mentions: readonly Mention[],
): Declaration[] {
  const along = new Set<Declaration>();
  const leaves = ({ start }: Mention): boolean =>
    leaving.some(({ fn }) => contains(fn, start)) || [...along].some((one) => contains(one, start));
  for (let before = -1; before < along.size;) {
    before = along.size;
    for (const candidate of candidates) {
      const others = mentions.filter((one) => one.name === candidate.name && !contains(candidate, one.start));
      if (others.every(leaves)) along.add(candidate);
    }
  }
  return [...along].sort((a, b) => a.start - b.start);
}

function contains(range: Range, at: number): boolean {
  return range.start <= at && at < range.end;
}

/* ---- The halves ---- */

interface Parts extends SplitOptions {
  along: readonly Declaration[];
  stubs: readonly ModuleFunction[];
  /** Names of the first half's own that the second needs. */
  own: readonly string[];
  imports: readonly Import[];
}

function firstHalf(code: string, program: SyntaxNode, parts: Parts & { stays: ReadonlySet<string> }): string {
  const { along, stubs, own, imports, stays, missing } = parts;
  const edits: { start: number; end: number; text: string }[] = [
    ...along.map(({ start, end }) => ({ start, end, text: "" })),
    ...stubs.map((stub, index) => ({
      start: stub.whole.start,
      end: stub.whole.end,
      text: stubText(code, stub, index),
    })),
  ];
  for (const declaration of nodesAt(program, "body").filter(({ type }) => type === "ImportDeclaration")) {
    const all = imports.filter((one) => one.declaration === declaration);
    const kept = all.filter(({ local }) => stays.has(local));
    if (kept.length === all.length) continue;
    const text = kept.map(({ clause, local, source }) => `import ${clause(local)} from ${JSON.stringify(source)};`);
    edits.push({ start: declaration.start, end: declaration.end, text: text.join("\n") });
  }
  let text = "";
  let at = 0;
  for (const edit of edits.sort((a, b) => a.start - b.start)) {
    text += code.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  text += code.slice(at);
  const places = stubs.map((_, index) => `$${index}`);
  const lines = [
    ...(own.length > 0 ? [`export { ${own.map((name) => `${name} as $own_${name}`).join(", ")} };`] : []),
    ...(places.length > 0
      ? [
          `import { missing as $missing } from ${JSON.stringify(missing)};`,
          `var ${places.map((place) => `${place} = $missing`).join(", ")};`,
          `export function $place(${places.map((place) => `$n${place}`).join(", ")}) { ${places
            .map((place) => `${place} = $n${place};`)
            .join(" ")} }`,
        ]
      : []),
  ];
  return `${text}\n${lines.join("\n")}\n`;
}

/** The one line that stands for a function that left. */
function stubText(code: string, { form, whole, fn }: ModuleFunction, index: number): string {
  const params = nodesAt(fn, "params");
  const plain = params.every(({ type }) => type === "Identifier");
  const list = plain ? params.map(({ name }) => String(name)).join(", ") : "...$all";
  const withThis = form === "method" || (fn.type !== "ArrowFunctionExpression" && mentionsThis(fn));
  const given = withThis ? `.call(this${list === "" ? "" : `, ${list}`})` : `(${list})`;
  const call = `$${index}${given}`;
  if (fn.type === "ArrowFunctionExpression") return `(${list}) => ${call}`;
  if (form === "method") {
    const key = nodeAt(whole, "key") as SyntaxNode;
    const isStatic = whole["static"] === true ? "static " : "";
    return `${isStatic}${code.slice(key.start, key.end)}(${list}) { return ${call}; }`;
  }
  const name = nodeAt(fn, "id")?.["name"] ?? "";
  return `function ${form === "declaration" ? String(name) : ""}(${list}) { return ${call}; }`;
}

function laterHalf(code: string, { along, stubs, own, imports, self }: Parts): string {
  const from = JSON.stringify(self);
  return [
    ...imports.map(({ clause, local, source }) => `import ${clause(local)} from ${JSON.stringify(source)};`),
    ...(own.length > 0 ? [`import { ${own.map((name) => `$own_${name} as ${name}`).join(", ")} } from ${from};`] : []),
    ...(stubs.length > 0 ? [`import { $place } from ${from};`] : []),
    ...along.map(({ start, end }) => code.slice(start, end)),
    ...(stubs.length > 0 ? [`$place(${stubs.map((stub) => functionText(code, stub)).join(",\n")});`] : []),
    "",
  ].join("\n");
}

function functionText(code: string, { form, fn }: ModuleFunction): string {
  const text = code.slice(fn.start, fn.end);
  if (form !== "method") return text;
  return `${fn["async"] === true ? "async " : ""}function${fn["generator"] === true ? "*" : ""} ${text}`;
}
