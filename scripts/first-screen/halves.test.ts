/** What leaves a module, what stays, and how the halves find each other. */
import { describe, expect, it } from "vitest";
import { splitModule, type Halves } from "./halves.ts";
import { parseModule } from "./syntax.ts";
import { watchModule } from "./watched.ts";

const LONG = `const long = "${"x".repeat(160)}";`;

function split(code: string, used: readonly number[] = []): Halves {
  const program = parseModule(code);
  return splitModule(code, program, { self: "./self.js", list: "./list.js", place: 7, used: new Set(used) });
}

describe("splitting a module", () => {
  it("leaves a module as it is when all of it is used, short, or tied to its place", () => {
    const code = [
      `export function used() { ${LONG} }`,
      "export function short() { return 1; }",
      `export let count = 0; export function counts() { count++; ${LONG} }`,
      `export class Sub extends Set { add(x) { ${LONG} return super.add(x); } #own() {} has() { ${LONG} return this.#own(); } }`,
      `export function all() { ${LONG} return arguments.length; }`,
    ].join("\n");
    expect(split(code, [0])).toEqual({ first: code, later: undefined, places: 0 });
  });

  it("puts one line in a function's place and the function into the later half", () => {
    const { first, later, places } = split(`export function f(a, b) { ${LONG} return a + b; }`);
    expect(places).toBe(1);
    expect(first).toBe(
      ["export function f(a, b) { return $later[7](a, b); }", 'import { later as $later } from "./list.js";', ""].join(
        "\n",
      ),
    );
    expect(later).toBe(
      [
        'import { later as $later } from "./list.js";',
        `$later[7] = function f(a, b) { ${LONG} return a + b; };`,
        "",
      ].join("\n"),
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
      "class A { static walk(...$all) { return $later[7].call(this, ...$all); } ask() { return $later[8].call(this); } }",
    );
    expect(first).toContain("table = { of(key) { return $later[9].call(this, key); }, arrow: (x) => $later[10](x) };");
    expect(later).toContain("$later[7] = function* (from = 1) {");
    expect(later).toContain(";\n$later[8] = async function () {");
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
      "export function f() { return $later[7](); }",
      "export const g = a + both;",
      "export const h = d;",
      "export { both as $own_both };",
      'import { later as $later } from "./list.js";',
    ]);
    expect(later?.split("\n").slice(0, 6)).toEqual([
      'import { a as a } from "./a.js";',
      'import { b as c } from "./a.js";',
      'import { $own_both as both } from "./self.js";',
      'import { later as $later } from "./list.js";',
      "const only = new Set([1]);",
      "function helper() { return only.has(c); }",
    ]);
  });

  it("takes a variable along that only what leaves mentions, and with it the short functions that set it", () => {
    const { first, later } = split(
      [
        "let shared = 0;",
        "let own;",
        "let kept;",
        "export function table() { return (own ??= new Map()); }",
        `export function counts() { ${LONG} return shared++; }`,
        `export function both() { kept = 1; ${LONG} }`,
        "export const now = () => kept + shared;",
      ].join("\n"),
      [3],
    );
    expect(first.split("\n").filter((line) => line !== "")).toEqual([
      "let shared = 0;",
      "let kept;",
      "export function table() { return $later[7](); }",
      `export function counts() { ${LONG} return shared++; }`,
      `export function both() { kept = 1; ${LONG} }`,
      "export const now = () => kept + shared;",
      'import { later as $later } from "./list.js";',
    ]);
    expect(later).toBe(
      [
        'import { later as $later } from "./list.js";',
        "let own;",
        "$later[7] = function table() { return (own ??= new Map()); };",
        "",
      ].join("\n"),
    );
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
