/** `quantity("1.5Gi").isGreaterThan(quantity("1Gi"))`. Upstream: apiserver pkg/cel/library/quantity.go. */
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  QuantityError,
  type Quantity,
} from "../../../api/meta/quantity.ts";
import { CelFailure, type Overload } from "./overload.ts";

/** The value of `quantity(…)`. */
export class CelQuantity {
  readonly quantity: Quantity;

  constructor(quantity: Quantity) {
    this.quantity = quantity;
  }
}

function parse(text: string): CelQuantity | undefined {
  try {
    return new CelQuantity(parseQuantity(text));
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}

function quantity(text: string): CelQuantity {
  const parsed = parse(text);
  if (parsed === undefined) throw new CelFailure(`quantity: invalid quantity: ${text}`);
  return parsed;
}

function compare(a: CelQuantity, b: CelQuantity): number {
  return compareQuantities(a.quantity, b.quantity);
}

/** The value as whole numbers; undefined when it isn't one or exceeds 64 bits. */
function asInteger({ quantity: { unscaled, exponent } }: CelQuantity): bigint | undefined {
  const scale = 10n ** BigInt(Math.abs(exponent));
  if (exponent < 0 && unscaled % scale !== 0n) return undefined;
  const whole = exponent < 0 ? unscaled / scale : unscaled * scale;
  return BigInt.asIntN(64, whole) === whole ? whole : undefined;
}

function integerOf(value: CelQuantity): bigint {
  const whole = asInteger(value);
  if (whole === undefined) throw new CelFailure("cannot convert value to integer");
  return whole;
}

function floatOf({ quantity: { unscaled, exponent } }: CelQuantity): number {
  return Number(`${unscaled}e${exponent}`);
}

function plus(a: CelQuantity, b: CelQuantity | bigint, sign: 1n | -1n): CelQuantity {
  const other = typeof b === "bigint" ? { unscaled: b, exponent: 0, format: a.quantity.format } : b.quantity;
  return new CelQuantity(addQuantities(a.quantity, { ...other, unscaled: other.unscaled * sign }));
}

export const quantityFunctions: readonly Overload[] = [
  ["quantity(string): Quantity", quantity],
  ["isQuantity(string): bool", (text: string) => parse(text) !== undefined],
  ["Quantity.isGreaterThan(Quantity): bool", (a: CelQuantity, b: CelQuantity) => compare(a, b) > 0],
  ["Quantity.isLessThan(Quantity): bool", (a: CelQuantity, b: CelQuantity) => compare(a, b) < 0],
  ["Quantity.compareTo(Quantity): int", (a: CelQuantity, b: CelQuantity) => BigInt(compare(a, b))],
  ["Quantity.sign(): int", (a: CelQuantity) => BigInt(Math.sign(Number(a.quantity.unscaled)))],
  ["Quantity.isInteger(): bool", (a: CelQuantity) => asInteger(a) !== undefined],
  ["Quantity.asInteger(): int", integerOf],
  ["Quantity.asApproximateFloat(): double", floatOf],
  ["Quantity.add(Quantity): Quantity", (a: CelQuantity, b: CelQuantity) => plus(a, b, 1n)],
  ["Quantity.add(int): Quantity", (a: CelQuantity, b: bigint) => plus(a, b, 1n)],
  ["Quantity.sub(Quantity): Quantity", (a: CelQuantity, b: CelQuantity) => plus(a, b, -1n)],
  ["Quantity.sub(int): Quantity", (a: CelQuantity, b: bigint) => plus(a, b, -1n)],
  ["string(Quantity): string", (a: CelQuantity) => formatQuantity(a.quantity)],
];

export function equalQuantities(a: CelQuantity, b: CelQuantity): boolean {
  return compare(a, b) === 0;
}
