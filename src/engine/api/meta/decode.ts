/**
 * From parsed JSON to an object of a kind, with the API server's words for what doesn't fit.
 * Upstream: sigs.k8s.io/json (types, unknown fields), apiserver pkg/endpoints/handlers/rest.go (transformDecodeError).
 *
 * What fits is shared with the input: a value without nulls, zeros that Go leaves out, unknown fields and unnormalized
 * quantities comes back as it is.
 * Simplified: `1.0` counts as a whole number; a field given twice is the parser's matter.
 */
import { decodeBase64 } from "../../base/base64.ts";
import { isObject } from "../../base/json.ts";
import { cannotUnmarshal, jsonKind } from "../../base/json-kind.ts";
import { formatTime, parseTime } from "../../base/time.ts";
import type { KubeObject } from "./object.ts";
import { canonicalQuantity, QuantityError } from "./quantity.ts";
import { badRequest, type StatusError } from "./status-error.ts";
import { fieldsOf, goTypeOf, type FieldType, type Scalar } from "./structure-type.ts";

/** Input of the wrong shape. The message is Go's. */
export class DecodeError extends Error {
  /** What the converter of unstructured objects says in the place of the JSON decoder's message. */
  readonly unstructured: string;

  constructor(message: string, unstructured = message) {
    super(message);
    this.unstructured = unstructured;
  }
}

export interface Decoded<T> {
  object: T;
  /** Paths such as `spec.template.spec.containers[0].imag`, in the input's order. The object lacks them. */
  unknownFields: readonly string[];
}

/** A kind as decoding needs it: a `Resource` or a `BodyKind`. */
export interface DecodableKind {
  kind: string;
  version: string;
  structure: string;
  /** Of a kind without structure: how its bodies are read. */
  custom?: { decode(value: unknown): Decoded<unknown> };
}

const NOTHING = {};
/** Upstream stops collecting strict errors here. */
const MAX_UNKNOWN = 100;

/**
 * Throws a `DecodeError` when a value has the wrong type. `known`: an object of the kind that was decoded before, such as
 * the one that a patch began with: the parts that the value shares with it (a spec, a status) are not read again.
 */
export function decode<T = KubeObject>(kind: DecodableKind, value: unknown, known: object = NOTHING): Decoded<T> {
  if (kind.custom !== undefined) return kind.custom.decode(value) as Decoded<T>;
  const walker = new Walker(known as Readonly<Record<string, unknown>>);
  const object = walker.walk({ kind: "struct", name: kind.structure }, value) as T;
  return { object, unknownFields: walker.unknown };
}

export function unknownField(field: string): string {
  return `unknown field "${field}"`;
}

/** `strict decoding error: unknown field "spec.replica", duplicate field …` */
export function strictDecodingError(complaints: readonly string[]): string {
  return `strict decoding error: ${complaints.join(", ")}`;
}

