/**
 * Collections of documents, and the filters and updates that are understood: equality, `$eq $ne $gt $gte $lt $lte $in
 * $exists`, `$set $unset $inc $push`. Anything else with a dollar is refused.
 */
export type Document = Record<string, unknown>;

export class MongoError extends Error {}

const COMPARISONS: Readonly<Record<string, (value: unknown, operand: unknown) => boolean>> = {
  $eq: same,
  $ne: (value, operand) => !same(value, operand),
  $gt: (value, operand) => ordered(value, operand) && (value as number) > (operand as number),
  $gte: (value, operand) => ordered(value, operand) && (value as number) >= (operand as number),
  $lt: (value, operand) => ordered(value, operand) && (value as number) < (operand as number),
  $lte: (value, operand) => ordered(value, operand) && (value as number) <= (operand as number),
  $in: (value, operand) => Array.isArray(operand) && operand.some((each) => same(value, each)),
  $exists: (value, operand) => (value !== undefined) === Boolean(operand),
};

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function ordered(a: unknown, b: unknown): boolean {
  return typeof a === typeof b && (typeof a === "number" || typeof a === "string");
}

function valueAt(document: Document, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (value as Document | undefined)?.[key], document);
}

function isObject(value: unknown): value is Document {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function matches(document: Document, filter: Document): boolean {
  return Object.entries(filter).every(([path, wanted]) => {
    if (path.startsWith("$")) throw new MongoError(`unknown top level operator: ${path}`);
    const value = valueAt(document, path);
    if (!isObject(wanted) || !Object.keys(wanted).some((key) => key.startsWith("$"))) {
      return same(value, wanted) || (Array.isArray(value) && value.some((each) => same(each, wanted)));
    }
    return Object.entries(wanted).every(([operator, operand]) => {
      const compare = COMPARISONS[operator];
      if (compare === undefined) throw new MongoError(`unknown operator: ${operator}`);
      return compare(value, operand);
    });
  });
}

/** The document as the update makes it. */
export function updated(document: Document, update: Document): Document {
  const result = { ...document };
  for (const [operator, fields] of Object.entries(update)) {
    if (!operator.startsWith("$")) throw new MongoError("Update document requires atomic operators");
    for (const [field, operand] of Object.entries(fields as Document)) {
      if (field.includes(".")) throw new MongoError(`updates below a field are not simulated: ${field}`);
      const value = result[field];
      if (operator === "$set") result[field] = operand;
      else if (operator === "$unset") delete result[field];
      else if (operator === "$inc") result[field] = Number(value ?? 0) + Number(operand);
      else if (operator === "$push") result[field] = [...((value as unknown[] | undefined) ?? []), operand];
      else throw new MongoError(`Unknown modifier: ${operator}`);
    }
  }
  return result;
}
