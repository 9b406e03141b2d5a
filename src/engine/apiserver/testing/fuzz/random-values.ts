/** Values of a kind's structure, right and wrong ones, and objects near a kind's example. */
import { isObject } from "../../../base/json.ts";
import type { Resource } from "../../../api/meta/resource.ts";
import { fieldsOf, type FieldType, type Scalar } from "../../../api/meta/structure-type.ts";
import type { Dice } from "./dice.ts";

const TEXTS = [
  "",
  "a",
  "web",
  "app",
  "default",
  "nginx",
  "Always",
  "TCP",
  "ClusterIP",
  "In",
  "Exists",
  "Equal",
  "NoExecute",
  "A_B",
  "with space",
  "ünïcödé",
  "../..",
  "x".repeat(70),
  "example.com/x",
  "10.0.0.1",
  "10.96.0.0/12",
  "fd00::1",
  "25%",
  "1h",
  "* * * * *",
  "{",
  "__proto__",
  "constructor",
];
const NUMBERS = [0, 1, -1, 2, 3, 80, 443, 30_000, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 1.5, 1e20];
const QUANTITIES = ["0", "1", "100m", "1Gi", "1.5", "-1", "1e3", "abc", "0.1m", "1Ei", "999999999999"];
const TIMES = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456Z", "2026-01-01T02:00:00+02:00", "yesterday", ""];
const KEYS = [
  "a",
  "app",
  "example.com/role",
  "kubernetes.io/x",
  "cpu",
  "memory",
  "__proto__",
  "toString",
  "bad key",
  "",
];
const MAX_DEPTH = 7;

/** Mostly of the type, now and then of another. */
export function randomValue(dice: Dice, type: FieldType, depth = 0): unknown {
  if (dice.chance(2)) return dice.pick([null, "x", 1, true, [], {}, [{}], { a: 1 }]);
  switch (type.kind) {
    case "struct":
      return depth > MAX_DEPTH ? {} : randomStruct(dice, type.name, depth);
    case "list":
      return Array.from({ length: dice.int(3) }, () => randomValue(dice, type.item, depth + 1));
    case "map":
      return Object.fromEntries(
        Array.from({ length: dice.int(3) }, () => [dice.pick(KEYS), randomValue(dice, type.item, depth + 1)]),
      );
    case "scalar":
      return randomScalar(dice, type.scalar);
  }
}

function randomStruct(dice: Dice, name: string, depth: number): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const field of fieldsOf(name)?.values() ?? []) {
    if (dice.chance(field.required ? 85 : 12)) value[field.name] = randomField(dice, name, field.name, depth);
  }
  if (dice.chance(2)) value["unknownField"] = 1;
  return value;
}

function randomField(dice: Dice, structure: string, field: string, depth: number): unknown {
  const found = fieldsOf(structure)?.get(field);
  if (found === undefined) return dice.pick(TEXTS);
  if (found.enumeration !== undefined && dice.chance(80)) return dice.pick(found.enumeration);
  return randomValue(dice, found.type, depth + 1);
}

function randomScalar(dice: Dice, scalar: Scalar): unknown {
  switch (scalar) {
    case "string":
      return dice.pick(TEXTS);
    case "boolean":
      return dice.chance(50);
    case "int32":
    case "int64":
    case "integer":
    case "number":
      return dice.pick(NUMBERS);
    case "int-or-string":
      return dice.chance(50) ? dice.pick(NUMBERS) : dice.pick(TEXTS);
    case "quantity":
      return dice.chance(80) ? dice.pick(QUANTITIES) : dice.pick(NUMBERS);
    case "time":
    case "microtime":
      return dice.pick(TIMES);
    case "bytes":
      return dice.pick(["", "YQ==", "not base64", "YQ"]);
    case "any":
      return dice.pick<unknown>([1, "a", null, { a: [1, { b: null }] }, []]);
  }
}

/** The kind's example under another name, with a few of its fields replaced, added, removed or repeated. */
export function randomObject(dice: Dice, resource: Resource, name: string): Record<string, unknown> {
  const object = structuredCopy(resource.example) as Record<string, unknown>;
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  object["metadata"] = { ...metadata, name };
  if (dice.chance(5)) object["metadata"] = { ...metadata, generateName: dice.pick(["web-", "", "A", "x".repeat(80)]) };
  if (dice.chance(3)) return randomStruct(dice, resource.structure, 0);
  const type: FieldType = { kind: "struct", name: resource.structure };
  for (let count = dice.pick([0, 0, 0, 1, 1, 2, 4]); count > 0; count--) mutate(dice, type, object);
  return object;
}

/** Changes something somewhere below `value`, in place. */
export function mutate(dice: Dice, type: FieldType, value: unknown): void {
  if (Array.isArray(value) && type.kind === "list") return mutateList(dice, type.item, value);
  if (!isObject(value)) return;
  const known = Object.keys(value);
  if (known.length > 0 && dice.chance(75)) {
    const key = dice.pick(known);
    const below = childType(type, key);
    const child = value[key];
    if (below !== undefined && typeof child === "object" && child !== null && dice.chance(80)) {
      return mutate(dice, below, child);
    }
    if (dice.chance(25)) return void delete value[key];
    value[key] = below === undefined ? dice.pick(TEXTS) : fieldValue(dice, type, key, below);
    return;
  }
  if (type.kind === "map") value[dice.pick(KEYS)] = randomValue(dice, type.item);
  if (type.kind !== "struct") return;
  const fields = [...(fieldsOf(type.name)?.keys() ?? [])];
  if (fields.length > 0) setField(dice, type.name, value, dice.pick(fields));
}

function setField(dice: Dice, structure: string, value: Record<string, unknown>, field: string): void {
  value[field] = randomField(dice, structure, field, 2);
}

function fieldValue(dice: Dice, type: FieldType, key: string, below: FieldType): unknown {
  return type.kind === "struct" ? randomField(dice, type.name, key, 2) : randomValue(dice, below);
}

function mutateList(dice: Dice, item: FieldType, list: unknown[]): void {
  if (list.length === 0 || dice.chance(20)) return void list.push(randomValue(dice, item, 2));
  const at = dice.int(list.length);
  if (dice.chance(15)) return void list.push(structuredCopy(list[at]));
  if (dice.chance(10)) return void list.splice(at, 1);
  mutate(dice, item, list[at]);
}

function childType(type: FieldType, key: string): FieldType | undefined {
  if (type.kind === "map") return type.item;
  return type.kind === "struct" ? fieldsOf(type.name)?.get(key)?.type : undefined;
}

export function structuredCopy<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}
