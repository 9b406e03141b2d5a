/** Go templates as nodes. Upstream: Go text/template/parse/parse.go. */
import { CommandError } from "../errors.ts";
import { Lexer, type Token, tokenName, type TokenType } from "./go-template-lexer.ts";
import { readNumber, readQuoted } from "./go-template-literals.ts";
import { nodeText, type Operand, type Pipeline, type TemplateNode } from "./go-template-nodes.ts";

/** The templates of one text: what stands outside of every `define` has the name `output`. */
export interface Templates {
  source: string;
  named: ReadonlyMap<string, readonly TemplateNode[]>;
}

/** What kubectl calls the template that it was given. */
export const MAIN = "output";

type Stop = { type: "end" | "else" };

export function parseTemplate(source: string, isFunction: (name: string) => boolean): Templates {
  return new Parser(source, isFunction).parse();
}

class Parser {
  private readonly source: string;
  private readonly lexer: Lexer;
  private readonly isFunction: (name: string) => boolean;
  private readonly named = new Map<string, readonly TemplateNode[]>();
  /** Read and given back; the last is the next. */
  private readonly returned: Token[] = [];
  private line = 1;
  /** Line of the action that is being read. */
  private actionLine = 0;
  private variables = ["$"];
  private loops = 0;

  constructor(source: string, isFunction: (name: string) => boolean) {
    this.source = source;
    this.lexer = new Lexer(source);
    this.isFunction = isFunction;
  }

  parse(): Templates {
    const nodes: TemplateNode[] = [];
    while (this.peek().type !== "eof") {
      const token = this.next();
      if (token.type === "open") {
        const word = this.nextWord();
        if (word.type === "keyword" && word.text === "define") {
          this.definition();
          continue;
        }
        this.giveBack(word);
      }
      this.giveBack(token);
      const node = this.textOrAction();
      if (isStop(node)) this.fail(`unexpected {{${node.type}}}`);
      nodes.push(node);
    }
    this.add(MAIN, nodes);
    return { source: this.source, named: this.named };
  }

  private fail(message: string): never {
    throw new CommandError(`error parsing template ${this.source}, template: ${MAIN}:${this.line}: ${message}`);
  }

  private unexpected(token: Token, context: string): never {
    if (token.type !== "error") return this.fail(`unexpected ${tokenName(token)} in ${context}`);
    if (this.actionLine === 0 || this.actionLine === token.line) return this.fail(token.text);
    const started = ` started at ${MAIN}:${this.actionLine}`;
    return this.fail(token.text.endsWith(" action") ? token.text + started : `${token.text} in action${started}`);
  }

  private next(): Token {
    const given = this.returned.pop();
    if (given !== undefined) return given;
    const token = this.lexer.next();
    this.line = token.line;
    return token;
  }

  private giveBack(token: Token): void {
    this.returned.push(token);
  }

  private peek(): Token {
    const token = this.next();
    this.giveBack(token);
    return token;
  }

  private nextWord(): Token {
    let token = this.next();
    while (token.type === "space") token = this.next();
    return token;
  }

  private peekWord(): Token {
    const token = this.nextWord();
    this.giveBack(token);
    return token;
  }

  private expect(type: TokenType, context: string): Token {
    const token = this.nextWord();
    return token.type === type ? token : this.unexpected(token, context);
  }

  /** A later template of a name takes the place of an empty one only. */
  private add(name: string, nodes: readonly TemplateNode[]): void {
    const before = this.named.get(name);
    if (before === undefined || isEmpty(before)) this.named.set(name, nodes);
    else if (!isEmpty(nodes)) this.fail(`template: multiple definition of template ${JSON.stringify(name)}`);
  }

  /** A template within the text: it knows no variables of what is around it. */
  private ownTemplate(name: string, context: string): void {
    const { variables, loops } = this;
    this.variables = ["$"];
    this.loops = 0;
    const { nodes, stop } = this.nodes();
    if (stop !== "end") this.fail(`unexpected {{${stop}}} in ${context}`);
    this.variables = variables;
    this.loops = loops;
    this.add(name, nodes);
  }

