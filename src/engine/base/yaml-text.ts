/**
 * YAML as Go's programs read it: the scalars of 1.1 without times and numbers to the base 60, merges, of two equal keys the
 * last. Upstream: sigs.k8s.io/yaml, apimachinery pkg/util/yaml.
 */
import { isCollection, parseDocument, visit, type Document, type ScalarTag, type Tags } from "yaml";
import { decodeBase64 } from "./base64.ts";
import { isObject } from "./json.ts";
import { yamlProblem } from "./yaml-problem.ts";

/** Tags of 1.1 whose text stays a text. */
const TEXTS = new Set(["timestamp", "binary", "omap", "pairs", "set"].map((name) => `tag:yaml.org,2002:${name}`));

const BINARY: ScalarTag = { tag: "tag:yaml.org,2002:binary", resolve: (text) => decodeBase64(text) };

/** `0o755`, which 1.1 doesn't have. */
const OCTAL: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (text) => (text.startsWith("-") ? -1 : 1) * parseInt(text.replaceAll(/^[-+]?0o|_/g, ""), 8),
};

function goTags(tags: Tags): Tags {
  const isRead = (tag: Tags[number]): boolean => typeof tag === "string" || !(isText(tag) || tag.format === "TIME");
  return [...tags.filter(isRead), BINARY, OCTAL];
}

function isText({ tag }: { tag: string }): boolean {
  return TEXTS.has(tag);
}

/** How the library is to read it. */
export const AS_GO_READS = { version: "1.1", uniqueKeys: false, merge: true, customTags: goTags } as const;
/** More than so many uses of one anchor are an attack. */
const MAX_ALIASES = 100;

export type ReadYaml = { readonly value: unknown } | { readonly problem: string };

/** The text's first document; a problem begins with `yaml: `. */
export function readYaml(text: string): ReadYaml {
  if (CONTROL.test(text)) return { problem: "yaml: control characters are not allowed" };
  const whole = text.endsWith("\n") ? text : `${text}\n`;
  return valueOf(parseDocument(whole, AS_GO_READS), whole);
}

const CONTROL = /[^\P{Cc}\t\n\r\u0085]/u;

/** Each document of the text; lines are counted in each of them anew. */
export function readYamlDocuments(text: string): ReadYaml[] {
  return text.split(/\n---[^\n]*(?:\n|$)/).map((part) => readYaml(part));
}

function valueOf(document: Document, text: string): ReadYaml {
  const errors = document.errors.filter(({ code }) => code !== "MULTIPLE_DOCS");
  if (errors.length > 0) return { problem: `yaml: ${yamlProblem(errors, text)}` };
  const key = MAY_HAVE_ODD_KEYS.test(text) ? oddKey(document) : undefined;
  if (key !== undefined) return { problem: `yaml: invalid map key: ${key}` };
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const alias = /alias[^:]*: (\S+)/.exec(error.message)?.[1];
    return { problem: `yaml: ${alias === undefined ? error.message : `unknown anchor '${alias}' referenced`}` };
  }
}

const MAY_HAVE_ODD_KEYS = /[{[]\s*[{[]|\?|[\]}]\s*:/;

/** The first key that is a map or a list, as Go prints it: what a template is that nobody has filled in. */
function oddKey(document: Document): string | undefined {
  let found: string | undefined;
  visit(document, {
    Pair(_, { key }) {
      if (!isCollection(key)) return undefined;
      found = goSyntax(key.toJS(document));
      return visit.BREAK;
    },
  });
  return found;
}

/** Go's `%#v`. */
function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return "interface {}(nil)";
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}:${goSyntax(each)}`);
  return `map[interface {}]interface {}{${entries.join(", ")}}`;
}
