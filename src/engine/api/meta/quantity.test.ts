import { describe, expect, it } from "vitest";
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  milliValue,
  mulQuantity,
  parseQuantity,
  quantityAsNumber,
  QuantityError,
  quantityFromMilli,
  quantityFromNumber,
  quantityValue,
  subQuantities,
} from "./quantity.ts";

describe("canonical form", () => {
  it.each([
    ["0", "0"],
    ["0.5", "500m"],
    ["1.5", "1500m"],
    ["5000m", "5"],
    ["1024Mi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["100M", "100M"],
    ["1000k", "1M"],
    ["12e6", "12e6"],
    ["1E", "1E"],
    ["512", "512"],
    ["1023Ki", "1023Ki"],
    ["-0.25", "-250m"],
    ["0.0001n", "1n"],
    ["99999999999999999999", "9223372036854775807"],
  ])("%s → %s", (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
    expect(canonicalQuantity(canonical)).toBe(canonical);
  });

  it("takes decimal form below one and below 1024", () => {
    expect(canonicalQuantity("0.5Ki")).toBe("512");
    expect(formatQuantity({ unscaled: 1024n, exponent: 0, format: "BinarySI" })).toBe("1Ki");
  });
});

describe("what is no quantity", () => {
  it.each(["", "1.1.M", "1+1.0M", "0.1am", "abc", " 1", "1 "])("%j has the wrong format", (text) => {
    expect(() => parseQuantity(text)).toThrow("quantities must match the regular expression");
  });

  it("names the part that can't be read", () => {
    expect(() => parseQuantity("1Kii")).toThrow(QuantityError);
    expect(() => parseQuantity("1Mk")).toThrow("unable to parse quantity's suffix");
    expect(() => parseQuantity(".")).toThrow("unable to parse numeric part of quantity");
  });
});

describe("values", () => {
  it("rounds up to whole units and to thousandths", () => {
    expect(quantityValue("1500m")).toBe(2);
    expect(quantityValue("64Mi")).toBe(67_108_864);
    expect(milliValue("250m")).toBe(250);
    expect(milliValue("0.0001")).toBe(1);
    expect(quantityAsNumber("2Ki")).toBe(2048);
  });

  it("goes back to text", () => {
    expect(quantityFromMilli(250)).toBe("250m");
    expect(quantityFromMilli(2000)).toBe("2");
    expect(quantityFromNumber(67_108_864, "BinarySI")).toBe("64Mi");
  });

  it("adds, subtracts and compares exactly across units", () => {
    const [a, b] = [parseQuantity("1Gi"), parseQuantity("500M")];
    expect(formatQuantity(addQuantities(a, b))).toBe("1573741824");
    expect(formatQuantity(subQuantities(parseQuantity("1"), parseQuantity("1m")))).toBe("999m");
    expect(compareQuantities(a, b)).toBe(1);
    expect(compareQuantities(parseQuantity("1"), parseQuantity("1000m"))).toBe(0);
    expect(formatQuantity(mulQuantity(parseQuantity("250m"), 6n))).toBe("1500m");
    expect(addQuantities(parseQuantity("0"), a).format).toBe("BinarySI");
  });
});
