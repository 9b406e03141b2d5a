/**
 * Numbers in hexadecimal, digit by digit. `toString(16)` with padding costs ten times as much, and text put together from
 * pieces keeps all its pieces in memory.
 */
const DIGITS = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/** Writes `count` digits of a whole number below 2³² as character codes into `codes`, from `at` on. */
export function writeHex(codes: number[], at: number, value: number, count: number): void {
  for (let i = at + count - 1, rest = value; i >= at; i--, rest >>>= 4) codes[i] = DIGITS[rest & 15] as number;
}

/** A UUID made of the first 32 of hex digits. */
export function uuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

export function textOf(codes: number[]): string {
  return String.fromCharCode.apply(null, codes);
}
