/** The numbers of a message's fields, read from the generated tables at first use. */
import { fieldNumbers } from "./generated/field-numbers.ts";

/** Number → field, or `*Table` for a message whose fields JSON writes into the parent. undefined: no such message. */
export function fieldsByNumber(table: string): ReadonlyMap<number, string> | undefined {
  let numbers = byNumber.get(table);
  if (numbers === undefined && Object.hasOwn(fieldNumbers, table)) {
    const pairs = (fieldNumbers[table] ?? "").split(" ").filter((item) => item !== "");
    numbers = new Map(pairs.map((item) => [Number(item.split(":")[1]), item.split(":")[0] as string]));
    byNumber.set(table, numbers);
  }
  return numbers;
}

/** Where a field stands: its number in the innermost message, and the numbers of the messages around it. */
export interface Place {
  readonly number: number;
  readonly within: readonly number[];
}

/** Field of the JSON → place. undefined: no such message. */
export function placesOf(structure: string): ReadonlyMap<string, Place> | undefined {
  let places = byName.get(structure);
  const numbers = places === undefined ? fieldsByNumber(structure) : undefined;
  if (numbers !== undefined) {
    places = new Map(collect(numbers, []));
    byName.set(structure, places);
  }
  return places;
}

function* collect(numbers: ReadonlyMap<number, string>, within: readonly number[]): Generator<[string, Place]> {
  for (const [number, name] of numbers) {
    if (!name.startsWith("*")) yield [name, { number, within }];
    else yield* collect(fieldsByNumber(name.slice(1)) ?? new Map(), [...within, number]);
  }
}

const byNumber = new Map<string, ReadonlyMap<number, string>>();
const byName = new Map<string, ReadonlyMap<string, Place>>();
