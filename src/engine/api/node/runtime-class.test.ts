import { expect, it } from "vitest";
import type { RuntimeClass } from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import { runtimeClasses } from "../registry.ts";

function runtimeClass(rest: Partial<RuntimeClass>): RuntimeClass {
  const metadata = { name: "gvisor", uid: "", resourceVersion: "", creationTimestamp: "2026-01-01T00:00:00Z" };
  return { apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", metadata, handler: "runsc", ...rest };
}

it.each<[string[], Partial<RuntimeClass>]>([
  [[], { overhead: { podFixed: { cpu: "100m" } }, scheduling: { nodeSelector: { sandbox: "gvisor" } } }],
  [
    ['overhead.limits[storage]: Invalid value: "storage": must be a standard resource for containers'],
    { overhead: { podFixed: { storage: "1Gi" } } },
  ],
  [
    ['scheduling.tolerations[0].operator: Unsupported value: "Some": supported values: "Equal", "Exists"'],
    { scheduling: { tolerations: [{ key: "a", operator: "Some" }] } },
  ],
])("complains: %j", (expected, rest) => {
  expect((runtimeClasses.validate?.(runtimeClass(rest)) ?? []).map(fieldErrorText)).toEqual(expected);
});

it("needs a handler, and keeps it", () => {
  const [complaint] = runtimeClasses.validate?.(runtimeClass({ handler: "Run SC" })) ?? [];
  expect(complaint?.field).toBe("handler");
  const errors = runtimeClasses.validateUpdate?.(runtimeClass({ handler: "kata" }), runtimeClass({})) ?? [];
  expect(errors.map(fieldErrorText)).toEqual(['handler: Invalid value: "kata": field is immutable']);
});
