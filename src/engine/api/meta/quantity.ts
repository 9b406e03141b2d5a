/**
 * `resource.Quantity`: fixed-point numbers with a unit, as in `cpu: 250m`, `memory: 1.5Gi`.
 * Upstream: apimachinery pkg/api/resource (quantity.go, suffix.go, amount.go).
 *
 * Objects carry quantities as canonical texts; sums over many pods should use `milliValue` and `quantityValue`,
 * whose results are kept per text.
 */
export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

/** unscaled × 10^exponent. */
export interface Quantity {
  readonly unscaled: bigint;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

/** Not a quantity. The message is upstream's. */
export class QuantityError extends Error {}

const WRONG_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_NUMBER = "unable to parse numeric part of quantity";
const WRONG_SUFFIX = "unable to parse quantity's suffix";
const SHAPE = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const DECIMAL_SUFFIXES = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);
const DECIMAL_NAMES = new Map([...DECIMAL_SUFFIXES].map(([name, exponent]) => [exponent, name]));
const BINARY_SUFFIXES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const NANO = -9;
const MAX = 2n ** 63n - 1n;
/** What surely fits into 64 bits. */
const SHORT_DIGITS = 18;
/** Distinct texts in a cluster are few; the bound only guards against a hostile input. */
const CACHE_LIMIT = 10_000;

const parsed = new Map<string, Quantity>();
const canonicals = new Map<string, string>();
const millis = new Map<string, number>();
const values = new Map<string, number>();

function remember<T>(cache: Map<string, T>, text: string, value: T): T {
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(text, value);
  return value;
}

/** Throws a `QuantityError` when `text` is none. */
export function parseQuantity(text: string): Quantity {
  return parsed.get(text) ?? remember(parsed, text, parseUncached(text));
}

function parseUncached(text: string): Quantity {
  if (text === "") throw new QuantityError(WRONG_FORMAT);
  const [, sign, whole = "", fraction = "", suffix = ""] = SHAPE.exec(text) ?? [undefined];
  if (sign === undefined) throw new QuantityError(WRONG_FORMAT);
  const unit = parseSuffix(suffix);
  if (whole === "" && fraction === "") throw new QuantityError(WRONG_NUMBER);
  let unscaled = BigInt(whole + fraction);
  let exponent = -fraction.length;
  if (unit.base === 2) unscaled *= 2n ** BigInt(unit.exponent);
  else exponent += unit.exponent;
  if (exponent < NANO) {
    unscaled = divideUp(unscaled, 10n ** BigInt(NANO - exponent));
    exponent = NANO;
  }
  // Upstream: short numbers with a decimal suffix are never looked at for this.
  const short = unit.format === "DecimalSI" && whole.length + fraction.length <= SHORT_DIGITS;
  if (!short && compareScaled(unscaled, exponent, MAX, 0) > 0) {
    unscaled = MAX;
    exponent = 0;
  }
  let { format } = unit;
  if (format === "BinarySI" && unscaled > 0n && compareScaled(unscaled, exponent, 1n, 0) < 0) format = "DecimalSI";
  return { unscaled: sign === "-" ? -unscaled : unscaled, exponent, format };
}

function parseSuffix(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  const decimal = DECIMAL_SUFFIXES.get(suffix);
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: "DecimalSI" };
  const binary = BINARY_SUFFIXES.indexOf(suffix);
  if (binary > 0) return { base: 2, exponent: 10 * binary, format: "BinarySI" };
  const exponent = /^[eE]([+-]?[0-9]+)$/.exec(suffix)?.[1];
  if (exponent === undefined || exponent.length > 4) throw new QuantityError(WRONG_SUFFIX);
  return { base: 10, exponent: Number(exponent), format: "DecimalExponent" };
}

/** Quotient rounded away from zero. */
function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  if (quotient * by === value) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

