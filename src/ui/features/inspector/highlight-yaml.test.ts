import { expect, it } from "vitest";
import { highlightYaml } from "./highlight-yaml.ts";

const marked = (text: string): string[] =>
  highlightYaml(text).map((line) =>
    line.map((part) => (part.kind === "" ? part.text : `<${part.kind} ${part.text}>`)).join(""),
  );

it("tells keys, words, numbers and strings apart", () => {
  expect(marked("spec:\n  replicas: 3\n  - name: web\n  paused: false\n")).toEqual([
    "<key spec>:",
    "  <key replicas>: <number 3>",
    "  <dash - ><key name>: <string web>",
    "  <key paused>: <word false>",
  ]);
});

it("does not take a colon inside a value for a key", () => {
  expect(marked("image: nginx:1.29")).toEqual(["<key image>: <string nginx:1.29>"]);
  expect(marked("- --listen=0.0.0.0:80")).toEqual(["<dash - ><string --listen=0.0.0.0:80>"]);
});

it("loses no character", () => {
  const text = "# comment\nkey: \"a: b\"\n  - x\n\n  'k': |\n    free text: here";
  expect(highlightYaml(text).map((line) => line.map((part) => part.text).join(""))).toEqual(text.split("\n"));
});
