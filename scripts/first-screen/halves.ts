/**
 * Cuts a module in two: what the first screen runs, and the functions that it doesn't. In the first half a function that
 * left is one line that calls it from its place in a list of all that left; the second half imports what it needs from the
 * first and puts its functions in their places.
 *
 *     export function f(a) { …much… }         export function f(a) { return $later[7](a); }
 *     export function g() { … }           →   export function g() { … }
 *
 *                                             $later[7] = function f(a) { …much… };
 *
 * What stands in the module for such functions alone (helpers, tables, imports) goes with them.
 */
import { mayMove, mayMoveWhole, mentionsThis, moduleFunctions, type ModuleFunction } from "./functions.ts";
import { identifiersIn, namesIn, nodeAt, nodesAt, type SyntaxNode } from "./syntax.ts";

export interface Halves {
  first: string;
  /** Undefined where nothing can leave; `first` is the module as it was. */
  later: string | undefined;
  /** How many places of the list it takes. */
  places: number;
}

export interface SplitOptions {
  /** How the second half calls the first, and where the list `later` of `src/worker/missing.ts` is. */
  self: string;
  list: string;
  /** The first place of the list that is free. */
  place: number;
  /** Numbers of the functions that the first screen runs, in the order of `moduleFunctions`. */
  used: ReadonlySet<number>;
}

/** Below this a function is not worth the line that would stand for it, unless what it imports goes with it. */
const LEAST_LENGTH = 110;
const LEAST_LENGTH_WITH_IMPORTS = 40;

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
  const mentions = mentionsOf(program, globals);
  const notRun = moduleFunctions(program).filter((_, index) => !options.used.has(index));
  const { unused, variables, tied } = withTheirVariables(notRun, variablesOf(program, globals), { globals, mentions });
  const imported = new Set(imports.map(({ local }) => local));
  const ofVariables = mentions.filter(({ name }) => variables.some((one) => one.name === name));
  const ofImports = mentions.filter(({ name }) => imported.has(name));
  const leaving = unused.filter(({ fn }) => {
    const mentionsOne = (some: readonly Mention[]): boolean => some.some(({ start }) => contains(fn, start));
    if (mentionsOne(ofVariables)) return true;
    return fn.end - fn.start >= (mentionsOne(ofImports) ? LEAST_LENGTH_WITH_IMPORTS : LEAST_LENGTH);
  });
  if (leaving.length === 0) return { first: code, later: undefined, places: 0 };
  const candidates = [...movableDeclarations(program, unused, tied), ...variables];
  const along = alongWith(leaving, candidates, mentions);
  const stubs = leaving.filter(({ whole }) => !along.some((one) => contains(one, whole.start)));
  const moved: Range[] = [...along, ...stubs.map(({ fn }) => fn)];
  const hasMoved = ({ start }: Mention): boolean => moved.some((one) => contains(one, start));
  const gone = new Set(along.map(({ name }) => name));
  const needed = new Set(mentions.filter(hasMoved).map(({ name }) => name));
  const stays = new Set(mentions.filter((one) => !hasMoved(one)).map(({ name }) => name));
  const own = [...needed].filter((name) => !imported.has(name) && !gone.has(name));
  const parts = { ...options, along, stubs, own };
  return {
    first: firstHalf(code, program, { ...parts, imports, stays }),
    later: laterHalf(code, { ...parts, imports: imports.filter(({ local }) => needed.has(local)) }),
    places: stubs.length,
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
    if (node.type === "FunctionDeclaration" && !unused.some(({ whole }) => whole === node)) return [];
    const isMovable = node["kind"] === "const" || ["FunctionDeclaration", "ClassDeclaration"].includes(node.type);
    return isMovable ? declarationOf(node, globals) : [];
  });
}

/** Variables that are not exported, each declared by itself. */
function variablesOf(program: SyntaxNode, globals: ReadonlySet<string>): Declaration[] {
  return nodesAt(program, "body").flatMap((node) => (node["kind"] === "let" ? declarationOf(node, globals) : []));
}

/** The one name that a statement declares, unless it is tied to its place. */
function declarationOf(node: SyntaxNode, globals: ReadonlySet<string>): Declaration[] {
  const [holder, ...more] = node.type === "VariableDeclaration" ? nodesAt(node, "declarations") : [node];
  const id = holder === undefined || more.length > 0 ? undefined : nodeAt(holder, "id");
  if (id?.type !== "Identifier" || !mayMoveWhole(node, globals)) return [];
  return [{ name: String(id["name"]), start: node.start, end: node.end }];
}