function compareScaled(a: bigint, aExponent: number, b: bigint, bExponent: number): number {
  const low = Math.min(aExponent, bExponent);
  const left = a * 10n ** BigInt(aExponent - low);
  const right = b * 10n ** BigInt(bExponent - low);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The canonical text: the largest unit that needs no fraction. */
export function formatQuantity(quantity: Quantity): string {
  const { unscaled, exponent } = quantity;
  if (unscaled === 0n) return "0";
  let { format } = quantity;
  if (format === "BinarySI") {
    const whole = scaledValue(quantity, 0);
    if (whole > -1024n && whole < 1024n) format = "DecimalSI";
    else return formatBinary(whole);
  }
  let mantissa = unscaled;
  let power = exponent;
  while (mantissa % 10n === 0n) {
    mantissa /= 10n;
    power++;
  }
  while (power % 3 !== 0) {
    mantissa *= 10n;
    power--;
  }
  const name = format === "DecimalSI" ? DECIMAL_NAMES.get(power) : undefined;
  if (name !== undefined) return `${mantissa}${name}`;
  return power === 0 ? `${mantissa}` : `${mantissa}e${power}`;
}

function formatBinary(whole: bigint): string {
  let mantissa = whole;
  let step = 0;
  while (step < BINARY_SUFFIXES.length - 1 && mantissa % 1024n === 0n) {
    mantissa /= 1024n;
    step++;
  }
  return `${mantissa}${BINARY_SUFFIXES[step]}`;
}

/** `0.5` → `500m`, `1024Mi` → `1Gi`: how the API server gives a quantity back. Throws a `QuantityError`. */
export function canonicalQuantity(text: string): string {
  return canonicals.get(text) ?? remember(canonicals, text, formatQuantity(parseQuantity(text)));
}

/** The value in units of 10^scale, rounded away from zero. */
export function scaledValue(quantity: Quantity, scale: number): bigint {
  const { unscaled, exponent } = quantity;
  if (exponent >= scale) return unscaled * 10n ** BigInt(exponent - scale);
  return divideUp(unscaled, 10n ** BigInt(scale - exponent));
}

/** Rounds away from zero to a multiple of 10^scale; says whether nothing was lost. */
export function roundUpQuantity(quantity: Quantity, scale: number): { quantity: Quantity; exact: boolean } {
  if (quantity.exponent >= scale) return { quantity, exact: true };
  const rounded: Quantity = { unscaled: scaledValue(quantity, scale), exponent: scale, format: quantity.format };
  return { quantity: rounded, exact: compareQuantities(rounded, quantity) === 0 };
}

/** -1, 0 or 1. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return compareScaled(a.unscaled, a.exponent, b.unscaled, b.exponent);
}

/** The sum in the format of `a`, or of `b` when `a` is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  const exponent = Math.min(a.exponent, b.exponent);
  const unscaled = scaledValue(a, exponent) + scaledValue(b, exponent);
  return { unscaled, exponent, format: a.unscaled === 0n ? b.format : a.format };
}

/**
 * The difference in the format of `a`, or of `b` when `a` is zero.
 * @public
 */
export function subQuantities(a: Quantity, b: Quantity): Quantity {
  return addQuantities(a, negateQuantity(b));
}

export function negateQuantity(quantity: Quantity): Quantity {
  return quantity.unscaled === 0n ? quantity : { ...quantity, unscaled: -quantity.unscaled };
}

/** @public */
export function mulQuantity(quantity: Quantity, by: bigint): Quantity {
  return { ...quantity, unscaled: quantity.unscaled * by };
}

/** Whole units (bytes, CPUs, pods), rounded up. Exact up to 2^53. Throws a `QuantityError`. */
export function quantityValue(text: string): number {
  return values.get(text) ?? remember(values, text, Number(scaledValue(parseQuantity(text), 0)));
}

/** Thousandths, rounded up: `250m` → 250, `2` → 2000. Exact up to 2^53. Throws a `QuantityError`. */
export function milliValue(text: string): number {
  return millis.get(text) ?? remember(millis, text, Number(scaledValue(parseQuantity(text), -3)));
}

/** The nearest double. */
export function quantityAsNumber(text: string): number {
  const { unscaled, exponent } = parseQuantity(text);
  return exponent < 0 ? Number(unscaled) / 10 ** -exponent : Number(unscaled) * 10 ** exponent;
}

/**
 * Canonical text of a whole number of units; the counterpart of `quantityValue`.
 * @public
 */
export function quantityFromNumber(value: number, format: QuantityFormat = "DecimalSI"): string {
  return formatQuantity({ unscaled: BigInt(Math.ceil(value)), exponent: 0, format });
}

/**
 * Canonical text of thousandths: 250 → `250m`, 2000 → `2`.
 * @public
 */
export function quantityFromMilli(value: number): string {
  return formatQuantity({ unscaled: BigInt(Math.ceil(value)), exponent: -3, format: "DecimalSI" });
}
