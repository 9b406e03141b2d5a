/**
 * YAML as Go's programs read it: the scalars of 1.1 without times and numbers to the base 60, merges, of two equal keys the
 * last. Upstream: sigs.k8s.io/yaml, apimachinery pkg/util/yaml.
 */
import { isCollection, parseDocument, visit, type Document, type ScalarTag, type Tags } from "yaml";
import { decodeBase64 } from "./base64.ts";
import { goSyntax } from "./go-syntax.ts";
import { yamlProblem } from "./yaml-problem.ts";

/** Tags of 1.1 whose text stays a text. */
const TEXTS = new Set(["timestamp", "binary", "omap", "pairs", "set"].map((name) => `tag:yaml.org,2002:${name}`));

const BINARY: ScalarTag = { tag: "tag:yaml.org,2002:binary", resolve: (text) => decodeBase64(text) };

const INT = "tag:yaml.org,2002:int";
const FLOAT = "tag:yaml.org,2002:float";

/** What may be a number, which only its whole text tells: `E1` and `-e5` are none. */
const NUMBER: ScalarTag = {
  tag: INT,
  default: true,
  test: /^(?:\.[0-9]|[-+0-9])[-+.0-9a-zA-Z_]*$/,
  resolve: (text) => numberOf(text) ?? text,
};

const TAGGED_FLOAT: ScalarTag = { tag: FLOAT, resolve: (text) => numberOf(text) ?? text };

const DIGITS_OF_BASE = /^([-+]?)(0[xX](?=[0-9a-fA-F])|0[bB](?=[01])|0[oO]?(?=[0-7]))([0-9a-fA-F]+)$/;
const BASES: Readonly<Record<string, [number, RegExp]>> = {
  x: [16, /^[0-9a-fA-F]+$/],
  b: [2, /^[01]+$/],
  o: [8, /^[0-7]+$/],
  "0": [8, /^[0-7]+$/],
};
const DECIMAL = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** As go-yaml's resolve: `_` counts for nothing, but not in what begins with a point. */
function numberOf(text: string): number | undefined {
  const plain = text.startsWith(".") ? text : text.replaceAll("_", "");
  const [, sign, prefix = "", digits = ""] = DIGITS_OF_BASE.exec(plain) ?? [];
  const [base, valid] = BASES[prefix.slice(-1).toLowerCase()] ?? [];
  if (base !== undefined && valid?.test(digits) === true) return (sign === "-" ? -1 : 1) * parseInt(digits, base);
  return DECIMAL.test(plain) ? Number(plain) : undefined;
}

function goTags(tags: Tags): Tags {
  const isRead = (tag: Tags[number]): boolean =>
    typeof tag === "string" || !(isText(tag) || tag.tag === INT || (tag.tag === FLOAT && !hasInfinity(tag)));
  return [...tags.filter(isRead), BINARY, NUMBER, TAGGED_FLOAT];
}

/** The one tag of floats that is for `.inf` and `.nan`. */
function hasInfinity(tag: object): boolean {
  return "test" in tag && tag.test instanceof RegExp && tag.test.test(".inf");
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
      found = goSyntax(key.toJS(document), "map[interface {}]interface {}");
      return visit.BREAK;
    },
  });
  return found;
}
