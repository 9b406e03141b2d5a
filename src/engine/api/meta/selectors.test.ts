import { describe, expect, it } from "vitest";
import {
  EVERYTHING,
  formatLabelSelector,
  labelSelectorAsMap,
  labelSelectorAsSelector,
  NOTHING,
  parseLabelSelector,
  selectorFromLabels,
} from "./selectors.ts";
import { FieldSelector, parseFieldSelector, splitTerms, unescapeFieldValue } from "./field-selectors.ts";

describe("label selectors as text", () => {
  it.each([
    ["app=web,tier!=db", { app: "web" }, true],
    ["app==web", { app: "api" }, false],
    ["tier in (front, back)", { tier: "back" }, true],
    ["tier notin (front)", {}, true],
    ["!legacy", { legacy: "yes" }, false],
    ["legacy", { legacy: "" }, true],
    ["weight>10", { weight: "11" }, true],
    ["weight<10", { weight: "many" }, false],
    ["x=", { x: "" }, true],
    ["in=in", { in: "in" }, true],
  ])("%s on %j: %s", (text, labels, matches) => {
    expect(parseLabelSelector(text).matches(labels)).toBe(matches);
  });

  it("prints sorted by key, with values sorted", () => {
    expect(parseLabelSelector("z in (b,a), a=1 ,!m").toString()).toBe("a=1,!m,z in (a,b)");
    expect(parseLabelSelector("")).toBe(EVERYTHING);
  });

  it("says which value an index can use", () => {
    expect(parseLabelSelector("app in (web),x!=y").exactValue("app")).toBe("web");
    expect(parseLabelSelector("app in (web,api)").exactValue("app")).toBeUndefined();
  });

  it.each([
    ["a in (b", "unable to parse requirement: found '', expected: ',' or ')'"],
    ["x,,y", "found ',', expected: identifier after ','"],
    [",x", "found ',', expected: !, identifier, or 'end of string'"],
    ["!x=a", "found '=', expected: ',' or 'end of string'"],
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["x<a", "for 'Gt', 'Lt' operators, the value must be an integer"],
    ["a=b c", "found 'c', expected: ',' or 'end of string'"],
    ["-a=b", 'unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of'],
    ["x=a||y=b", 'unable to parse requirement: values[0][x]: Invalid value: "a||y": a valid label must be'],
  ])("%s is refused", (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message);
  });
});

describe("metav1.LabelSelector", () => {
  it("matches nothing when absent, everything when empty", () => {
    expect(labelSelectorAsSelector(undefined)).toBe(NOTHING);
    expect(labelSelectorAsSelector({})).toBe(EVERYTHING);
    expect(formatLabelSelector({})).toBe("<none>");
  });

  it("is converted once per object", () => {
    const selector = { matchLabels: { app: "web" }, matchExpressions: [{ key: "tier", operator: "Exists" }] };
    const converted = labelSelectorAsSelector(selector);
    expect(labelSelectorAsSelector(selector)).toBe(converted);
    expect(converted.toString()).toBe("app=web,tier");
    expect(converted.matches({ app: "web", tier: "x" })).toBe(true);
  });

  it("refuses unknown operators and misplaced values", () => {
    const unknown = { matchExpressions: [{ key: "a", operator: "Near" }] };
    expect(() => labelSelectorAsSelector(unknown)).toThrow('"Near" is not a valid label selector operator');
    const misplaced = { matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] };
    expect(() => labelSelectorAsSelector(misplaced)).toThrow("values set must be empty");
  });

  it("becomes a map only of equalities", () => {
    const selector = { matchLabels: { a: "1" }, matchExpressions: [{ key: "b", operator: "In", values: ["2"] }] };
    expect(labelSelectorAsMap(selector)).toEqual({ a: "1", b: "2" });
    expect(() => labelSelectorAsMap({ matchExpressions: [{ key: "b", operator: "Exists" }] })).toThrow(
      "cannot be converted",
    );
    expect(selectorFromLabels({ b: "2", a: "1" }).toString()).toBe("a=1,b=2");
  });

  it("does not take inherited properties for labels", () => {
    expect(parseLabelSelector("constructor").matches({})).toBe(false);
  });
});

describe("field selectors", () => {
  const read = (field: string): string => ({ "status.phase": "Running", "spec.nodeName": "" })[field] ?? "";

  it.each([
    ["status.phase=Running", true],
    ["status.phase!=Running", false],
    ["spec.nodeName=,status.phase==Running", true],
    ["", true],
  ])("%j: %s", (text, matches) => {
    expect(parseFieldSelector(text).matches(read)).toBe(matches);
  });

  it("escapes what would end a value", () => {
    const selector = new FieldSelector([{ field: "x", operator: "=", value: "a,b=c\\" }]);
    expect(selector.toString()).toBe("x=a\\,b\\=c\\\\");
    expect(parseFieldSelector(selector.toString()).exactValue("x")).toBe("a,b=c\\");
    expect(splitTerms("a=b\\,c,d=e")).toEqual(["a=b\\,c", "d=e"]);
    expect(() => unescapeFieldValue("\\a")).toThrow("invalid field selector: invalid escape sequence: \\a");
  });

  it("refuses a term without operator", () => {
    expect(() => parseFieldSelector("x=a,b")).toThrow("invalid selector: 'x=a,b'; can't understand 'b'");
  });
});
