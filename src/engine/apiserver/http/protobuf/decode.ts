/**
 * Request bodies in `application/vnd.kubernetes.protobuf`, which client-go and kubectl's typed commands send, as the
 * JSON that they stand for. Upstream: apimachinery pkg/runtime/serializer/protobuf, and each group's generated.proto.
 *
 * A body is `k8s\0` and a message runtime.Unknown: which kind, and its bytes. Field types are those of the kinds'
 * structure; `field-numbers.ts` adds the numbers.
 * **Simplified:** a field that the tables lack is dropped when it is empty, as upstream drops it always, and refused
 * otherwise.
 */
import { isZero } from "../../../api/meta/decode.ts";
import { bodyKind, byKind } from "../../../api/registry.ts";
import { badRequest } from "../../../api/meta/status-error.ts";
import { fieldsOf, type Field, type FieldType, type Scalar } from "../../../api/meta/structure-type.ts";
import { encodeBase64Bytes } from "../../../base/base64.ts";
import { formatMicroTime, formatTime } from "../../../base/time.ts";
import { fieldsByNumber } from "./message-fields.ts";
import { readFields, readPacked, signed, textOf, WireError } from "./wire.ts";

export const PROTOBUF = "application/vnd.kubernetes.protobuf";

const MAGIC = "k8s\0";

type JsonObject = Record<string, unknown>;

/** undefined when the body is of a kind that is not known here. */
export function parseProtobuf(body: string): JsonObject | undefined {
  try {
    return parse(body);
  } catch (error) {
    if (error instanceof WireError) throw badRequest(error.message);
    throw error;
  }
}

function parse(body: string): JsonObject | undefined {
  if (!body.startsWith(MAGIC)) {
    throw badRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  }
  let apiVersion = "";
  let kind = "";
  let raw = "";
  for (const { number, value } of readFields(body.slice(MAGIC.length))) {
    if (typeof value !== "string") continue;
    if (number === 2) raw = value;
    if (number !== 1) continue;
    for (const part of readFields(value)) {
      if (part.number === 1) apiVersion = textOf(part.value as string);
      if (part.number === 2) kind = textOf(part.value as string);
    }
  }
  // Every group version has DeleteOptions of its own, all alike.
  const isDeleteOptions = kind === "DeleteOptions";
  const known = byKind(apiVersion, kind) ?? bodyKind(isDeleteOptions ? "v1" : apiVersion, kind);
  if (known === undefined || fieldsByNumber(known.structure) === undefined) return undefined;
  return { apiVersion: isDeleteOptions ? "v1" : apiVersion, kind, ...message(known.structure, raw) };
}

function message(structure: string, bytes: string): JsonObject {
  const object: JsonObject = {};
  addFields(object, bytes, { structure, table: structure });
  return object;
}

/** `table` is `structure` itself or a message whose fields JSON writes into it. */
function addFields(
  object: JsonObject,
  bytes: string,
  { structure, table }: { structure: string; table: string },
): void {
  const numbers = fieldsByNumber(table);
  for (const { number, value } of readFields(bytes)) {
    const name = numbers?.get(number);
    if (name === undefined) {
      if (value === 0n || value === "") continue;
      throw badRequest(`${structure} has a protobuf field ${number} that this server does not know`);
    }
    if (name.startsWith("*")) {
      addFields(object, value as string, { structure, table: name.slice(1) });
      continue;
    }
    const field = fieldsOf(structure)?.get(name);
    if (field !== undefined) addValue(object, field, value);
  }
}

function addValue(object: JsonObject, { name, type, omitsZero }: Field, value: bigint | string): void {
  switch (type.kind) {
    case "list": {
      const list = (object[name] ??= []) as unknown[];
      const packed = typeof value === "string" && type.item.kind === "scalar" && WHOLE.has(type.item.scalar);
      if (packed) list.push(...readPacked(value).map(signed));
      else list.push(single(type.item, value));
      return;
    }
    case "map": {
      const map = (object[name] ??= {}) as JsonObject;
      const entry = readFields(value as string);
      const key = textOf((entry.find((part) => part.number === 1)?.value ?? "") as string);
      const item = entry.find((part) => part.number === 2)?.value ?? "";
      map[key] = type.item.kind === "list" ? wrappedList(type.item.item, item as string) : single(type.item, item);
      return;
    }
    case "struct":
      object[name] = message(type.name, value as string);
      return;
    case "scalar": {
      const read = scalar(type.scalar, value);
      if (read === undefined || (omitsZero && isZero(read))) return;
      object[name] = read;
    }
  }
}

/** A map's value can't be repeated: it is a message of one field that is. */
function wrappedList(item: FieldType, bytes: string): unknown[] {
  return readFields(bytes).map(({ value }) => single(item, value));
}

const WHOLE: ReadonlySet<Scalar> = new Set<Scalar>(["int32", "int64", "integer"]);

function single(type: FieldType, value: bigint | string): unknown {
  if (type.kind === "struct") return message(type.name, value as string);
  return type.kind === "scalar" ? scalar(type.scalar, value) : undefined;
}

/** undefined for a time that is not set. */
function scalar(type: Scalar, value: bigint | string): unknown {
  if (typeof value === "bigint") return type === "boolean" ? value !== 0n : signed(value);
  switch (type) {
    case "string":
      return textOf(value);
    case "bytes":
      return encodeBase64Bytes(Array.from(value, (character) => character.charCodeAt(0)));
    case "quantity":
      return textOf((readFields(value)[0]?.value ?? "") as string);
    case "time":
    case "microtime":
      return time(type, value);
    case "int-or-string":
      return intOrString(value);
    case "any":
      return JSON.parse(textOf((readFields(value)[0]?.value ?? "{}") as string)) as unknown;
    default:
      throw new WireError("proto: wrong wireType");
  }
}

function part(bytes: string, number: number): bigint | string | undefined {
  return readFields(bytes).find((field) => field.number === number)?.value;
}

function time(type: "time" | "microtime", bytes: string): string | undefined {
  if (bytes === "") return undefined;
  const seconds = signed((part(bytes, 1) ?? 0n) as bigint);
  const nanos = signed((part(bytes, 2) ?? 0n) as bigint);
  const ms = seconds * 1000 + Math.floor(nanos / 1_000_000);
  return type === "time" ? formatTime(ms) : formatMicroTime(ms);
}

const STRING_TYPE = 1n;

function intOrString(bytes: string): number | string {
  if (part(bytes, 1) === STRING_TYPE) return textOf((part(bytes, 3) ?? "") as string);
  return signed((part(bytes, 2) ?? 0n) as bigint);
}
