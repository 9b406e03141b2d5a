/** Go templates as nodes. Upstream: Go text/template/parse. Simplified: no define, template or block. */
import { CommandError } from "../errors.ts";
import { unquote } from "../../engine/base/json-path-parser.ts";

export type Term =
  | { type: "literal"; value: unknown }
  | { type: "dot" }
  | { type: "variable"; name: string }
  | { type: "function"; name: string }
  | { type: "pipeline"; pipeline: Pipeline };

/** A term with the fields taken from it: `.metadata.name`, `$x.y`, `(index .a 0).b`. */
export interface Operand {
  term: Term;
  fields: string[];
}

/** Commands joined by `|`. */
export interface Pipeline {
  variables: string[];
  declares: boolean;
  commands: Operand[][];
}

export interface BlockNode {
  type: "if" | "with" | "range";
  pipeline: Pipeline;
  body: TemplateNode[];
  otherwise: TemplateNode[];
}

export type TemplateNode =
  | { type: "text"; text: string }
  | { type: "print"; pipeline: Pipeline }
  | BlockNode
  | { type: "break" | "continue" };

function fail(line: number, message: string): never {
  throw new CommandError(`error parsing template: template: output:${line}: ${message}`);
}

interface Frame {
  node: BlockNode | undefined;
  body: TemplateNode[];
  /** `else if` opens a block that the same `end` closes. */
  chained: boolean;
}

export function parseTemplate(source: string): TemplateNode[] {
  const root: TemplateNode[] = [];
  const stack: Frame[] = [{ node: undefined, body: root, chained: false }];
  const pattern = /\{\{(- )?((?:"(?:\\.|[^"\\])*"|`[^`]*`|\/\*[\s\S]*?\*\/|(?!-?\}\})[\s\S])*?)( -)?\}\}/g;
  let at = 0;
  let trimNext = false;
  for (const match of source.matchAll(pattern)) {
    let text = source.slice(at, match.index);
    if (trimNext) text = text.trimStart();
    if (match[1] !== undefined) text = text.trimEnd();
    if (text !== "") top(stack).body.push({ type: "text", text });
    trimNext = match[3] !== undefined;
    at = match.index + match[0].length;
    const line = source.slice(0, match.index).split("\n").length;
    readAction((match[2] ?? "").trim(), stack, line);
  }
  const rest = trimNext ? source.slice(at).trimStart() : source.slice(at);
  const lastLine = source.split("\n").length;
  if (rest.includes("{{")) fail(lastLine, "unclosed action");
  if (rest !== "") top(stack).body.push({ type: "text", text: rest });
  if (stack.length > 1) fail(lastLine, "unexpected EOF");
  return root;
}

function top(stack: readonly Frame[]): Frame {
  return stack.at(-1) as Frame;
}

function readAction(action: string, stack: Frame[], line: number): void {
  if (action.startsWith("/*")) return;
  const word = /^[a-z]+(?!\w)/.exec(action)?.[0] ?? "";
  const rest = action.slice(word.length).trim();
  const frame = top(stack);
  switch (word) {
    case "if":
    case "with":
    case "range":
      openBlock(stack, { type: word, pipeline: parsePipeline(rest, line), body: [], otherwise: [] }, false);
      return;
    case "else":
      if (frame.node === undefined) fail(line, "unexpected {{else}}");
      stack[stack.length - 1] = { ...frame, body: frame.node.otherwise };
      if (rest !== "") {
        const [kind = "", ...words] = rest.split(/\s+/);
        if (kind !== "if" && kind !== "with") fail(line, `unexpected ${JSON.stringify(kind)} in else`);
        openBlock(
          stack,
          {
            type: kind,
            pipeline: parsePipeline(rest.slice(kind.length).trim() || words.join(" "), line),
            body: [],
            otherwise: [],
          },
          true,
        );
      }
      return;
    case "end": {
      if (stack.length < 2) fail(line, "unexpected {{end}}");
      let closed = stack.pop();
      while (closed?.chained === true) closed = stack.pop();
      return;
    }
    case "break":
    case "continue":
      frame.body.push({ type: word });
      return;
    case "define":
    case "template":
    case "block":
      return fail(line, `{{${word}}} is not supported here`);
    default:
      frame.body.push({ type: "print", pipeline: parsePipeline(action, line) });
  }
}

function openBlock(stack: Frame[], node: BlockNode, chained: boolean): void {
  top(stack).body.push(node);
  stack.push({ node, body: node.body, chained });
}

const TOKEN =
  /\s+|"(?:\\.|[^"\\])*"|`[^`]*`|'(?:\\.|[^'\\])'|:=|=|,|\||\(|\)|\$\w*|(?:\.[\w]+)+|\.|[-+]?\d[\w.]*|[A-Za-z_]\w*|[\s\S]/gy;

