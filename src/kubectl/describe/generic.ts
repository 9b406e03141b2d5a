/** Any object, field by field. Upstream: kubectl pkg/describe/describe.go (genericDescriber). */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { isObject } from "../../engine/base/json.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import type { Invocation } from "../invocation.ts";
import { cellText } from "../printers/custom-columns.ts";
import { describeEvents } from "./events.ts";
import { asJson } from "../as-object.ts";
import type { DescribeWriter } from "./writer.ts";

const SKIPPED = new Set([
  ".metadata.managedFields",
  ".metadata.name",
  ".metadata.namespace",
  ".metadata.labels",
  ".metadata.annotations",
]);
const ACRONYMS = new Set(["API", "URL", "UID", "OSB", "GUID"]);

export function* describeGeneric(call: Invocation, out: DescribeWriter, object: KubeObject): Call<void> {
  const { metadata } = object;
  out.line(0, `Name:\t${metadata.name}`);
  out.line(0, `Namespace:\t${metadata.namespace ?? ""}`);
  out.labels("Labels", metadata.labels);
  out.annotations("Annotations", metadata.annotations);
  printFields(out, asJson(object), { level: 0, path: "" });
  yield* describeEvents(call, out, object);
}

function printFields(out: DescribeWriter, content: Record<string, unknown>, at: { level: number; path: string }): void {
  for (const field of Object.keys(content).sort()) {
    const value = content[field];
    const path = `${at.path}.${field}`;
    if (SKIPPED.has(path) || value === undefined) continue;
    const title = `${labelFor(field)}:`;
    if (isObject(value)) {
      out.line(at.level, title);
      printFields(out, value, { level: at.level + 1, path });
    } else if (Array.isArray(value)) {
      out.line(at.level, title);
      for (const item of value) {
        if (isObject(item)) printFields(out, item, { level: at.level + 1, path });
        else out.line(at.level + 1, cellText(item));
      }
    } else out.line(at.level, `${title}\t${cellText(value)}`);
  }
}

/** `resourceVersion` → `Resource Version`, `uid` → `UID`; a name with other characters than letters and `-` stays. */
function labelFor(field: string): string {
  if (/[^A-Za-z-]/.test(field)) return field;
  const parts = field.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[A-Z]|-+/g) ?? [field];
  return parts
    .map((part) =>
      ACRONYMS.has(part.toUpperCase()) ? part.toUpperCase() : part.charAt(0).toUpperCase() + part.slice(1),
    )
    .join(" ");
}
