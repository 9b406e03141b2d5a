import { expect, it } from "vitest";
import { aggregate, parseGoBool } from "./go-errors.ts";

it("tells one complaint as it is, and several as a list of different ones", () => {
  expect([["a"], ["a", "a"], ["a", "b", "a"]].map(aggregate)).toEqual(["a", "a", "[a, b]"]);
});

it("reads bools as Go does", () => {
  expect(["1", "T", "True", "0", "f", "FALSE"].map(parseGoBool)).toEqual([true, true, true, false, false, false]);
  expect(parseGoBool("yes")).toEqual({ problem: 'strconv.ParseBool: parsing "yes": invalid syntax' });
  expect(parseGoBool("tRUE")).toEqual({ problem: 'strconv.ParseBool: parsing "tRUE": invalid syntax' });
});
