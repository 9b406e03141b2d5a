import { expect, it } from "vitest";
import { decodeBase64, encodeBase64, utf8Decode, utf8Encode } from "./base64.ts";

it("encodes as the host does", () => {
  for (const text of ["", "a", "ab", "abc", "grüße", "容器", "🚢 dock", "\0\x7f"]) {
    const host = Buffer.from(text, "utf8");
    expect(encodeBase64(text)).toBe(host.toString("base64"));
    expect(decodeBase64(host.toString("base64"))).toBe(text);
    expect(utf8Encode(text)).toEqual([...host]);
  }
});

it("decodes without padding and names what is wrong", () => {
  expect(decodeBase64("YQ")).toBe("a");
  expect(() => decodeBase64("a$b=")).toThrow("illegal base64 data at input byte 1");
  expect(() => decodeBase64("abcde")).toThrow("illegal base64 data at input byte 5");
});

it("replaces bytes that are no UTF-8", () => {
  expect(utf8Decode([0x61, 0xff, 0x62])).toBe("a\ufffdb");
  expect(utf8Decode([0xe2, 0x82])).toBe("\ufffd");
  expect(utf8Decode([0xc0, 0x80, 0x61])).toBe("\ufffd\ufffda");
  expect(encodeBase64("\ud800")).toBe("77+9");
});
