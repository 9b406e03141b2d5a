/** Runs Go templates as `-o go-template` does. Upstream: Go text/template/exec.go, cli-runtime pkg/printers/template.go. */
import { utf8Encode } from "../../engine/base/base64.ts";
import { isObject } from "../../engine/base/json.ts";
import { CommandError } from "../errors.ts";
import { goText } from "./go-format.ts";
import {
  argumentProblem,
  FunctionError,
  FUNCTIONS,
  isTemplateFunction,
  type TemplateFunction,
} from "./go-template-functions.ts";
import {
  type BlockNode,
  callText,
  type CallNode,
  commandText,
  nodeText,
  type Operand,
  type Pipeline,
  pipelineText,
  type TemplateNode,
} from "./go-template-nodes.ts";
import { MAIN, parseTemplate as parse, type Templates } from "./go-template-parser.ts";
import { boxed, type GoValue, isNothing, isWhole, NOTHING, plain, truth, unboxed } from "./go-value.ts";

/** Simplified: upstream's limit is 100000 templates within one another. */
const MAX_DEPTH = 500;

export function parseTemplate(source: string): Templates {
  return parse(source, isTemplateFunction);
}

/** A template that failed while it ran, and what it had written by then. */
export class TemplateError extends CommandError {
  readonly written: string;
  constructor(message: string, written: string) {
    super(message);
    this.written = written;
  }
}

export function executeTemplate(templates: Templates, value: unknown, options: { allowMissing: boolean }): string {
  const output: string[] = [];
  const dot = plain(value);
  const run = new Run(templates, output, { ...options, name: MAIN, depth: 0, dot });
  run.nodes(dot, templates.named.get(MAIN) ?? []);
  return output.join("");
}

interface RunOptions {
  allowMissing: boolean;
  name: string;
  depth: number;
  dot: GoValue;
}

/** One template's run: what it calls has a run of its own, and none of its variables. */
class Run {
  private readonly variables: { name: string; value: GoValue }[];
  /** What complaints name. */
  private where = { at: 0, text: "" };
  private readonly templates: Templates;
  private readonly output: string[];
  private readonly options: RunOptions;

  constructor(templates: Templates, output: string[], options: RunOptions) {
    this.templates = templates;
    this.output = output;
    this.options = options;
    this.variables = [{ name: "$", value: options.dot }];
  }

  private fail(message: string): never {
    const before = this.templates.source.slice(0, this.where.at);
    const lines = before.split("\n");
    const place = `${MAIN}:${lines.length}:${utf8Encode(lines.at(-1) ?? "").length}`;
    const text = `template: ${place}: executing ${JSON.stringify(this.options.name)} at <${this.where.text}>: ${message}`;
    throw new TemplateError(text, this.output.join(""));
  }

  private atOperand(operand: Operand): void {
    this.where = { at: operand.at, text: nodeText(operand) };
  }

  /** Whether the nodes ran to their end, or why not. */
  nodes(dot: GoValue, nodes: readonly TemplateNode[]): "break" | "continue" | undefined {
    for (const node of nodes) {
      const left = this.node(dot, node);
      if (left !== undefined) return left;
    }
    return undefined;
  }

  private node(dot: GoValue, node: TemplateNode): "break" | "continue" | undefined {
    switch (node.type) {
      case "text":
        this.output.push(node.text);
        return undefined;
      case "print": {
        const value = this.pipeline(dot, node.pipeline);
        if (node.pipeline.variables.length === 0) this.output.push(isNothing(value) ? "<no value>" : goText(value));
        return undefined;
      }
      case "break":
      case "continue":
        return node.type;
      case "template":
        this.call(dot, node);
        return undefined;
      case "range":
        return this.scoped(() => this.range(dot, node));
      default:
        return this.scoped(() => {
          const value = this.pipeline(dot, node.pipeline);
          if (!truth(value)) return this.nodes(dot, node.otherwise);
          return this.nodes(node.type === "with" ? value : dot, node.body);
        });
    }
  }

  /** Variables that come up within are gone behind it. */
  private scoped<T>(work: () => T): T {
    const known = this.variables.length;
    const result = work();
    this.variables.length = known;
    return result;
  }

