import { describe, expect, it } from "vitest";
import { resources } from "../engine/api/registry.ts";
import { validateText } from "./editor.ts";

describe("the editor's check", () => {
  it.each(resources.map(({ apiVersion, kind }) => [apiVersion, kind]))(
    "bears the first two lines of a %s %s",
    (apiVersion, kind) => {
      const found = validateText(`apiVersion: ${apiVersion}\nkind: ${kind}\n`);
      expect(found.every(({ severity }) => severity === "error")).toBe(true);
    },
  );

  it("says what half a pod lacks", () => {
    expect(validateText("apiVersion: v1\nkind: Pod\n").map(({ message }) => message)).toEqual([
      "spec.containers: Required value",
    ]);
  });
});
