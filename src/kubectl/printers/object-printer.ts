/** Which printer `-o` asks for. Upstream: cli-runtime pkg/genericclioptions/print_flags.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { goSyntax } from "../../engine/base/go-syntax.ts";
import { printedKind } from "../discovery.ts";
import { CommandError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { readText } from "../manifests.ts";
import { parseColumnSpec, parseColumnTemplate, printColumns } from "./custom-columns.ts";
import { goText } from "./go-format.ts";
import { executeTemplate, parseTemplate, TemplateError } from "./go-template.ts";
import { goQuote, plain } from "./go-value.ts";
import { sortKeys, toCompactJson, toJson } from "./json.ts";
import { executeJsonPath, parseJsonPath } from "./jsonpath.ts";
import { toKyaml } from "./kyaml.ts";
import { toYaml } from "./yaml.ts";

/** Text for one object (or a List). Keeps state: the second YAML document begins with `---`. */
export type ObjectPrinter = (object: KubeObject) => string;

const TEMPLATE_FORMATS = [
  "go-template",
  "go-template-file",
  "jsonpath",
  "jsonpath-as-json",
  "jsonpath-file",
  "template",
  "templatefile",
];
const BASE_FORMATS = [
  "go-template",
  "go-template-file",
  "json",
  "jsonpath",
  "jsonpath-as-json",
  "jsonpath-file",
  "kyaml",
  "name",
  "template",
  "templatefile",
  "yaml",
];
const GET_FORMATS = ["custom-columns", "custom-columns-file", ...BASE_FORMATS, "wide"].sort();

/** Formats whose name counts in any case. */
const ANY_CASE = ["json", "kyaml", "name", "yaml"];

export interface PrinterOptions {
  /** `created`: what the default printer says after the name. */
  operation?: string;
  /** `get` knows more formats. */
  tables?: boolean;
  noHeaders?: boolean;
  /** Objects were built here: their fields keep the order that they have. */
  built?: boolean;
}

/** The name line that commands print after they did something: `deployment.apps/web created (dry run)`. */
export function operationLine(call: Invocation, object: KubeObject, operation: string): string {
  const [group = ""] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : [""];
  const dryRun = { none: "", client: " (dry run)", server: " (server dry run)" }[call.dryRun];
  const suffix = operation === "" ? "" : ` ${operation}${dryRun}`;
  return `${printedKind({ group, kind: object.kind })}/${object.metadata.name ?? ""}${suffix}\n`;
}

/** Format and its argument: `jsonpath={.items}`. */
export function splitOutput(output: string): { format: string; argument: string | undefined } {
  const equals = output.indexOf("=");
  if (equals < 0) return { format: output, argument: undefined };
  const format = output.slice(0, equals);
  const takes = TEMPLATE_FORMATS.includes(format) || format.startsWith("custom-columns");
  return takes ? { format, argument: output.slice(equals + 1) } : { format: output, argument: undefined };
}

export function printerFor(call: Invocation, options: PrinterOptions = {}): ObjectPrinter {
  const output = call.flags.string("output") || (call.flags.changed("template") ? "go-template" : "");
  const { format: given, argument } = splitOutput(output);
  const format = ANY_CASE.includes(given.toLowerCase()) ? given.toLowerCase() : given;
  if (format === "") return (object) => operationLine(call, object, options.operation ?? "");
  if (format === "name") return printNames;
  const printer = formatPrinter(call, { format, argument }, options);
  if (printer === undefined) {
    const allowed = options.tables === true ? GET_FORMATS : BASE_FORMATS;
    throw new CommandError(
      `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: ${allowed.join(",")}`,
    );
  }
  // Only whole objects are shown without them.
  const whole = format === "json" || format === "yaml" || format === "kyaml";
  const keep = !whole || (call.flags.has("show-managed-fields") && call.flags.bool("show-managed-fields"));
  return keep ? printer : (object) => printer(withoutManagedFields(object));
}

function formatPrinter(
  call: Invocation,
  output: { format: string; argument: string | undefined },
  options: PrinterOptions,
): ObjectPrinter | undefined {
  const template = (): string => output.argument ?? call.flags.string("template");
  const needed = (): string => {
    if (template() === "") throw new CommandError("template format specified but no template given");
    return template();
  };
  const allowMissing = !call.flags.has("allow-missing-template-keys") || call.flags.bool("allow-missing-template-keys");
  switch (output.format) {
    case "json":
      return (object) => toJson(object, { sorted: options.built !== true });
    case "yaml":
      return yamlPrinter();
    case "kyaml":
      return toKyaml;
    case "jsonpath":
      return jsonPathPrinter(needed(), allowMissing, false);
    case "jsonpath-as-json":
      return jsonPathPrinter(needed(), allowMissing, true);
    case "jsonpath-file":
      return jsonPathPrinter(templateText(call, needed()), allowMissing, false);
    case "go-template":
    case "template":
      return goTemplatePrinter(needed(), allowMissing);
    case "go-template-file":
    case "templatefile":
      return goTemplatePrinter(templateText(call, needed()), allowMissing);
    case "custom-columns":
    case "custom-columns-file": {
      if (options.tables !== true) return undefined;
      if (template() === "") {
        throw new CommandError("custom-columns format specified but no custom columns given");
      }
      const columns =
        output.format === "custom-columns"
          ? parseColumnSpec(template())
          : parseColumnTemplate(readText(call, template()));
      return (object) => printColumns(columns, object, options.noHeaders === true);
    }
    default:
      return undefined;
  }
}

function templateText(call: Invocation, file: string): string {
  try {
    return readText(call, file);
  } catch (error) {
    if (error instanceof CommandError) throw new CommandError(`error reading --template ${file}, ${error.message}`);
    throw error;
  }
}

function printNames(object: KubeObject): string {
  const items = (object as { items?: KubeObject[] }).items;
  if (object.kind.endsWith("List") && items !== undefined) return items.map(printNames).join("");
  const [group = ""] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : [""];
  return `${printedKind({ group, kind: object.kind })}/${object.metadata.name ?? ""}\n`;
}

function yamlPrinter(): ObjectPrinter {
  let count = 0;
  return (object) => `${count++ > 0 ? "---\n" : ""}${toYaml(object)}`;
}

function parsedTemplate(template: string): ReturnType<typeof parseJsonPath> {
  try {
    return parseJsonPath(template);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(`error parsing jsonpath ${template}, ${error.message}`);
  }
}

function jsonPathPrinter(template: string, allowMissing: boolean, asJson: boolean): ObjectPrinter {
  const parsed = parsedTemplate(template);
  return (object) => {
    try {
      return executeJsonPath(parsed, sortKeys(object), { allowMissing, asJson });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const why = error.message;
      throw new CommandError(
        `error executing jsonpath ${JSON.stringify(template)}: Error executing template: ${why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(object)}\n\n\n`,
      );
    }
  };
}

function goTemplatePrinter(template: string, allowMissing: boolean): ObjectPrinter {
  const parsed = parseTemplate(template);
  return (object) => {
    try {
      return executeTemplate(parsed, object, { allowMissing });
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const why = error.message;
      throw new CommandError(`error executing template ${goQuote(template)}: ${why}`, {
        output: `${error.written}Error executing template: ${why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\traw data was:\n\t\t${toCompactJson(object)}\n\tobject given to template engine was:\n\t\t${goText(plain(object))}\n\n`,
      });
    }
  };
}

/** An object, or a list with each of its items. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const items = (object as { items?: KubeObject[] | null }).items;
  if (items != null && object.kind.endsWith("List")) {
    return { ...object, items: items.map(withoutManagedFields) } as KubeObject;
  }
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