interface Tokens {
  list: string[];
  at: number;
  line: number;
}

function parsePipeline(text: string, line: number): Pipeline {
  const list = text.match(TOKEN) ?? [];
  const tokens: Tokens = { list, at: 0, line };
  const pipeline = readPipeline(tokens);
  if (tokens.at < list.length) fail(line, `unexpected ${JSON.stringify(list[tokens.at])} in operand`);
  return pipeline;
}

function skipSpace(tokens: Tokens): string | undefined {
  while (tokens.list[tokens.at]?.trim() === "") tokens.at++;
  return tokens.list[tokens.at];
}

function readPipeline(tokens: Tokens): Pipeline {
  const declaration = readDeclaration(tokens);
  const commands: Operand[][] = [readCommand(tokens)];
  while (skipSpace(tokens) === "|") {
    tokens.at++;
    commands.push(readCommand(tokens));
  }
  if (commands.some((command) => command.length === 0)) fail(tokens.line, "missing value for command");
  return { ...declaration, commands };
}

function readDeclaration(tokens: Tokens): { variables: string[]; declares: boolean } {
  const start = tokens.at;
  const variables: string[] = [];
  for (let token = skipSpace(tokens); token?.startsWith("$") === true && token.length > 1; token = skipSpace(tokens)) {
    variables.push(token);
    tokens.at++;
    const next = skipSpace(tokens);
    if (next === ":=" || next === "=") {
      tokens.at++;
      return { variables, declares: next === ":=" };
    }
    if (next !== ",") break;
    tokens.at++;
  }
  tokens.at = start;
  return { variables: [], declares: false };
}

function readCommand(tokens: Tokens): Operand[] {
  const operands: Operand[] = [];
  for (
    let token = skipSpace(tokens);
    token !== undefined && token !== "|" && token !== ")";
    token = skipSpace(tokens)
  ) {
    operands.push(readOperand(tokens, token));
  }
  return operands;
}

function readOperand(tokens: Tokens, token: string): Operand {
  tokens.at++;
  const term = readTerm(tokens, token);
  const fields = token.startsWith(".") && token.length > 1 ? token.slice(1).split(".") : [];
  for (let next = tokens.list[tokens.at]; next !== undefined && /^\.\w/.test(next); next = tokens.list[tokens.at]) {
    fields.push(...next.slice(1).split("."));
    tokens.at++;
  }
  return { term, fields };
}

function readTerm(tokens: Tokens, token: string): Term {
  if (token.startsWith(".")) return { type: "dot" };
  if (token.startsWith("$")) return { type: "variable", name: token };
  if (token.startsWith('"')) return { type: "literal", value: unquote(token.slice(1, -1)) };
  if (token.startsWith("`")) return { type: "literal", value: token.slice(1, -1) };
  if (token.startsWith("'")) return { type: "literal", value: unquote(token.slice(1, -1)).codePointAt(0) };
  if (/^[-+]?\d/.test(token)) {
    if (Number.isNaN(Number(token))) fail(tokens.line, `bad number syntax: ${JSON.stringify(token)}`);
    return { type: "literal", value: Number(token) };
  }
  if (token === "true" || token === "false") return { type: "literal", value: token === "true" };
  if (token === "nil") return { type: "literal", value: null };
  if (token === "(") {
    const pipeline = readPipeline(tokens);
    if (skipSpace(tokens) !== ")") fail(tokens.line, "unclosed left paren");
    tokens.at++;
    return { type: "pipeline", pipeline };
  }
  if (/^[A-Za-z_]/.test(token)) return { type: "function", name: token };
  return fail(tokens.line, `unexpected ${JSON.stringify(token)} in operand`);
}
