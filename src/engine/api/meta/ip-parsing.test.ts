import { describe, expect, it } from "vitest";
import type { FieldError } from "./field-error.ts";
import { isStrictSubset, parseNetwork, validateCIDR, validateIP, type Network } from "./ip-parsing.ts";

function complaints(check: (errors: FieldError[]) => unknown): string[] {
  const errors: FieldError[] = [];
  check(errors);
  return errors.map(({ detail }) => detail);
}

describe("addresses", () => {
  it.each([
    ["10.0.0.1", []],
    ["::1", []],
    ["2001:db8::1:0:0:1", []],
    ["x", ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]],
    ["10.0.0.01", ["must not have leading 0s"]],
    ["::ffff:10.0.0.1", ["must not be an IPv4-mapped IPv6 address"]],
    ["2001:0db8::1", ['must be in canonical form ("2001:db8::1")']],
    ["2001:db8:0:0:1:0:0:1", ['must be in canonical form ("2001:db8::1:0:0:1")']],
    ["1:0:2:3:4:5:6:7", []],
  ])("%s", (text, expected) => {
    expect(complaints((errors) => validateIP(text, "f", { errors }))).toEqual(expected);
  });

  it("may be written otherwise in fields of old", () => {
    expect(complaints((errors) => validateIP("2001:0db8::1", "f", { errors, legacy: true }))).toEqual([]);
  });
});

describe("networks", () => {
  it.each([
    ["10.0.0.0/8", []],
    ["::/0", []],
    ["10.0.0.0", ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]],
    ["10.0.0.0/08", ["must not have leading 0s in IP or prefix length"]],
    ["10.0.0.1/8", ["must not have bits set beyond the prefix length"]],
    ["::ffff:10.0.0.0/120", ["must not have an IPv4-mapped IPv6 address"]],
    ["2001:DB8::/64", ['must be in canonical form ("2001:db8::/64")']],
  ])("%s", (text, expected) => {
    expect(complaints((errors) => validateCIDR(text, "f", { errors }))).toEqual(expected);
  });

  it("lie in each other or not", () => {
    const inside = (inner: string, outer: string) =>
      isStrictSubset(parseNetwork(inner) as Network, parseNetwork(outer) as Network);
    expect(inside("10.1.0.0/16", "10.0.0.0/8")).toBe(true);
    expect(inside("10.0.0.0/8", "10.0.0.0/8")).toBe(false);
    expect(inside("11.0.0.0/16", "10.0.0.0/8")).toBe(false);
    expect(inside("2001:db8:1::/48", "2001:db8::/32")).toBe(true);
    expect(inside("10.0.0.0/16", "::/0")).toBe(false);
  });
});
