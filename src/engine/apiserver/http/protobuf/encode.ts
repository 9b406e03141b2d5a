/**
 * Answers in `application/vnd.kubernetes.protobuf`, as client-go's typed clients ask for them. Upstream: apimachinery
 * pkg/runtime/serializer/protobuf, and each group's generated.proto. Bytes are the characters of a Latin-1 string.
 *
 * An object is `k8s\0` and a message runtime.Unknown: which kind, and its bytes. A watch is a row of frames, each its length
 * in four bytes and a message WatchEvent that holds an object of that form.
 * **Simplified:** zeros are left out, which readers take for the same. Kinds and fields without a known number can't be
 * written: such an answer is JSON, which clients that ask for protobuf read too, and a watch leaves such fields out.
 */
import { structureOf } from "../../../api/registry.ts";
import { isZero } from "../../../api/meta/decode.ts";
import { fieldsOf, type FieldType, type Scalar } from "../../../api/meta/structure-type.ts";
import { decodeBase64Bytes } from "../../../base/base64.ts";
import { placesOf } from "./message-fields.ts";
import { integer, message, signed, text } from "./write.ts";

const MAGIC = "k8s\0";
const LIST = /List$/;
/** These two have no structure of their own: one holds an object's metadata, the other a list of them. */
const PARTIAL = "PartialObjectMetadata";
const METADATA_ONLY: FieldType = { kind: "struct", name: "ObjectMeta" };
const LIST_METADATA: FieldType = { kind: "struct", name: "ListMeta" };

type JsonObject = Readonly<Record<string, unknown>>;

export interface EncodeOptions {
  /** A field without a number is left out. Default: nothing is encoded then. */
  partly?: boolean;
}

/** Whether objects of the kind, or lists of it, can be written. */
export function hasProtobuf(apiVersion: string, kind: string): boolean {
  return kind === PARTIAL || placesOf(structureOf(apiVersion, kind) ?? "") !== undefined;
}

/** The bytes of an object or list; undefined when it can't be said in protobuf. */
export function toProtobuf(object: JsonObject, options: EncodeOptions = {}): string | undefined {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  try {
    const raw = new Encoder(options.partly ?? false).root(object);
    return raw === undefined
      ? undefined
      : MAGIC + message(1, text(1, apiVersion) + text(2, kind)) + message(2, raw) + text(3, "") + text(4, "");
  } catch (error) {
    if (error instanceof Unnumbered) return undefined;
    throw error;
  }
}

/** One event of a watch; undefined when its object has no protobuf. */
export function toProtobufFrame({ type, object }: { type: string; object: JsonObject }): string | undefined {
  const bytes = toProtobuf(object, { partly: true });
  if (bytes === undefined) return undefined;
  const event = text(1, type) + message(2, message(1, bytes));
  const { length } = event;
  return String.fromCharCode(length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255) + event;
}

/** A field that is set and has no number here. */
class Unnumbered extends Error {}

class Encoder {
  private readonly partly: boolean;

  constructor(partly: boolean) {
    this.partly = partly;
  }

  root(object: JsonObject): string | undefined {
    const { apiVersion, kind } = object as { apiVersion: string; kind: string };
    if (kind === PARTIAL) return this.field(1, METADATA_ONLY, object["metadata"]);
    const structure = structureOf(apiVersion, kind);
    if (structure !== undefined) return this.struct(structure, object);
    if (!LIST.test(kind)) return undefined;
    const item = kind.replace(LIST, "");
    const items = (object["items"] as readonly JsonObject[] | undefined) ?? [];
    if (item !== PARTIAL && placesOf(structureOf(apiVersion, item) ?? "") === undefined) return undefined;
    const parts = items.map((each) => message(2, this.root({ ...each, apiVersion, kind: item }) ?? ""));
    return this.field(1, LIST_METADATA, object["metadata"] ?? {}) + parts.join("");
  }

  private struct(name: string, object: JsonObject): string | undefined {
    const places = placesOf(name);
    const fields = fieldsOf(name);
    if (places === undefined || fields === undefined) return undefined;
    const written: { number: number; bytes: string }[] = [];
    const inlined = new Map<number, string>();
    for (const key in object) {
      const value = object[key];
      const field = fields.get(key);
      if (value === undefined || value === null || field === undefined) continue;
      const place = places.get(key);
      if (place === undefined) {
        const isType = key === "apiVersion" || key === "kind";
        if (isType || this.partly || (field.omitsZero && isZero(value))) continue;
        throw new Unnumbered(`${name}.${key}`);
      }
      const bytes = this.field(place.number, field.type, value);
      const [outer, ...inner] = place.within;
      if (outer === undefined) written.push({ number: place.number, bytes });
      else
        inlined.set(
          outer,
          (inlined.get(outer) ?? "") + inner.reduceRight((content, at) => message(at, content), bytes),
        );
    }
    for (const [number, content] of inlined) written.push({ number, bytes: message(number, content) });
    return written
      .sort((a, b) => a.number - b.number)
      .map(({ bytes }) => bytes)
      .join("");
  }

  private field(number: number, type: FieldType, value: unknown): string {
    switch (type.kind) {
      case "struct":
        return message(number, this.inner(type.name, value as JsonObject));
      case "list":
        return (value as readonly unknown[]).map((item) => this.field(number, type.item, item)).join("");
      case "map":
        return this.map(number, type.item, value as JsonObject);
      case "scalar":
        return scalar(number, type.scalar, value);
    }
  }

  private inner(name: string, value: JsonObject): string {
    const bytes = this.struct(name, value);
    if (bytes === undefined && !this.partly) throw new Unnumbered(name);
    return bytes ?? "";
  }

  /** A map is a list of pairs, in the order of keys. A list in one is a message of its own. */
  private map(number: number, item: FieldType, entries: JsonObject): string {
    return Object.keys(entries)
      .sort()
      .map((key) => {
        const value = entries[key];
        const bytes = item.kind === "list" ? message(2, this.field(1, item, value)) : this.field(2, item, value);
        return message(number, text(1, key) + bytes);
      })
      .join("");
  }
}

function scalar(number: number, type: Scalar, value: unknown): string {
  switch (type) {
    case "boolean":
      return integer(number, value === true ? 1 : 0);
    case "int32":
    case "int64":
    case "integer":
      return signed(number, value as number);
    case "string":
      return text(number, value as string);
    case "bytes":
      return message(
        number,
        Array.from(decodeBase64Bytes(value as string), (byte) => String.fromCharCode(byte)).join(""),
      );
    case "quantity":
      return message(number, text(1, value as string));
    case "time":
    case "microtime":
      return message(number, time(value as string));
    case "int-or-string":
      return message(number, intOrString(value as number | string));
    case "any":
      return message(number, text(1, JSON.stringify(value)));
    case "number":
      throw new Unnumbered("a number with a fraction");
  }
}

const TIME = /^(.*?)(?:\.(\d+))?Z$/;

function time(value: string): string {
  const [, seconds = value, fraction = ""] = TIME.exec(value) ?? [];
  const nanos = Number(fraction.padEnd(9, "0"));
  return signed(1, Date.parse(`${seconds}Z`) / 1000) + (nanos === 0 ? "" : integer(2, nanos));
}

function intOrString(value: number | string): string {
  return typeof value === "number"
    ? integer(1, 0) + signed(2, value) + text(3, "")
    : integer(1, 1) + integer(2, 0) + text(3, value);
}
