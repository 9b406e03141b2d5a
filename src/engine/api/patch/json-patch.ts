/**
 * JSON patch (RFC 6902). Upstream: gopkg.in/evanphx/json-patch.v4, whose messages these are.
 * Nothing is changed in place; what no operation touches is shared with the original.
 */
import { deepEqual, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { PatchError } from "./patch-schema.ts";

export interface JsonPatchOperation {
  op: string;
  path: string;
  from?: string;
  value?: Json;
}

const MAX_OPERATIONS = 10_000;
const MISSING = "missing value";
const INVALID_INDEX = "invalid index referenced";

/** A patch as it came over the wire. Throws a `PatchError` when it is none. */
export function parseJsonPatch(value: unknown): JsonPatchOperation[] {
  if (!Array.isArray(value)) {
    const kind = isObject(value) ? "object" : typeof value === "boolean" ? "bool" : typeof value;
    throw new PatchError(`json: cannot unmarshal ${kind} into Go value of type jsonpatch.Patch`, "format");
  }
  if (value.length > MAX_OPERATIONS) {
    const detail = `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${value.length}`;
    throw new PatchError(detail, "unprocessable");
  }
  return value as JsonPatchOperation[];
}

/** Throws a `PatchError` for the first operation that doesn't apply; then nothing is applied. */
export function applyJsonPatch(original: Json, operations: readonly JsonPatchOperation[]): Json {
  let document = original;
  for (const operation of operations) document = applyOperation(document, operation);
  return document;
}

function applyOperation(document: Json, operation: JsonPatchOperation): Json {
  const { op, path, from } = operation;
  switch (op) {
    case "add":
      return edit(document, path, "add", (container, key) => insert(container, key, valueOf(operation), path));
    case "replace":
      if (path === "") return valueOf(operation);
      return edit(document, path, "replace", (container, key) => {
        if (read(container, key, "replace") !== undefined) return assign(container, key, valueOf(operation));
        throw unprocessable(`replace operation does not apply: doc is missing key: ${path}: ${MISSING}`);
      });
    case "remove":
      return edit(document, path, "remove", (container, key) => erase(container, key, path));
    case "test": {
      const value = find(document, path, "test");
      const expected = operation.value ?? null;
      if (deepEqual(value ?? null, expected)) return document;
      throw unprocessable(`testing value ${path} failed: test failed`);
    }
    case "move":
    case "copy": {
      const source = from ?? "";
      const value = find(document, source, op);
      if (value === undefined) {
        throw unprocessable(`${op} operation does not apply: doc is missing from path: ${source}: ${MISSING}`);
      }
      const rest =
        op === "move" ? edit(document, source, op, (container, key) => erase(container, key, source)) : document;
      return edit(rest, path, op, (container, key) => insert(container, key, value, path));
    }
    default:
      throw unprocessable(`Unexpected kind: ${op}`);
  }
}

function unprocessable(message: string): PatchError {
  return new PatchError(message, "unprocessable");
}

function valueOf({ value }: JsonPatchOperation): Json {
  return value ?? null;
}

function tokens(path: string): string[] {
  return path
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

type Container = Json[] | JsonObject;

function isContainer(value: Json | undefined): value is Container {
  return typeof value === "object" && value !== null;
}

/** The document with the container of the path's last token replaced by what `change` makes of it. */
function edit(
  document: Json,
  path: string,
  op: string,
  change: (container: Container, key: string) => Container,
): Json {
  const parts = tokens(path);
  const key = parts.pop();
  if (key === undefined) throw missingPath(op, path);
  const descend = (value: Json | undefined, depth: number): Json => {
    if (!isContainer(value)) throw missingPath(op, path);
    if (depth === parts.length) return change(value, key);
    const token = parts[depth] as string;
    const child = childOf(value, token);
    const changed = descend(child, depth + 1);
    return changed === child ? value : assign(value, token, changed);
  };
  return descend(document, 0);
}

function missingPath(op: string, path: string): PatchError {
  const shown = op === "add" || op === "remove" ? `"${path}"` : path;
  return unprocessable(`${op} operation does not apply: doc is missing path: ${shown}: ${MISSING}`);
}

function find(document: Json, path: string, op: string): Json | undefined {
  const parts = tokens(path);
  let value: Json | undefined = document;
  for (const [depth, token] of parts.entries()) {
    if (!isContainer(value)) throw missingPath(op, path);
    value = depth === parts.length - 1 ? read(value, token, op) : childOf(value, token);
  }
  return value;
}

function childOf(container: Container, token: string): Json | undefined {
  if (!Array.isArray(container)) return container[token];
  return /^[0-9]+$/.test(token) ? container[Number(token)] : undefined;
}

/** As `childOf`; a bad index is an error here. */
function read(container: Container, token: string, op: string): Json | undefined {
  if (!Array.isArray(container)) return container[token];
  const index = indexOf(token, op);
  if (index >= container.length) throw badIndex(index);
  return container[index];
}

function indexOf(token: string, op: string): number {
  if (/^[0-9]+$/.test(token)) return Number(token);
  if (/^-[0-9]+$/.test(token)) throw badIndex(Number(token));
  throw unprocessable(`${op} operation does not apply: strconv.Atoi: parsing "${token}": invalid syntax`);
}

function badIndex(index: number): PatchError {
  return unprocessable(`Unable to access invalid index: ${index}: ${INVALID_INDEX}`);
}

function assign(container: Container, token: string, value: Json): Container {
  if (Array.isArray(container)) return container.with(Number(token), value);
  return { ...container, [token]: value };
}

function insert(container: Container, token: string, value: Json, path: string): Container {
  if (!Array.isArray(container)) return { ...container, [token]: value };
  if (token === "-") return [...container, value];
  const index = indexOf(token, "add");
  if (index > container.length) throw unprocessable(`error in add for path: '${path}': ${badIndex(index).message}`);
  return container.toSpliced(index, 0, value);
}

function erase(container: Container, token: string, path: string): Container {
  if (Array.isArray(container)) {
    const index = indexOf(token, "remove");
    if (index < container.length) return container.toSpliced(index, 1);
    throw unprocessable(`error in remove for path: '${path}': ${badIndex(index).message}`);
  }
  if (!(token in container)) {
    const detail = `Unable to remove nonexistent key: ${token}: ${MISSING}`;
    throw unprocessable(`error in remove for path: '${path}': ${detail}`);
  }
  const { [token]: _, ...rest } = container;
  return rest;
}
