/** kubectl's JSONPath templates. */
import { executeJsonPath, parseJsonPath } from "../../../kubectl/printers/jsonpath.ts";
import { parseRelaxedPath } from "../../../kubectl/printers/jsonpath-relaxed.ts";
import { defineTopic, expectEqual, thrownBy, unknownKind, type DataCase, type Failure } from "../topic.ts";

interface JsonPathCase extends DataCase {
  template: string;
  /** Of a `relaxedExpression` the expression. */
  input: unknown;
  allowMissingKeys: boolean;
  output: string;
  /** The text, or `true` for any error. */
  error?: string | boolean;
}

export const jsonpath = defineTopic<JsonPathCase>({
  topic: "jsonpath",
  doesNotApply: {
    "TestStructInput#26": "the text names the Go type of a typed map; what kubectl reads from a server has none",
  },
  run: (item) => run(item),
});

function run({ kind, template, input, allowMissingKeys, output, error }: JsonPathCase): Failure {
  const execute = (): string => executeJsonPath(parseJsonPath(template), input, { allowMissing: allowMissingKeys });
  switch (kind) {
    case "out":
      return expectEqual(sortKeys(output), sortKeys(execute()));
    case "outUnordered":
      return expectEqual(words(output), words(execute()));
    case "err":
      return expectEqual(error, thrownBy(execute));
    case "anyError":
      return expectEqual("an error", thrownBy(execute) === undefined ? "no error" : "an error");
    case "relaxedExpression": {
      const relax = (): string => parseRelaxedPath(String(input));
      if (error === true) return expectEqual("an error", thrownBy(relax) === undefined ? "no error" : "an error");
      return expectEqual(output, relax());
    }
    default:
      return unknownKind(kind);
  }
}

/**
 * Structs of the source are printed in field order, and what a server sends as maps: by key. So the keys' order says
 * nothing here. `{"b":1,"a":[]} {"a":2}` → `{"a":[],"b":1} {"a":2}`; other text comes back as it is.
 */
function sortKeys(text: string): string {
  if (!/^[[{]/.test(text)) return text;
  return text
    .split(/(?<=\}) (?=\{)/)
    .map((part) => {
      try {
        return JSON.stringify(sorted(JSON.parse(part)));
      } catch {
        return part;
      }
    })
    .join(" ");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inside]) => [key, sorted(inside)]),
  );
}

function words(text: string): string[] {
  return text.trim().split(/\s+/).sort();
}