/* ---- What goes ---- */

/**
 * The functions that may leave, and the variables that go with them: those that nothing else mentions. Whoever sets a
 * variable that stays is tied to it.
 *
 *     let made;                                          // goes with its only user, which could not leave without it
 *     export function table() { return (made ??= …); }
 */
function withTheirVariables(
  notRun: readonly ModuleFunction[],
  candidates: readonly Declaration[],
  { globals, mentions }: { globals: ReadonlySet<string>; mentions: readonly Mention[] },
): { unused: ModuleFunction[]; variables: readonly Declaration[]; tied: ReadonlySet<string> } {
  for (let variables = candidates; ;) {
    const going = new Set(variables.map(({ name }) => name));
    const tied = new Set([...globals].filter((name) => !going.has(name)));
    const unused = notRun.filter((one) => mayMove(one, tied));
    const leaves = ({ start }: Mention): boolean => unused.some(({ fn }) => contains(fn, start));
    const kept = variables.filter((variable) =>
      mentions.every((one) => one.name !== variable.name || contains(variable, one.start) || leaves(one)),
    );
    if (kept.length === variables.length) return { unused, variables, tied };
    variables = kept;
  }
}

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
  const { along, stubs, own, imports, stays, place } = parts;
  const edits: { start: number; end: number; text: string }[] = [
    ...along.map(({ start, end }) => ({ start, end, text: "" })),
    ...stubs.map((stub, index) => ({
      start: stub.whole.start,
      end: stub.whole.end,
      text: stubText(code, stub, `$later[${place + index}]`),
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
  const lines = [
    ...(own.length > 0 ? [`export { ${own.map((name) => `${name} as $own_${name}`).join(", ")} };`] : []),
    ...(stubs.length > 0 ? [importOfList(parts)] : []),
  ];
  return `${text}\n${lines.join("\n")}\n`;
}

function importOfList({ list }: SplitOptions): string {
  return `import { later as $later } from ${JSON.stringify(list)};`;
}

/** The one line that stands for a function that left; `place` is where it can be called. */
function stubText(code: string, { form, whole, fn }: ModuleFunction, place: string): string {
  const params = nodesAt(fn, "params");
  const plain = params.every(({ type }) => type === "Identifier");
  const list = plain ? params.map(({ name }) => String(name)).join(", ") : "...$all";
  const withThis = form === "method" || (fn.type !== "ArrowFunctionExpression" && mentionsThis(fn));
  const given = withThis ? `.call(this${list === "" ? "" : `, ${list}`})` : `(${list})`;
  const call = `${place}${given}`;
  if (fn.type === "ArrowFunctionExpression") return `(${list}) => ${call}`;
  if (form === "method") {
    const key = nodeAt(whole, "key") as SyntaxNode;
    const isStatic = whole["static"] === true ? "static " : "";
    return `${isStatic}${code.slice(key.start, key.end)}(${list}) { return ${call}; }`;
  }
  const name = nodeAt(fn, "id")?.["name"] ?? "";
  return `function ${form === "declaration" ? String(name) : ""}(${list}) { return ${call}; }`;
}

function laterHalf(code: string, parts: Parts): string {
  const { along, stubs, own, imports, self, place } = parts;
  const from = JSON.stringify(self);
  return [
    ...imports.map(({ clause, local, source }) => `import ${clause(local)} from ${JSON.stringify(source)};`),
    ...(own.length > 0 ? [`import { ${own.map((name) => `$own_${name} as ${name}`).join(", ")} } from ${from};`] : []),
    ...(stubs.length > 0 ? [importOfList(parts)] : []),
    ...along.map(({ start, end }) => code.slice(start, end)),
    ...stubs.map((stub, index) => `$later[${place + index}] = ${functionText(code, stub)};`),
    "",
  ].join("\n");
}

function functionText(code: string, { form, fn }: ModuleFunction): string {
  const text = code.slice(fn.start, fn.end);
  if (form !== "method") return text;
  return `${fn["async"] === true ? "async " : ""}function${fn["generator"] === true ? "*" : ""} ${text}`;
}
