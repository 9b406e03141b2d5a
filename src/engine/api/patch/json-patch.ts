/**
 * JSON patch (RFC 6902). Upstream: gopkg.in/evanphx/json-patch.v4, whose messages these are.
 * Nothing is changed in place; what no operation touches is shared with the original.
 */
import { deepEqual, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { cannotUnmarshal } from "../../base/json-kind.ts";
import { PatchError } from "./patch-schema.ts";

export type JsonPatchOperation = Readonly<Record<string, Json>>;

const MAX_OPERATIONS = 10_000;
const MISSING = "missing value";
const INVALID_INDEX = "invalid index referenced";

/** A patch as it came over the wire; null is one without operations. Throws a `PatchError` when it is none. */
export function parseJsonPatch(value: unknown): JsonPatchOperation[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw notDecoded(value, "Patch");
  if (value.length > MAX_OPERATIONS) {
    const detail = `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${value.length}`;
    throw new PatchError(detail, "unprocessable");
  }
  const bad: unknown = value.find((operation) => operation !== null && !isObject(operation));
  if (bad !== undefined) throw notDecoded(bad, "Operation");
  return value.map((operation: JsonPatchOperation | null) => operation ?? {});
}

function notDecoded(value: unknown, type: string): PatchError {
  return new PatchError(cannotUnmarshal(value, `jsonpatch.${type}`), "format");
}

/** Throws a `PatchError` for the first operation that doesn't apply; then nothing is applied. */
export function applyJsonPatch(original: Json, operations: readonly JsonPatchOperation[]): Json {
  let document = original;
  for (const operation of operations) document = applyOperation(document, operation);
  return document;
}

const OPERATIONS: Readonly<Record<string, (document: Json, operation: JsonPatchOperation) => Json>> = {
  add: (document, operation) => {
    const path = pointer(operation, "path");
    return edit(document, path, missingPath("add", `"${path}"`), (container, key) =>
      insert(container, key, valueOf(operation), path),
    );
  },
  replace: (document, operation) => {
    const path = pointer(operation, "path");
    if (path === "") return valueOf(operation);
    return edit(document, path, missingPath("replace", path), (container, key) => {
      // A key that an object doesn't have counts as there: upstream looks for mistakes in lists alone.
      if (!Array.isArray(container)) return assign(container, key, valueOf(operation));
      try {
        return assign(container, placeOf(container, key), valueOf(operation));
      } catch {
        throw unprocessable(`replace operation does not apply: doc is missing key: ${path}: ${MISSING}`);
      }
    });
  },
  remove: (document, operation) => {
    const path = pointer(operation, "path");
    return edit(document, path, missingPath("remove", `"${path}"`), (container, key) => erase(container, key, path));
  },
  test: (document, operation) => {
    const path = pointer(operation, "path");
    const missing = unprocessable(`test operation does not apply: is missing path: ${path}: ${MISSING}`);
    const value = path === "" ? document : find(document, path, { missing, op: "test" });
    if (deepEqual(value ?? null, valueOf(operation))) return document;
    throw unprocessable(`testing value ${path} failed: test failed`);
  },
  move: (document, operation) => {
    const from = pointer(operation, "from");
    const missing = missingFrom("move", from);
    const value = find(document, from, { missing, op: "move" });
    const rest = edit(document, from, missing, (container, key) => erase(container, key, key, "move"));
    return put(rest, value, { operation, op: "move" });
  },
  copy: (document, operation) => {
    const from = pointer(operation, "from");
    const value = find(document, from, { missing: missingFrom("copy", from), op: "copy" });
    return put(document, value, { operation, op: "copy" });
  },
};

function applyOperation(document: Json, operation: JsonPatchOperation): Json {
  const op = typeof operation["op"] === "string" ? operation["op"] : "unknown";
  const apply = Object.hasOwn(OPERATIONS, op) ? OPERATIONS[op] : undefined;
  if (apply === undefined) throw unprocessable(`Unexpected kind: ${op}`);
  return apply(document, operation);
}

/** The JSON pointer that an operation names. */
function pointer(operation: JsonPatchOperation, field: "path" | "from"): string {
  const value = operation[field];
  if (typeof value === "string") return value;
  const absent =
    value !== undefined ? "" : field === "path" ? "operation missing path field: " : "operation, missing from field: ";
  throw unprocessable(`${operation["op"] as string} operation failed to decode ${field}: ${absent}${MISSING}`);
}

/** `value` where the operation's path leads. */
function put(
  document: Json,
  value: Json | undefined,
  { operation, op }: { operation: JsonPatchOperation; op: string },
): Json {
  const path = pointer(operation, "path");
  const missing = unprocessable(`${op} operation does not apply: doc is missing destination path: ${path}: ${MISSING}`);
  return edit(document, path, missing, (container, key) => insert(container, key, value ?? null, path));
}

function unprocessable(message: string): PatchError {
  return new PatchError(message, "unprocessable");
}

function valueOf(operation: JsonPatchOperation): Json {
  return operation["value"] ?? null;
}

function missingPath(op: string, path: string): PatchError {
  return unprocessable(`${op} operation does not apply: doc is missing path: ${path}: ${MISSING}`);
}

function missingFrom(op: string, path: string): PatchError {
  return unprocessable(`${op} operation does not apply: doc is missing from path: ${path}: ${MISSING}`);
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
  missing: PatchError,
  change: (container: Container, key: string) => Container,
): Json {
  const parts = tokens(path);
  const key = parts.pop();
  if (key === undefined) throw missing;
  const descend = (value: Json | undefined, depth: number): Json => {
    if (!isContainer(value)) throw missing;
    if (depth === parts.length) return change(value, key);
    const token = parts[depth] as string;
    const child = childOf(value, token);
    const changed = descend(child, depth + 1);
    return changed === child ? value : assign(value, Array.isArray(value) ? placeOf(value, token) : token, changed);
  };
  return descend(document, 0);
}

function find(document: Json, path: string, { missing, op }: { missing: PatchError; op: string }): Json | undefined {
  const parts = tokens(path);
  const key = parts.pop();
  if (key === undefined) throw missing;
  let container: Json | undefined = document;
  for (const token of parts) container = isContainer(container) ? childOf(container, token) : undefined;
  if (!isContainer(container)) throw missing;
  if (!Array.isArray(container)) return container[key];
  try {
    return container[placeOf(container, key)];
  } catch (error) {
    throw unprocessable(`error in ${op} for path: '${op === "test" ? path : key}': ${(error as PatchError).message}`);
  }
}

/** Undefined where there is none. */
function childOf(container: Container, token: string): Json | undefined {
  if (!Array.isArray(container)) return container[token];
  if (!INTEGER.test(token)) return undefined;
  const index = Number(token);
  return container[index < 0 ? index + container.length : index];
}

/** As strconv.Atoi reads them. */
const INTEGER = /^[+-]?[0-9]+$/;

function indexOf(token: string): number {
  if (INTEGER.test(token)) return Number(token);
  throw unprocessable(`strconv.Atoi: parsing ${JSON.stringify(token)}: invalid syntax`);
}

/** The place that an index means among `length` of them; negative ones count from the end. */
function place(index: number, length: number): number {
  if (index >= length || index < -length)
    throw unprocessable(`Unable to access invalid index: ${index}: ${INVALID_INDEX}`);
  return index < 0 ? index + length : index;
}

function placeOf(container: readonly Json[], token: string): number {
  return place(indexOf(token), container.length);
}

function assign(container: Container, token: string | number, value: Json): Container {
  if (Array.isArray(container)) return container.with(Number(token), value);
  return { ...container, [token]: value };
}

function insert(container: Container, token: string, value: Json, path: string): Container {
  if (!Array.isArray(container)) return { ...container, [token]: value };
  if (token === "-") return [...container, value];
  try {
    if (!INTEGER.test(token)) {
      throw unprocessable(
        `value was not a proper array index: '${token}': strconv.Atoi: parsing ${JSON.stringify(token)}: invalid syntax`,
      );
    }
    return container.toSpliced(place(Number(token), container.length + 1), 0, value);
  } catch (error) {
    throw unprocessable(`error in add for path: '${path}': ${(error as PatchError).message}`);
  }
}

function erase(container: Container, token: string, path: string, op = "remove"): Container {
  if (Array.isArray(container)) {
    try {
      return container.toSpliced(placeOf(container, token), 1);
    } catch (error) {
      throw unprocessable(`error in ${op} for path: '${path}': ${(error as PatchError).message}`);
    }
  }
  if (!(token in container)) {
    throw unprocessable(`error in ${op} for path: '${path}': Unable to remove nonexistent key: ${token}: ${MISSING}`);
  }
  const { [token]: _, ...rest } = container;
  return rest;
}
