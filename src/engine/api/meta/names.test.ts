import { describe, expect, it } from "vitest";
import { isCIDR, isIPAddress, isIPv6 } from "./ip-address.ts";
import {
  isCIdentifier,
  isConfigMapKey,
  isDNS1035Label,
  isDNS1123Label,
  isDNS1123Subdomain,
  isEnvVarName,
  isLabelValue,
  isPathSegment,
  isQualifiedName,
  isValidPercent,
  isValidPortName,
  isValidPortNum,
  isWildcardDNS1123Subdomain,
  validateDomainPrefixedPath,
  validateFullyQualified,
} from "./names.ts";

describe("names", () => {
  it("explains what a label, a subdomain and a DNS-1035 label are", () => {
    expect(isDNS1123Label("my-name")).toEqual([]);
    expect(isDNS1123Label("My_name")).toEqual([
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ]);
    expect(isDNS1123Label("a.b")).toEqual(["must not contain dots"]);
    expect(isDNS1123Label("a".repeat(64))).toEqual(["must be no more than 63 characters"]);
    expect(isDNS1123Subdomain("a.b-c.d")).toEqual([]);
    expect(isDNS1123Subdomain("a..b")[0]).toContain("a lowercase RFC 1123 subdomain must consist of");
    expect(isWildcardDNS1123Subdomain("*.example.com")).toEqual([]);
    expect(isWildcardDNS1123Subdomain("example.com")[0]).toContain("must start with '*.'");
    expect(isDNS1035Label("1a")[0]).toContain("a DNS-1035 label must consist of");
  });

  it("splits label keys at the slash", () => {
    expect(isQualifiedName("example.com/MyName")).toEqual([]);
    expect(isQualifiedName("/name")).toEqual(["prefix part must be non-empty"]);
    expect(isQualifiedName("a/b/c")[0]).toContain("a valid label key must consist of");
    expect(isQualifiedName(`x/${"a".repeat(64)}`)).toEqual(["name part must be no more than 63 bytes"]);
    expect(isLabelValue("")).toEqual([]);
    expect(isLabelValue("a b")[0]).toContain("a valid label must be an empty string or consist of");
  });

  it("knows ports, percentages, keys, variables and path segments", () => {
    expect(isValidPortNum(0)).toEqual(["must be between 1 and 65535, inclusive"]);
    expect(isValidPortName("http--x-")).toEqual([
      "must not contain consecutive hyphens",
      "must not begin or end with a hyphen",
    ]);
    expect(isValidPercent("25%")).toEqual([]);
    expect(isValidPercent("25")[0]).toContain("a valid percent string");
    expect(isConfigMapKey("..a")).toEqual(["must not start with '..'"]);
    expect(isEnvVarName("a=b")[0]).toContain("other than '='");
    expect(isCIdentifier("1A")[0]).toContain("a valid C identifier");
    expect(isEnvVarName("my.env-1")).toEqual([]);
    expect(isPathSegment("a/b")).toEqual(["may not contain '/'"]);
  });

  it("knows qualified domains and paths below them", () => {
    expect(validateFullyQualified("f", "example.com.", 2)).toEqual([]);
    expect(validateFullyQualified("f", "example", 2)[0]?.detail).toContain("at least two segments");
    expect(validateDomainPrefixedPath("f", "acme.io/foo")).toEqual([]);
    expect(validateDomainPrefixedPath("f", "foo")[0]?.detail).toContain("domain-prefixed path");
  });

  it("tells addresses from text", () => {
    for (const good of ["10.0.0.1", "::1", "2001:db8::ffff", "::ffff:1.2.3.4"]) expect(isIPAddress(good)).toBe(true);
    for (const bad of ["10.0.0", "256.1.1.1", "1::2::3", "fe80::1%eth0", "a"]) expect(isIPAddress(bad)).toBe(false);
    expect(isIPv6("1:2:3:4:5:6:7:8")).toBe(true);
    expect(isCIDR("10.0.0.0/33")).toBe(false);
    expect(isCIDR("2001:db8::/64")).toBe(true);
  });
});
