import { expect, it } from "vitest";
import { textOf, writeHex } from "./hex.ts";

it("writes the asked number of digits, in place", () => {
  const codes = Array.from("-------", (letter) => letter.charCodeAt(0));
  writeHex(codes, 1, 0xa5, 4);
  expect(textOf(codes)).toBe("-00a5--");
  const whole = Array.from({ length: 8 }, () => 0);
  for (const value of [0, 1, 0x7fffffff, 0x80000000, 0xffffffff]) {
    writeHex(whole, 0, value, 8);
    expect(textOf(whole)).toBe(value.toString(16).padStart(8, "0"));
  }
});