  private call(dot: GoValue, node: CallNode): void {
    this.where = { at: node.at, text: callText(node) };
    const nodes = this.templates.named.get(node.name);
    if (nodes === undefined) return this.fail(`template ${JSON.stringify(node.name)} not defined`);
    const depth = this.options.depth + 1;
    if (depth > MAX_DEPTH) this.fail("exceeded maximum template depth (100000)");
    const given = node.pipeline === undefined ? NOTHING : this.pipeline(dot, node.pipeline);
    new Run(this.templates, this.output, { ...this.options, name: node.name, depth, dot: given }).nodes(given, nodes);
  }

  private range(dot: GoValue, node: BlockNode): "break" | "continue" | undefined {
    this.where = { at: node.at, text: "" };
    const { variables, assigns } = node.pipeline;
    const value = this.pipeline(dot, node.pipeline);
    const entries = this.entries(value, variables.length);
    if (entries.length === 0) return this.nodes(dot, node.otherwise);
    for (const { key, item } of entries) {
      const left = this.scoped(() => {
        variables.forEach((name, index) => {
          const own = index === variables.length - 1 ? item : key;
          if (assigns) this.assign(name, own);
          else this.variables[this.variables.length - variables.length + index] = { name, value: own };
        });
        return this.nodes(item, node.body);
      });
      if (left === "break") break;
    }
    return undefined;
  }

  private entries({ value, type }: GoValue, variables: number): { key: GoValue; item: GoValue }[] {
    if (value === null) return [];
    if (Array.isArray(value)) return value.map((item, index) => ({ key: plain(index, "int"), item: boxed(item) }));
    if (isWhole(type)) {
      if (variables > 1) this.fail(`can't use ${String(value)} to iterate over more than one variable`);
      return Array.from({ length: Math.max(Number(value), 0) }, (_, index) => ({
        key: NOTHING,
        item: plain(index, type),
      }));
    }
    if (!isObject(value)) return this.fail(`range can't iterate over ${goText(plain(value))}`);
    return Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
      .map((key) => ({ key: plain(key), item: boxed(value[key]) }));
  }

  private assign(name: string, value: GoValue): void {
    const variable = this.variables.findLast((each) => each.name === name);
    if (variable === undefined) return this.fail(`undefined variable: ${name}`);
    variable.value = value;
  }

  private variable(name: string): GoValue {
    return this.variables.findLast((each) => each.name === name)?.value ?? this.fail(`undefined variable: ${name}`);
  }

  private pipeline(dot: GoValue, pipeline: Pipeline): GoValue {
    this.where = { at: pipeline.at, text: pipelineText(pipeline) };
    let value: GoValue | undefined;
    for (const command of pipeline.commands) value = unboxed(this.command(dot, command, value));
    const result = value ?? NOTHING;
    for (const name of pipeline.variables) {
      if (pipeline.assigns) this.assign(name, result);
      else this.variables.push({ name, value: result });
    }
    return result;
  }

  /** `piped`: what stands before the `|`. */
  private command(dot: GoValue, command: readonly Operand[], piped: GoValue | undefined): GoValue {
    const [first] = command;
    if (first === undefined) return NOTHING;
    const hasArguments = command.length > 1 || piped !== undefined;
    switch (first.type) {
      case "function":
        return this.function(dot, { first, command, piped });
      case "field":
      case "chain":
        return this.operand(dot, first, hasArguments);
      case "variable":
        if (first.fields.length > 0) return this.operand(dot, first, hasArguments);
        break;
      case "nil":
        this.atOperand(first);
        this.notCalled(first, hasArguments);
        return this.fail("nil is not a command");
      case "pipeline":
        break;
      default:
        this.atOperand(first);
    }
    if (first.type === "variable") this.atOperand(first);
    this.notCalled(first, hasArguments);
    return this.operand(dot, first);
  }

  private notCalled(first: Operand, hasArguments: boolean): void {
    const text = first.type === "pipeline" ? pipelineText(first.pipeline) : nodeText(first);
    if (hasArguments) this.fail(`can't give argument to non-function ${text}`);
  }

