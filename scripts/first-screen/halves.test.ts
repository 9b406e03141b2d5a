/** What leaves a module, what stays, and how the halves find each other. */
import { describe, expect, it } from "vitest";
import { splitModule } from "./halves.ts";
import { parseModule } from "./syntax.ts";
import { watchModule } from "./watched.ts";

const LONG = `const long = "${"x".repeat(160)}";`;

function split(code: string, used: readonly number[] = []): { first: string; later: string | undefined } {
  const program = parseModule(code);
  return splitModule(code, program, { self: "./self.js", missing: "./missing.js", used: new Set(used) });
}

describe("splitting a module", () => {
  it("leaves a module as it is when all of it is used, short, or tied to its place", () => {
    const code = [
      `export function used() { ${LONG} }`,
      "export function short() { return 1; }",
      `let count = 0; export function counts() { count++; ${LONG} }`,
      `export class Sub extends Set { add(x) { ${LONG} return super.add(x); } #own() {} has() { ${LONG} return this.#own(); } }`,
      `export function all() { ${LONG} return arguments.length; }`,
    ].join("\n");
    expect(split(code, [0])).toEqual({ first: code, later: undefined });
  });

  it("puts one line in a function's place and the function into the later half", () => {
    const { first, later } = split(`export function f(a, b) { ${LONG} return a + b; }`);
    expect(first).toBe(
      [
        "export function f(a, b) { return $0(a, b); }",
        'import { missing as $missing } from "./missing.js";',
        "var $0 = $missing;",
        "export function $place($n$0) { $0 = $n$0; }",
        "",
      ].join("\n"),
    );
    expect(later).toBe(
      ['import { $place } from "./self.js";', `$place(function f(a, b) { ${LONG} return a + b; });`, ""].join("\n"),
    );
  });

  it("keeps `this`, defaults, generators, and what async functions answer", () => {
    const { first, later } = split(
      [
        `export class A { static *walk(from = 1) { ${LONG} yield from; } async ask() { ${LONG} return this.x; } }`,
        `export const table = { of(key) { ${LONG} return this[key]; }, arrow: (x) => { ${LONG} return x; } };`,
      ].join("\n"),
    );
    expect(first).toContain(
      "class A { static walk(...$all) { return $0.call(this, ...$all); } ask() { return $1.call(this); } }",
    );
    expect(first).toContain("table = { of(key) { return $2.call(this, key); }, arrow: (x) => $3(x) };");
    expect(later).toContain("$place(function* (from = 1) {");
    expect(later).toContain(",\nasync function () {");
  });

  it("takes along what nobody else needs, and asks the first half for the rest", () => {
    const { first, later } = split(
      [
        'import { a, b as c } from "./a.js";',
        'import * as d from "./d.js";',
        "const only = new Set([1]);",
        "const both = 2;",
        "function helper() { return only.has(c); }",
        `export function f() { ${LONG} return helper() + both + a; }`,
        "export const g = a + both;",
        "export const h = d;",
      ].join("\n"),
    );
    expect(first.split("\n").filter((line) => line !== "")).toEqual([
      'import { a as a } from "./a.js";',
      'import * as d from "./d.js";',
      "const both = 2;",
      "export function f() { return $0(); }",
      "export const g = a + both;",
      "export const h = d;",
      "export { both as $own_both };",
      'import { missing as $missing } from "./missing.js";',
      "var $0 = $missing;",
      "export function $place($n$0) { $0 = $n$0; }",
    ]);
    expect(later?.split("\n").slice(0, 6)).toEqual([
      'import { a as a } from "./a.js";',
      'import { b as c } from "./a.js";',
      'import { $own_both as both } from "./self.js";',
      'import { $place } from "./self.js";',
      "const only = new Set([1]);",
      "function helper() { return only.has(c); }",
    ]);
  });
});

describe("watching a module", () => {
  it("notes each call by the function's number, a generator's when it is called", () => {
    const code = "export function f() {} export const g = (x) => ({ x }); export const o = { *h(a) { yield a; } };";
    const note = (index: number): string => `globalThis.calledFunctions.add("m ${index}")`;
    expect(watchModule(code, parseModule(code), "m")).toBe(
      `export function f() {${note(0)};} export const g = (x) => ((${note(1)}, ({ x }))); ` +
        `export const o = { *h(a, $called = ${note(2)}) {${note(2)}; yield a; } };`,
    );
  });
});
