/** Numbers in hexadecimal, from a table: `toString(16)` and padding cost ten times as much where names and UIDs are made. */
const BYTES = Array.from({ length: 0x100 }, (_, value) => value.toString(16).padStart(2, "0"));

/** Four digits of a number in [0, 65536). */
export function hex16(value: number): string {
  return (BYTES[value >>> 8] as string) + (BYTES[value & 0xff] as string);
}