/** 400: `Deployment in version "v1" cannot be handled as a Deployment: …` */
export function cannotHandle(kind: DecodableKind, problem: string): StatusError {
  return badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${problem}`);
}

/** `decode` that throws the 400 a client sees; with `strict` also for unknown fields. */
export function decodeBody<T = KubeObject>(
  kind: DecodableKind,
  value: unknown,
  options: { strict: boolean },
): Decoded<T> {
  let decoded: Decoded<T>;
  try {
    decoded = decode<T>(kind, value);
  } catch (error) {
    if (error instanceof DecodeError) throw cannotHandle(kind, error.message);
    throw error;
  }
  if (options.strict && decoded.unknownFields.length > 0) {
    throw cannotHandle(kind, strictDecodingError(decoded.unknownFields.map(unknownField)));
  }
  return decoded;
}

const INTEGER_RANGES: Partial<Record<Scalar, number>> = { int32: 2 ** 31, int64: 2 ** 63, integer: 2 ** 63 };

/** Fields of a schema that are a schema or something else (a list of schemas, a boolean), which the structure can't say. */
const SCHEMA_OR_OTHER = new Set(["items", "additionalItems", "additionalProperties"]);
const SCHEMA_TYPE: FieldType = { kind: "struct", name: "JSONSchemaProps" };

function isSchema(structure: string, field: string, value: unknown): boolean {
  return structure === "JSONSchemaProps" && SCHEMA_OR_OTHER.has(field) && isObject(value);
}

class Walker {
  readonly unknown: string[] = [];
  /** Field names and list indices from the root to the value at hand. */
  private readonly path: (string | number)[] = [];
  /** The innermost structure that is being read. */
  private owner = "";
  private readonly known: Readonly<Record<string, unknown>>;

  constructor(known: Readonly<Record<string, unknown>>) {
    this.known = known;
  }

  walk(type: FieldType, value: unknown): unknown {
    switch (type.kind) {
      case "struct":
        return this.struct(type.name, value, type);
      case "list":
        return this.list(type.item, value, type);
      case "map":
        return this.map(type.item, value, type);
      case "scalar":
        return this.scalar(type, value);
    }
  }

  private struct(name: string, value: unknown, type: FieldType): unknown {
    if (!isObject(value)) this.mismatch(value, type);
    const fields = fieldsOf(name);
    if (fields === undefined) throw new Error(`no structure named ${name}`);
    const outer = this.owner;
    this.owner = name;
    let result = value;
    for (const key in value) {
      const field = fields.get(key);
      const item = value[key];
      if (field === undefined) {
        if (this.unknown.length < MAX_UNKNOWN) this.unknown.push(this.pathText(key));
      } else if (item !== null && item !== undefined) {
        if (this.path.length === 0 && item === this.known[key]) continue;
        this.path.push(key);
        const walked = this.walk(isSchema(name, key, item) ? SCHEMA_TYPE : field.type, item);
        this.path.pop();
        if (!field.omitsZero || !isZero(walked)) {
          if (walked === item) continue;
          if (result === value) result = { ...value };
          result[key] = walked;
          continue;
        }
      }
      if (result === value) result = { ...value };
      delete result[key];
    }
    this.owner = outer;
    return result;
  }

  private list(item: FieldType, value: unknown, type: FieldType): unknown {
    if (!Array.isArray(value)) this.mismatch(value, type);
    let result = value as unknown[];
    for (let at = 0; at < (value as unknown[]).length; at++) {
      const element: unknown = (value as unknown[])[at];
      this.path.push(at);
      const walked = element === null ? zeroOf(item) : this.walk(item, element);
      this.path.pop();
      if (walked === element) continue;
      if (result === value) result = (value as unknown[]).slice();
      result[at] = walked;
    }
    return result;
  }

  private map(item: FieldType, value: unknown, type: FieldType): unknown {
    if (!isObject(value)) this.mismatch(value, type);
    let result = value;
    for (const key in value) {
      const element = value[key];
      const walked = element === null ? zeroOf(item) : this.walk(item, element);
      if (walked === element) continue;
      if (result === value) result = { ...value };
      result[key] = walked;
    }
    return result;
  }

  private scalar(type: FieldType & { kind: "scalar" }, value: unknown): unknown {
    switch (type.scalar) {
      case "string":
        if (typeof value !== "string") this.mismatch(value, type);
        return value;
      case "boolean":
        if (typeof value !== "boolean") this.mismatch(value, type);
        return value;
      case "int32":
      case "int64":
      case "integer":
        if (typeof value !== "number") this.mismatch(value, type);
        if (!fitsInteger(value, type.scalar)) this.mismatch(value, type, `number ${value}`);
        return value;
      case "number":
        if (typeof value !== "number") this.mismatch(value, type);
        return value;
      case "int-or-string":
        if (typeof value === "string" || fitsInteger(value, "int32")) return value;
        throw new DecodeError(cannotUnmarshal(value, "int32"));
      case "quantity":
        return decodeQuantity(value);
      case "time":
        return normalizeTime(value);
      case "microtime":
        normalizeTime(value);
        return value;
      case "bytes":
        return this.bytes(value, type);
      case "any":
        return value;
    }
  }

  private bytes(value: unknown, type: FieldType): unknown {
    if (typeof value !== "string") this.mismatch(value, type);
    // Go's decoder skips line breaks, and what is stored is encoded anew.
    const text = /[\r\n]/.test(value) ? value.replace(/[\r\n]/g, "") : value;
    const problem = base64Problem(text);
    if (problem !== undefined) throw new DecodeError(problem);
    return text;
  }

  private mismatch(value: unknown, type: FieldType, shown = jsonKind(value)): asserts value is never {
    const names = this.path.filter((part) => typeof part === "string");
    const where = this.owner === "" ? "Go value" : `Go struct field ${this.owner}.${names.join(".")}`;
    const message = `json: cannot unmarshal ${shown} into ${where} of type ${goTypeOf(type)}`;
    throw new DecodeError(message, unstructuredProblem(type, value));
  }

  private pathText(last: string): string {
    let text = "";
    for (const part of [...this.path, last]) {
      if (typeof part === "number") text += `[${part}]`;
      else text += text === "" ? part : `.${part}`;
    }
    return text;
  }
}

const GO_KINDS: Partial<Record<Scalar, string>> = { boolean: "bool", integer: "int64", number: "float64" };

/** Upstream: apimachinery pkg/runtime/converter.go. */
function unstructuredProblem(type: FieldType, value: unknown): string {
  switch (type.kind) {
    case "struct":
      return `cannot restore struct from: ${goKindOf(value)}`;
    case "list":
      return `cannot restore slice from ${goKindOf(value)}`;
    case "map":
      return `cannot restore map from ${goKindOf(value)}`;
    case "scalar":
      return `unrecognized type: ${GO_KINDS[type.scalar] ?? type.scalar}`;
  }
}

function goKindOf(value: unknown): string {
  if (Array.isArray(value)) return "slice";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  if (typeof value === "boolean") return "bool";
  return typeof value === "string" ? "string" : "map";
}

function fitsInteger(value: unknown, scalar: Scalar): boolean {
  const bound = INTEGER_RANGES[scalar] ?? 0;
  return Number.isInteger(value) && (value as number) >= -bound && (value as number) < bound;
}

/** Go's zero values, for the types that have a plain one. */
export function isZero(value: unknown): boolean {
  if (typeof value !== "object") return value === "" || value === 0 || value === false;
  if (Array.isArray(value)) return value.length === 0;
  for (const key in value) if (Object.hasOwn(value, key)) return false;
  return true;
}

/** What a null in a list or map becomes. */
function zeroOf(type: FieldType): unknown {
  if (type.kind === "list") return [];
  if (type.kind !== "scalar") return {};
  if (type.scalar === "boolean") return false;
  return /^(?:int|number)/.test(type.scalar) ? 0 : type.scalar === "quantity" ? "0" : "";
}

function decodeQuantity(value: unknown): string {
  try {
    return canonicalQuantity(typeof value === "string" ? value : JSON.stringify(value));
  } catch (error) {
    if (error instanceof QuantityError) throw new DecodeError(error.message);
    throw error;
  }
}

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;
const SECONDS_UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/** UTC with whole seconds, as `metav1.Time` is written. */
function normalizeTime(value: unknown): string {
  if (typeof value !== "string") {
    throw new DecodeError(cannotUnmarshal(value, "string"));
  }
  const instant = RFC3339.test(value) ? parseTime(value) : Number.NaN;
  if (Number.isNaN(instant)) {
    const layout = "2006-01-02T15:04:05Z07:00";
    throw new DecodeError(`parsing time "${value}" as "${layout}": cannot parse "${value}" as "2006"`);
  }
  return SECONDS_UTC.test(value) ? value : formatTime(instant);
}

function base64Problem(text: string): string | undefined {
  if (text.length % 4 !== 0) return `illegal base64 data at input byte ${text.length - (text.length % 4)}`;
  try {
    decodeBase64(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
