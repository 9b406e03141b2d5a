import { describe, expect, it } from "vitest";
import { goRegExp } from "./go-regexp.ts";

describe("Go's regular expressions", () => {
  it.each<[string, string, boolean]>([
    ["^(?P<a>x)$", "x", true],
    ["(?i)^ABC$", "abc", true],
    ["^[[:digit:]]+\\z", "12", true],
    ["\\Aab", "cab", false],
    ["^[^\\-]+$", "a-b", false],
    ["a\\_b", "a_b", true],
  ])("%s on %s", (pattern, text, matches) => {
    expect(goRegExp(pattern)?.test(text)).toBe(matches);
  });

  it("tells a pattern that is none", () => {
    expect(goRegExp("a(")).toBeUndefined();
  });
});
