/** What a Go template consists of, and how its complaints quote it. Upstream: Go text/template/parse/node.go. */
import type { GoValue } from "./go-value.ts";

/** One argument of a command. `at`: where in the source complaints say that it stands. */
export type Operand =
  | { type: "literal"; at: number; text: string; value: GoValue }
  | { type: "nil" | "dot"; at: number }
  | { type: "field"; at: number; fields: string[] }
  | { type: "variable"; at: number; name: string; fields: string[] }
  | { type: "function"; at: number; name: string }
  | { type: "pipeline"; at: number; pipeline: Pipeline }
  /** Fields of what something else comes to: `(index .items 0).metadata`. */
  | { type: "chain"; at: number; node: Operand; fields: string[] };

/** Commands joined by `|`, and what they are assigned to. */
export interface Pipeline {
  at: number;
  variables: string[];
  /** `=` instead of `:=`. */
  assigns: boolean;
  commands: Operand[][];
}

export interface BlockNode {
  type: "if" | "with" | "range";
  at: number;
  pipeline: Pipeline;
  body: TemplateNode[];
  otherwise: TemplateNode[];
}

export interface CallNode {
  type: "template";
  at: number;
  name: string;
  pipeline: Pipeline | undefined;
}

export type TemplateNode =
  | { type: "text"; at: number; text: string }
  | { type: "print"; at: number; pipeline: Pipeline }
  | BlockNode
  | CallNode
  | { type: "break" | "continue"; at: number };

export function nodeText(operand: Operand): string {
  switch (operand.type) {
    case "literal":
      return operand.text;
    case "nil":
      return "nil";
    case "dot":
      return ".";
    case "field":
      return `.${operand.fields.join(".")}`;
    case "variable":
      return [operand.name, ...operand.fields].join(".");
    case "function":
      return operand.name;
    case "pipeline":
      return `(${pipelineText(operand.pipeline)})`;
    case "chain":
      return `${nodeText(operand.node)}.${operand.fields.join(".")}`;
  }
}

export function commandText(command: readonly Operand[]): string {
  return command.map(nodeText).join(" ");
}

export function pipelineText({ variables, assigns, commands }: Pipeline): string {
  const declared = variables.length === 0 ? "" : `${variables.join(", ")} ${assigns ? "=" : ":="} `;
  return declared + commands.map(commandText).join(" | ");
}

export function callText({ name, pipeline }: CallNode): string {
  return `{{template ${JSON.stringify(name)}${pipeline === undefined ? "" : ` ${pipelineText(pipeline)}`}}}`;
}
