/** Columns and cells that many kinds share. Upstream: pkg/printers/internalversion/printers.go. */
import type { Container, PodTemplateSpec } from "../generated/types.ts";
import { ageOf } from "./duration.ts";
import type { KubeObject } from "./object.ts";
import type { Column } from "./resource.ts";

export const NONE = "<none>";

export const nameColumn: Column<KubeObject> = {
  name: "Name",
  type: "string",
  format: "name",
  description:
    "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically.",
  cell: ({ metadata }) => metadata?.name ?? "",
};

export const ageColumn: Column<KubeObject> = {
  name: "Age",
  type: "string",
  description: "CreationTimestamp is a timestamp representing the server time when this object was created.",
  cell: (object, { now }) => ageOf(object.metadata?.creationTimestamp, now),
};

/** `a=1,b=2`, sorted; `<none>` without labels. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const keys = Object.keys(labels ?? {}).sort();
  return keys.length === 0 ? NONE : keys.map((key) => `${key}=${labels?.[key]}`).join(",");
}

/** At most `max` items, then ` + n more...`. */
export function listWithMore(items: readonly string[], max: number): string {
  const shown = items.slice(0, max).join(",");
  return items.length > max ? `${shown} + ${items.length - max} more...` : shown;
}

/** The wide columns of workloads. */
export function templateColumns<T>(templateOf: (object: T) => PodTemplateSpec | undefined): Column<T>[] {
  const join = (object: T, field: (container: Container) => string | undefined): string =>
    (templateOf(object)?.spec?.containers ?? []).map((container) => field(container) ?? "").join(",");
  return [
    { name: "Containers", type: "string", priority: 1, cell: (object) => join(object, ({ name }) => name) },
    { name: "Images", type: "string", priority: 1, cell: (object) => join(object, ({ image }) => image) },
  ];
}