  private operand(dot: GoValue, operand: Operand, hasArguments = false): GoValue {
    if (operand.type !== "pipeline") this.atOperand(operand);
    switch (operand.type) {
      case "literal":
        return operand.value;
      case "nil":
        return NOTHING;
      case "dot":
        return dot;
      case "field":
        return this.fields(dot, operand.fields, hasArguments);
      case "variable":
        return this.fields(this.variable(operand.name), operand.fields, hasArguments);
      case "function":
        return this.function(dot, { first: operand, command: [operand], piped: undefined });
      case "pipeline":
        return this.pipeline(dot, operand.pipeline);
      case "chain": {
        const from = this.operand(dot, operand.node);
        return this.fields(from, operand.fields, hasArguments);
      }
    }
  }

  private fields(value: GoValue, fields: readonly string[], hasArguments: boolean): GoValue {
    let current = value;
    fields.forEach((field, index) => {
      const called = hasArguments && index === fields.length - 1;
      if (isNothing(current)) {
        if (current.boxed) this.fail(`nil pointer evaluating interface {}.${field}`);
        if (!this.options.allowMissing) this.fail(`nil data; no entry for key ${JSON.stringify(field)}`);
        current = NOTHING;
        return;
      }
      const holder = current.value;
      if (!isObject(holder)) {
        this.fail(`can't evaluate field ${field} in type ${current.boxed ? "interface {}" : current.type}`);
      }
      if (called) this.fail(`${field} is not a method but has arguments`);
      const next = holder[field];
      if (next === undefined && !this.options.allowMissing)
        this.fail(`map has no entry for key ${JSON.stringify(field)}`);
      current = next === undefined ? NOTHING : boxed(next);
    });
    return current;
  }

  private function(
    dot: GoValue,
    call: { first: Operand & { type: "function" }; command: readonly Operand[]; piped: GoValue | undefined },
  ): GoValue {
    const { first, command, piped } = call;
    const { name } = first;
    const made = FUNCTIONS[name];
    this.atOperand(first);
    if (made === undefined) return this.fail(`${JSON.stringify(name)} is not a defined function`);
    const rest = command.slice(1);
    const count = rest.length + (piped === undefined ? 0 : 1);
    const problem = argumentProblem(name, made, count);
    if (problem !== undefined) this.fail(problem);
    if (made.lazy !== undefined) return this.untilDecided(dot, { rest, piped, stopsAt: made.lazy });
    const args = rest.map((operand, index) => this.argument(dot, operand, wanted(made, index)));
    if (piped !== undefined) args.push(this.checked(piped, wanted(made, rest.length)));
    try {
      return made.run(args, rest[0] === undefined ? "" : nodeText(rest[0]));
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      this.where = { at: command === undefined ? first.at : (command[0]?.at ?? first.at), text: commandText(command) };
      return this.fail(`error calling ${name}: ${error.message}`);
    }
  }

  /** `and`, `or`: what comes behind the argument that decides is never looked at. */
  private untilDecided(
    dot: GoValue,
    given: { rest: readonly Operand[]; piped: GoValue | undefined; stopsAt: boolean },
  ): GoValue {
    let value = NOTHING;
    for (const operand of given.rest) {
      value = this.argument(dot, operand, "any");
      if (truth(value) === given.stopsAt) return value;
    }
    return given.piped ?? value;
  }

  private argument(dot: GoValue, operand: Operand, type: "any" | "string"): GoValue {
    this.atOperand(operand);
    if (type === "string" && operand.type === "nil") return this.fail("cannot assign nil to string");
    if (type === "string" && operand.type === "literal" && operand.value.type !== "string") {
      return this.fail(`expected string; found ${operand.text}`);
    }
    return this.checked(this.operand(dot, operand), type);
  }

  private checked(value: GoValue, type: "any" | "string"): GoValue {
    if (type === "any" || value.type === "string") return value;
    if (isNothing(value) && !value.boxed) return this.fail("invalid value; expected string");
    return this.fail(`wrong type for value; expected string; got ${isNothing(value) ? "interface {}" : value.type}`);
  }
}

function wanted(made: TemplateFunction, index: number): "any" | "string" {
  return index === 0 ? (made.first ?? "any") : "any";
}
