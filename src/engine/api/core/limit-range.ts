/** LimitRange. Upstream: pkg/registry/core/limitrange, SetDefaults_LimitRangeItem of pkg/apis/core/v1/defaults.go. */
import type { LimitRange, LimitRangeItem } from "../generated/types.ts";
import { nameColumn } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";
import { mapField, mapShared, withFields } from "../meta/share.ts";
import { validateLimitRange } from "./limit-range-validation.ts";

export const limitRanges = defineResource<LimitRange>({
  group: "",
  version: "v1",
  kind: "LimitRange",
  plural: "limitranges",
  shortNames: ["limits"],
  scope: "Namespaced",
  createsOnUpdate: true,
  example: {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: { name: "small" },
    spec: { limits: [{ type: "Container", max: { cpu: "1" }, default: { memory: "256Mi" } }] },
  },
  defaults(range) {
    const spec = mapField(range.spec ?? { limits: [] }, "limits", (limits) => mapShared(limits, defaultItem));
    return withFields(range, { spec });
  },
  validate: validateLimitRange,
  columns: [nameColumn, { name: "Created At", type: "date", cell: ({ metadata }) => metadata.creationTimestamp ?? "" }],
});

/** A container's maximum is its default limit, a default limit or else the minimum its default request. */
function defaultItem(item: LimitRangeItem): LimitRangeItem {
  if (item.type !== "Container") return item;
  const limits = merge(item.default, item.max);
  const requests = merge(merge(item.defaultRequest, limits), item.min);
  return withFields(item, { default: limits, defaultRequest: requests });
}

/** `own`, and of `more` what it lacks; `own` itself when it lacks nothing. */
function merge(own: Record<string, string> | undefined, more: Record<string, string> | undefined) {
  const missing = Object.keys(more ?? {}).some((name) => own?.[name] === undefined);
  return missing ? { ...more, ...own } : own;
}
