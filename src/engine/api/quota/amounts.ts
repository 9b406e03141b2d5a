/** Arithmetic on amounts by resource name. Upstream: apiserver pkg/quota/v1/resources.go. */
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  mulQuantity,
  parseQuantity,
  subQuantities,
  type Quantity,
} from "../meta/quantity.ts";

/** Canonical quantities by resource name. */
export type Amounts = Readonly<Record<string, string>>;

const ZERO = parseQuantity("0");

export function addAmounts(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, addQuantities);
}

/** What `a` has more than `b`; negative where it has less. */
export function subtractAmounts(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, subQuantities);
}

export function multiplyAmounts(amounts: Amounts, by: number): Amounts {
  if (by === 1) return amounts;
  const times = Object.entries(amounts).map(([name, amount]) => [
    name,
    formatQuantity(mulQuantity(parseQuantity(amount), BigInt(by))),
  ]);
  return Object.fromEntries(times);
}

function combine(a: Amounts, b: Amounts, operation: (a: Quantity, b: Quantity) => Quantity): Amounts {
  const result: Record<string, string> = { ...a };
  for (const name in b) result[name] = formatQuantity(operation(read(a[name]), read(b[name])));
  return result;
}

function read(amount: string | undefined): Quantity {
  return amount === undefined ? ZERO : parseQuantity(amount);
}

/** The amounts of these names alone. */
export function maskAmounts(amounts: Amounts, names: (name: string) => boolean): Amounts {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => names(name)));
}

export function withoutZeros(amounts: Amounts): Amounts {
  return maskAmounts(amounts, (name) => compareQuantities(read(amounts[name]), ZERO) !== 0);
}

/** Names whose amount is larger than what `limits` says of them; names without a limit never are. */
export function exceeding(amounts: Amounts, limits: Amounts): string[] {
  return Object.keys(limits).filter(
    (name) => amounts[name] !== undefined && compareQuantities(read(amounts[name]), read(limits[name])) > 0,
  );
}

export function negativeNames(amounts: Amounts): string[] {
  return Object.keys(amounts)
    .filter((name) => read(amounts[name]).unscaled < 0n)
    .toSorted();
}

export function equalAmounts(a: Amounts, b: Amounts): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => b[name] !== undefined && compareQuantities(read(a[name]), read(b[name])) === 0);
}

/** `cpu=1,memory=2Gi` */
export function printAmounts(amounts: Amounts): string {
  return Object.keys(amounts)
    .toSorted()
    .map((name) => `${name}=${amounts[name]}`)
    .join(",");
}