  private definition(): void {
    const name = this.templateName(this.nextWord(), "define clause");
    this.expect("close", "define clause");
    this.ownTemplate(name, "define clause");
  }

  private templateName(token: Token, context: string): string {
    if (token.type !== "string" && token.type !== "raw-string") return this.unexpected(token, context);
    return this.literal(() => readQuoted(token.text));
  }

  private literal<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      return this.fail(error instanceof CommandError ? error.message : String(error));
    }
  }

  /** Nodes up to the `end` or `else` that is not theirs. */
  private nodes(): { nodes: TemplateNode[]; stop: Stop["type"] } {
    const nodes: TemplateNode[] = [];
    while (this.peekWord().type !== "eof") {
      const node = this.textOrAction();
      if (isStop(node)) return { nodes, stop: node.type };
      nodes.push(node);
    }
    return this.fail("unexpected EOF");
  }

  private textOrAction(): TemplateNode | Stop {
    const token = this.nextWord();
    if (token.type === "text") return { type: "text", at: token.at, text: token.text };
    if (token.type !== "open") return this.unexpected(token, "input");
    this.actionLine = token.line;
    const node = this.action();
    this.actionLine = 0;
    return node;
  }

  private action(): TemplateNode | Stop {
    const token = this.nextWord();
    if (token.type === "keyword") {
      switch (token.text) {
        case "block": {
          const name = this.templateName(this.nextWord(), "block clause");
          const pipeline = this.pipeline("block clause", "close");
          this.ownTemplate(name, "block clause");
          return { type: "template", at: token.at, name, pipeline };
        }
        case "break":
        case "continue": {
          const after = this.nextWord();
          if (after.type !== "close") this.unexpected(after, `{{${token.text}}}`);
          if (this.loops === 0) this.fail(`{{${token.text}}} outside {{range}}`);
          return { type: token.text, at: token.at };
        }
        case "else": {
          const after = this.peekWord();
          if (!isKeyword(after, "if") && !isKeyword(after, "with")) this.expect("close", "else");
          return { type: "else" };
        }
        case "end":
          this.expect("close", "end");
          return { type: "end" };
        case "if":
        case "range":
        case "with":
          return this.block(token.text, token.at);
        case "template": {
          const word = this.nextWord();
          const name = this.templateName(word, "template clause");
          const after = this.nextWord();
          if (after.type === "close") return { type: "template", at: word.at, name, pipeline: undefined };
          this.giveBack(after);
          return { type: "template", at: word.at, name, pipeline: this.pipeline("template clause", "close") };
        }
      }
    }
    this.giveBack(token);
    return { type: "print", at: token.at, pipeline: this.pipeline("command", "close") };
  }

  private block(type: "if" | "range" | "with", at: number): TemplateNode {
    const known = this.variables.length;
    const pipeline = this.pipeline(type, "close");
    if (type === "range") this.loops++;
    const { nodes: body, stop } = this.nodes();
    if (type === "range") this.loops--;
    let otherwise: TemplateNode[] = [];
    if (stop === "else") {
      const chained = this.peek();
      if (type !== "range" && isKeyword(chained, type)) {
        // One `end` closes both.
        this.next();
        otherwise = [this.block(type, chained.at)];
      } else {
        const rest = this.nodes();
        if (rest.stop !== "end") this.fail(`expected end; found {{${rest.stop}}}`);
        otherwise = rest.nodes;
      }
    }
    this.variables.length = known;
    return { type, at, pipeline, body, otherwise };
  }

  private pipeline(context: string, end: "close" | "paren-close"): Pipeline {
    const { at } = this.peekWord();
    const pipeline: Pipeline = { at, ...this.declaration(context), commands: [] };
    for (let token = this.nextWord(); token.type !== end; token = this.nextWord()) {
      if (!this.beginsOperand(token)) this.unexpected(token, context);
      this.giveBack(token);
      pipeline.commands.push(this.command());
    }
    if (pipeline.commands.length === 0) this.fail(`missing value for ${context}`);
    pipeline.commands.slice(1).forEach(([first], index) => {
      if (first?.type === "literal" || first?.type === "nil" || first?.type === "dot") {
        this.fail(`non executable command in pipeline stage ${index + 2}`);
      }
    });
    return pipeline;
  }

  private declaration(context: string): { variables: string[]; assigns: boolean } {
    const variables: string[] = [];
    for (;;) {
      const variable = this.peekWord();
      if (variable.type !== "variable") break;
      this.nextWord();
      const space = this.peek();
      const mark = this.nextWord();
      const comma = mark.type === "character" && mark.text === ",";
      if (mark.type !== "assign" && mark.type !== "declare" && !comma) {
        this.giveBack(mark);
        if (space.type === "space") this.giveBack(space);
        this.giveBack(variable);
        break;
      }
      variables.push(variable.text);
      this.variables.push(variable.text);
      if (!comma) return { variables, assigns: mark.type === "assign" };
      if (context !== "range" || variables.length >= 2) this.fail(`too many declarations in ${context}`);
      if (!["variable", "close", "paren-close"].includes(this.peekWord().type)) {
        this.fail("range can only initialize variables");
      }
    }
    return { variables, assigns: false };
  }

  private beginsOperand(token: Token): boolean {
    if (token.type === "keyword") return token.text === "." || token.text === "nil";
    return OPERANDS.has(token.type);
  }

  private command(): Operand[] {
    const operands: Operand[] = [];
    for (;;) {
      const first = this.peekWord();
      if (this.beginsOperand(first)) operands.push(this.operand());
      const token = this.next();
      if (token.type === "space") continue;
      if (token.type === "close" || token.type === "paren-close") this.giveBack(token);
      else if (token.type !== "pipe") this.unexpected(token, "operand");
      if (operands.length === 0) this.fail("empty command");
      return operands;
    }
  }

  private operand(): Operand {
    const term = this.term(this.nextWord());
    const { type, at } = this.peek();
    if (type !== "field") return term;
    const fields: string[] = [];
    while (this.peek().type === "field") fields.push(this.next().text.slice(1));
    switch (term.type) {
      case "field":
        return { ...term, at, fields: [...term.fields, ...fields] };
      case "variable":
        return { ...term, at, fields };
      case "literal":
      case "nil":
      case "dot":
        return this.fail(`unexpected . after term ${JSON.stringify(nodeText(term))}`);
      default:
        return { type: "chain", at, node: term, fields };
    }
  }

  private term(token: Token): Operand {
    const { type, text, at } = token;
    switch (type) {
      case "identifier":
        if (!this.isFunction(text)) this.fail(`function ${JSON.stringify(text)} not defined`);
        return { type: "function", at, name: text };
      case "variable":
        if (!this.variables.includes(text)) this.fail(`undefined variable ${JSON.stringify(text)}`);
        return { type: "variable", at, name: text, fields: [] };
      case "field":
        return { type: "field", at, fields: [text.slice(1)] };
      case "keyword":
        return { type: text === "nil" ? "nil" : "dot", at };
      case "bool":
        return { type: "literal", at, text, value: { type: "bool", value: text === "true", boxed: false } };
      case "char":
      case "number":
        return { type: "literal", at, text, value: this.literal(() => readNumber(text)) };
      case "string":
      case "raw-string": {
        const value = this.literal(() => readQuoted(text));
        return { type: "literal", at, text, value: { type: "string", value, boxed: false } };
      }
      case "paren-open":
        return { type: "pipeline", at, pipeline: this.pipeline("parenthesized pipeline", "paren-close") };
      default:
        return this.unexpected(token, "operand");
    }
  }
}

const OPERANDS: ReadonlySet<TokenType> = new Set([
  "bool",
  "char",
  "number",
  "field",
  "identifier",
  "raw-string",
  "string",
  "variable",
  "paren-open",
] satisfies TokenType[]);

function isStop(node: TemplateNode | Stop): node is Stop {
  return node.type === "end" || node.type === "else";
}

function isKeyword(token: Token, word: string): boolean {
  return token.type === "keyword" && token.text === word;
}

function isEmpty(nodes: readonly TemplateNode[]): boolean {
  return nodes.every((node) => node.type === "text" && node.text.trim() === "");
}
