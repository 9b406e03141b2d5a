/** What a template may call. Upstream: Go text/template/funcs.go, cli-runtime pkg/printers/template.go (exists, base64decode). */
import { decodeBase64Bytes, utf8Decode, utf8Encode } from "../../engine/base/base64.ts";
import { isObject } from "../../engine/base/json.ts";
import { goFormat, goText } from "./go-format.ts";
import { boxed, type GoValue, isNothing, isWhole, plain, truth } from "./go-value.ts";

/** Becomes `error calling NAME: …`. */
export class FunctionError extends Error {}

export interface TemplateFunction {
  /** How many arguments it takes: so many, or at least so many. */
  exactly?: number;
  atLeast?: number;
  /** What its first argument must be. */
  first?: "string";
  /** Its arguments are looked at one by one, up to one that is true or false. */
  lazy?: boolean;
  /** `name`: how the template writes the first argument. */
  run: (args: readonly GoValue[], name: string) => GoValue;
}

export function isTemplateFunction(name: string): boolean {
  return Object.hasOwn(FUNCTIONS, name);
}

export function argumentProblem(name: string, made: TemplateFunction, count: number): string | undefined {
  const { exactly, atLeast = 0 } = made;
  const wrong = `wrong number of args for ${name}: want`;
  if (exactly !== undefined) return count === exactly ? undefined : `${wrong} ${exactly} got ${count}`;
  return count >= atLeast ? undefined : `${wrong} at least ${atLeast} got ${count}`;
}

function fail(message: string): never {
  throw new FunctionError(message);
}

function text(value: string): GoValue {
  return plain(value, "string");
}

function verdict(value: boolean): GoValue {
  return plain(value, "bool");
}

/** Blanks stand between two neighbours of which neither is a text. */
function joined(args: readonly GoValue[]): string {
  return args
    .map((arg, index) => {
      const apart = index > 0 && arg.type !== "string" && args[index - 1]?.type !== "string";
      return `${apart ? " " : ""}${goText(arg)}`;
    })
    .join("");
}

/** The text that an escaper works on. */
function escapable(args: readonly GoValue[]): string {
  return joined(args.map((arg) => (isNothing(arg) ? text("<no value>") : arg)));
}

const NONE = plain(null);

