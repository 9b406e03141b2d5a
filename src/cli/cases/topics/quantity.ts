/** Quantities as numbers: parsing, canonical texts, arithmetic. */
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  mulQuantity,
  negateQuantity,
  parseQuantity,
  quantityAsNumber,
  roundUpQuantity,
  scaledValue,
  subQuantities,
  type Quantity,
  type QuantityFormat,
} from "../../../engine/api/meta/quantity.ts";
import { defineTopic, expectEqual, thrownBy, unknownKind, type DataCase, type Failure } from "../topic.ts";

interface Value {
  unscaled: string;
  exponent: number;
  format: QuantityFormat;
}

/** Which fields a case has depends on its kind. */
interface QuantityCase extends DataCase {
  input: string;
  expect: Value;
  value: Value;
  canonical?: string;
  a: Value;
  b: Value;
  scale: number;
  exact: boolean;
  unscaled: number;
  fromScale: number;
  toScale: number;
}

export const quantity = defineTopic<QuantityCase>({ topic: "quantity", run: (item) => run(item) });

function run(item: QuantityCase): Failure {
  const { kind, input, expect, value, canonical, a, b } = item;
  switch (kind) {
    case "parse":
      return parses(input, expect);
    case "invalid":
      return expectEqual("an error", thrownBy(() => parseQuantity(input)) === undefined ? "no error" : "an error");
    case "compare": {
      const [left, right] = [parseQuantity(String(a)), parseQuantity(String(b))];
      return both(expect, left, right);
    }
    case "compareValues":
      return both(expect, toQuantity(a), toQuantity(b));
    case "roundUp": {
      const rounded = roundUpQuantity(parseQuantity(input), item.scale);
      return expectEqual([normal(expect), item.exact], [normal(fromQuantity(rounded.quantity)), rounded.exact]);
    }
    case "canonicalize":
      return expectEqual(canonical, canonicalQuantity(input));
    case "format":
      return formats(value, canonical ?? "");
    case "sub":
      return same(expect, subQuantities(toQuantity(a), toQuantity(b)));
    case "add":
      return same(expect, addQuantities(toQuantity(a), toQuantity(b)));
    case "mul":
      return same(expect, mulQuantity(toQuantity(a), BigInt(String(b))));
    case "neg": {
      const negated = negateQuantity(toQuantity(a));
      return canonical === undefined ? same(expect, negated) : expectEqual(canonical, formatQuantity(negated));
    }
    case "scaledValue": {
      const from = { unscaled: BigInt(item.unscaled), exponent: item.fromScale, format: "DecimalSI" } as const;
      return expectEqual(expect, scaledValue(from, item.toScale).toString());
    }
    case "asFloat":
      return expectEqual(expect, quantityAsNumber(input));
    default:
      return unknownKind(kind);
  }
}

function toQuantity({ unscaled, exponent, format }: Value): Quantity {
  return { unscaled: BigInt(unscaled), exponent, format };
}

function fromQuantity({ unscaled, exponent, format }: Quantity): Value {
  return { unscaled: unscaled.toString(), exponent, format };
}

/** 300 × 10^0 and 3 × 10^2 are one value. */
function normal({ unscaled, exponent, format }: Value): Value {
  let [digits, power] = [unscaled, exponent];
  while (digits !== "0" && digits.endsWith("0")) [digits, power] = [digits.slice(0, -1), power + 1];
  return digits === "0" ? { unscaled: "0", exponent: 0, format } : { unscaled: digits, exponent: power, format };
}

function same(expected: Value, got: Quantity): Failure {
  return expectEqual(normal(expected), normal(fromQuantity(got)));
}

/** The source asks the same of the input with either sign before it. */
function parses(input: string, expected: Value): Failure {
  const negative = expected.unscaled === "0" ? "0" : `-${expected.unscaled}`.replace("--", "");
  if (input.startsWith("-") || input.startsWith("+")) return same(expected, parseQuantity(input));
  return (
    same(expected, parseQuantity(input)) ??
    same(expected, parseQuantity(`+${input}`)) ??
    same({ ...expected, unscaled: negative }, parseQuantity(`-${input}`))
  );
}

function formats(value: Value, canonical: string): Failure {
  const number = toQuantity(value);
  const again = expectEqual(canonical, formatQuantity(number)) ?? expectEqual(canonical, canonicalQuantity(canonical));
  if (again !== undefined || number.unscaled === 0n) return again;
  return expectEqual(`-${canonical}`.replace("--", ""), formatQuantity(negateQuantity(number)));
}

function both(expected: unknown, left: Quantity, right: Quantity): Failure {
  return (
    expectEqual(expected, compareQuantities(left, right)) ??
    expectEqual(-Number(expected) || 0, compareQuantities(right, left))
  );
}
