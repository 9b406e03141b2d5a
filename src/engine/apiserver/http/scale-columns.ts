/** The table of a `scale`. Upstream: scaleColumnDefinitions of pkg/printers/internalversion/printers.go. */
import type { Scale } from "../../api/generated/types.ts";
import { ageColumn, nameColumn } from "../../api/meta/columns.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { Column } from "../../api/meta/resource.ts";

export const scaleColumns: readonly Column<KubeObject>[] = [
  nameColumn,
  { name: "Desired", type: "integer", cell: (object) => (object as Scale).spec?.replicas ?? 0 },
  { name: "Available", type: "integer", cell: (object) => (object as Scale).status?.replicas ?? 0 },
  ageColumn,
];
