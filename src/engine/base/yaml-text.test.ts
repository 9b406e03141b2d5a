import { expect, it } from "vitest";
import { readYaml, readYamlDocuments } from "./yaml-text.ts";

/** What the real kubectl makes of a value. */
const VALUES: readonly [string, unknown][] = [
  ["yes", true],
  ["y", true],
  ["oN", "oN"],
  ["~", null],
  ["nULL", "nULL"],
  ["0755", 493],
  ["0o755", 493],
  ["08", 8],
  ["0x1F", 31],
  ["1_000", 1000],
  ["1e3", 1000],
  ["1,000", "1,000"],
  ["E1", "E1"],
  ["-e5", "-e5"],
  [".e1", ".e1"],
  ["._5", "._5"],
  ["._", "._"],
  [".5e2", 50],
  ["-_1", -1],
  ["1e3_0", 1e30],
  ["0O17", 15],
  ["0B11", 3],
  ["0o8", "0o8"],
  ["1.2.3", "1.2.3"],
  ["!!float 5", 5],
  ["!!int 0x10", 16],
  ["22:22", "22:22"],
  ["190:20:30", "190:20:30"],
  ["2001-01-01", "2001-01-01"],
  ["2001-12-14 21:59:43", "2001-12-14 21:59:43"],
  ["!!str 123", "123"],
  ["!!binary aGVsbG8=", "hello"],
];

it.each(VALUES)("reads %s as %j", (text, value) => {
  expect(readYaml(`a: ${text}\n`)).toEqual({ value: { a: value } });
});

it("merges, and takes of equal keys the last", () => {
  expect(readYaml("base: &base {x: 1}\nc:\n  <<: *base\n  z: 2\nd: 1\nd: 2\n")).toEqual({
    value: { base: { x: 1 }, c: { x: 1, z: 2 }, d: 2 },
  });
});

/** What the real kubectl says of a text. */
const PROBLEMS: readonly [string, string][] = [
  ["kind: Pod\nmetadata:\n  name: a: b\n", "yaml: line 3: mapping values are not allowed in this context"],
  ["kind: Pod\n\tname: a\n", "yaml: line 2: found a tab character that violates indentation"],
  ["kind:\n\tname: a\n", "yaml: line 2: found character that cannot start any token"],
  ["kind: Pod\nspec:\n  containers:\n  - name: x\n   image: y\n", "yaml: line 4: did not find expected key"],
  ["kind: Pod\nmetadata:\n  name: a\n labels:\n  a: b\n", "yaml: line 3: did not find expected key"],
  ["kind: Pod\nspec\nname: a\n", "yaml: line 3: could not find expected ':'"],
  ["kind: Pod\nspec\n", "yaml: line 3: could not find expected ':'"],
  ['kind: "Pod\n', "yaml: line 2: found unexpected end of stream"],
  ["a: [1, 2\nb: 3\n", "yaml: line 1: did not find expected ',' or ']'"],
  ["a: {b: 1\nc: 2\n", "yaml: line 1: did not find expected ',' or '}'"],
  ['command: ["sh", "echo "hi""]\n', "yaml: did not find expected ',' or ']'"],
  ["a: b\n- c\n", "yaml: line 1: did not find expected key"],
  ["- a\nb: c\n", "yaml: line 1: did not find expected '-' indicator"],
  ["a:\n- b\n  c: d\n", "yaml: line 3: mapping values are not allowed in this context"],
  ["a: - b\n", "yaml: block sequence entries are not allowed in this context"],
  ['a: "b" c\n', "yaml: did not find expected key"],
  ["a: @b\n", "yaml: found character that cannot start any token"],
  ['a: "\\q"\n', "yaml: found unknown escape character"],
  ["a: &\n", "yaml: did not find expected alphabetic or numeric character"],
  ["a: *pod\n", "yaml: unknown anchor 'pod' referenced"],
  ["a: {{ .Values.name }}\n", 'yaml: invalid map key: map[interface {}]interface {}{".Values.name":interface {}(nil)}'],
  ["a: \u0001\n", "yaml: control characters are not allowed"],
  ["x: y\na: [b,\n", "yaml: line 2: did not find expected node content"],
  ["x: y\na: {b", "yaml: line 2: did not find expected ',' or '}'"],
  ["x: y\nspec", "yaml: line 3: could not find expected ':'"],
  ["x:\n  - name: a\n  image: b\n", "yaml: line 2: did not find expected '-' indicator"],
  ["x:\n  a: b\n  - c\n", "yaml: line 2: did not find expected key"],
  ["a: b\n\n# c\n  d: e\n", "yaml: line 3: did not find expected key"],
  ["a: [\n  b\n c: d\n", "yaml: line 2: did not find expected ',' or ']'"],
  ["a:b\nc: d\n", "yaml: line 2: mapping values are not allowed in this context"],
  ["kind: Pod\nmetadata:\n  name: a: b\n", "yaml: line 3: mapping values are not allowed in this context"],
];

it.each(PROBLEMS)("says of %j: %s", (text, problem) => {
  expect(readYaml(text)).toEqual({ problem });
});

it("counts the lines of each document by itself", () => {
  expect(readYamlDocuments("a: 1\n---\na: 2\nb: 1: 2\n--- # the last\na: 3\n")).toEqual([
    { value: { a: 1 } },
    { problem: "yaml: line 2: mapping values are not allowed in this context" },
    { value: { a: 3 } },
  ]);
});