export const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  and: { atLeast: 1, lazy: false, run: () => NONE },
  or: { atLeast: 1, lazy: true, run: () => NONE },
  not: { exactly: 1, run: ([value = NONE]) => verdict(!truth(value)) },
  len: { exactly: 1, run: ([value = NONE]) => plain(lengthOf(value), "int") },
  index: { atLeast: 1, run: ([value = NONE, ...keys]) => indexed(value, keys) },
  slice: { atLeast: 1, run: ([value = NONE, ...indexes]) => sliced(value, indexes) },
  call: {
    atLeast: 1,
    run: ([value = NONE], name) =>
      fail(isNothing(value) ? "call of nil" : `non-function ${name} of type ${value.type}`),
  },
  print: { run: (args) => text(joined(args)) },
  println: { run: (args) => text(`${args.map(goText).join(" ")}\n`) },
  printf: {
    atLeast: 1,
    first: "string",
    run: ([format = NONE, ...args]) => text(goFormat(String(format.value), args)),
  },
  eq: { atLeast: 1, run: ([left = NONE, ...others]) => verdict(equals(left, others)) },
  ne: { exactly: 2, run: ([left = NONE, right = NONE]) => verdict(!equals(left, [right])) },
  lt: { exactly: 2, run: ([left = NONE, right = NONE]) => verdict(less(left, right)) },
  le: { exactly: 2, run: ([left = NONE, right = NONE]) => verdict(less(left, right) || equals(left, [right])) },
  gt: { exactly: 2, run: ([left = NONE, right = NONE]) => verdict(!(less(left, right) || equals(left, [right]))) },
  ge: { exactly: 2, run: ([left = NONE, right = NONE]) => verdict(!less(left, right)) },
  html: {
    run: (args) =>
      text(
        escapable(args)
          .replaceAll("\0", "\ufffd")
          .replaceAll("&", "&amp;")
          .replaceAll("<", "&lt;")
          .replaceAll(">", "&gt;")
          .replaceAll('"', "&#34;")
          .replaceAll("'", "&#39;"),
      ),
  },
  js: {
    run: (args) =>
      text(
        escapable(args)
          .replaceAll(/[\\'"]/g, "\\$&")
          .replaceAll(/[<>&=]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => `\\u${hex(character, 4)}`),
      ),
  },
  urlquery: {
    run: (args) =>
      text(
        encodeURIComponent(escapable(args))
          .replaceAll("%20", "+")
          .replaceAll(/[!'()*]/g, (character) => `%${hex(character, 2)}`),
      ),
  },
  base64decode: {
    exactly: 1,
    first: "string",
    run: ([value = NONE]) => text(decoded(String(value.value))),
  },
  exists: {
    atLeast: 1,
    run: ([value = NONE, ...keys]) => {
      let current: unknown = value.value;
      for (const key of keys) {
        if (Array.isArray(current)) current = current[Number(key.value)];
        else if (isObject(current)) current = current[String(key.value)];
        else return verdict(false);
        if (current === undefined) return verdict(false);
      }
      return verdict(true);
    },
  },
};

function hex(character: string, digits: number): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(digits, "0");
}

/** Only the padded form counts, line ends apart. */
function decoded(encoded: string): string {
  const bare = encoded.replaceAll(/[\r\n]/g, "");
  const wrong = bare.search(/[^A-Za-z0-9+/]/);
  if (wrong < 0 ? bare.length % 4 === 0 : bare.length % 4 === 0 && /^={1,2}$/.test(bare.slice(wrong))) {
    return utf8Decode(decodeBase64Bytes(bare));
  }
  return fail(
    `base64 decode failed: illegal base64 data at input byte ${wrong < 0 ? bare.length - (bare.length % 4) : wrong}`,
  );
}

function lengthOf(item: GoValue): number {
  const { value, type } = item;
  // Go counts the bytes of a text.
  if (typeof value === "string") return utf8Encode(value).length;
  if (Array.isArray(value)) return value.length;
  if (isObject(value)) return Object.keys(value).length;
  if (!isNothing(item)) return fail(`len of type ${type}`);
  return fail(item.boxed ? "len of nil pointer" : "reflect: call of reflect.Value.Type on zero Value");
}

function indexed(item: GoValue, keys: readonly GoValue[]): GoValue {
  if (isNothing(item)) return fail("index of untyped nil");
  return keys.reduce(indexOne, item);
}

function indexOne(item: GoValue, key: GoValue): GoValue {
  const { value, type } = item;
  if (typeof value === "string") {
    const bytes = utf8Encode(value);
    const at = indexOf({ ...key, boxed: false }, bytes.length);
    return plain(bytes[at] ?? fail("reflect: string index out of range"), "uint8");
  }
  if (Array.isArray(value)) {
    const at = indexOf({ ...key, boxed: false }, value.length);
    return at < value.length ? boxed(value[at]) : fail("reflect: slice index out of range");
  }
  if (isObject(value)) {
    if (isNothing(key)) return fail("value is nil; should be of type string");
    if (typeof key.value !== "string") return fail(`value has type ${key.type}; should be string`);
    return boxed(value[key.value]);
  }
  return fail(isNothing(item) ? "index of nil pointer" : `can't index item of type ${type}`);
}

/** `most`: Go lets an index that lies just behind the end pass here. */
function indexOf(index: GoValue, most: number): number {
  if (!index.boxed && isNothing(index)) return fail("cannot index slice/array with nil");
  if (index.boxed || !isWhole(index.type)) {
    return fail(`cannot index slice/array with type ${index.boxed ? "interface {}" : index.type}`);
  }
  const at = Number(index.value);
  return at < 0 || at > most ? fail(`index out of range: ${at}`) : at;
}

/** Simplified: a list's capacity is its length; Go's JSON reader leaves some room behind it. */
function sliced(item: GoValue, indexes: readonly GoValue[]): GoValue {
  const { value, type } = item;
  if (isNothing(item)) return fail("slice of untyped nil");
  if (indexes.length > 3) return fail(`too many slice indexes: ${indexes.length}`);
  const bytes = typeof value === "string" ? utf8Encode(value) : undefined;
  const list: readonly unknown[] = bytes ?? (Array.isArray(value) ? value : fail(`can't slice item of type ${type}`));
  if (bytes !== undefined && indexes.length === 3) return fail("cannot 3-index slice a string");
  const [from = 0, to = list.length, capacity] = indexes.map((index) => indexOf(index, list.length));
  if (from > to) return fail(`invalid slice index: ${from} > ${to}`);
  if (capacity !== undefined && to > capacity) return fail(`invalid slice index: ${to} > ${capacity}`);
  return bytes === undefined ? plain(list.slice(from, to)) : text(utf8Decode(bytes.slice(from, to)));
}

/** Numbers of different widths compare, whole ones with fractions don't. */
function basicKind(value: GoValue): string | undefined {
  if (isWhole(value.type)) return "whole";
  return ["bool", "float64", "string"].includes(value.type) ? value.type : undefined;
}

function equals(left: GoValue, others: readonly GoValue[]): boolean {
  if (others.length === 0) return fail("missing argument for comparison");
  return others.some((right) => {
    const kind = basicKind(left);
    if (kind !== basicKind(right)) {
      return isNothing(left) || isNothing(right) ? false : fail("incompatible types for comparison");
    }
    if (kind !== undefined) return left.value === right.value;
    if (isNothing(left) || isNothing(right)) return isNothing(left) && isNothing(right);
    if (left.type !== right.type) {
      return fail(`non-comparable types ${asString(left)}: ${left.type}, ${right.type}: ${goText(right)}`);
    }
    return fail(`non-comparable type ${asString(right)}: ${right.type}`);
  });
}

/** Upstream's complaint shows the value with `%s`. */
function asString(value: GoValue): string {
  return goFormat("%s", [value]);
}

function less(left: GoValue, right: GoValue): boolean {
  const kind = basicKind(left);
  const other = basicKind(right);
  if (kind === undefined || other === undefined) return fail("invalid type for comparison");
  if (kind !== other) return fail("incompatible types for comparison");
  if (kind === "bool") return fail("invalid type for comparison");
  return kind === "string"
    ? lessText(String(left.value), String(right.value))
    : Number(left.value) < Number(right.value);
}

function lessText(left: string, right: string): boolean {
  const [a, b] = [utf8Encode(left), utf8Encode(right)];
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at < 0 ? a.length < b.length : (a[at] ?? 0) < (b[at] ?? -1);
}
