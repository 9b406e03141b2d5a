/** RuntimeClass. Upstream: pkg/apis/node, pkg/registry/node/runtimeclass. */
import { validateTolerations } from "../core/pod/validate-scheduling.ts";
import { validateRequirements } from "../core/pod/validate-resources.ts";
import type { RuntimeClass } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { invalidValue, type FieldError } from "../meta/field-error.ts";
import { isDNS1123Label } from "../meta/names.ts";
import { defineResource } from "../meta/resource.ts";
import { validateImmutable, validateLabels } from "../meta/validate-meta.ts";

const NO_CLAIMS: ReadonlySet<string> = new Set();

export const runtimeClasses = defineResource<RuntimeClass>({
  group: "node.k8s.io",
  version: "v1",
  kind: "RuntimeClass",
  plural: "runtimeclasses",
  scope: "Cluster",
  needsVersion: true,
  example: {
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    metadata: { name: "sandboxed" },
    handler: "runsc",
    overhead: { podFixed: { cpu: "100m", memory: "64Mi" } },
    scheduling: { nodeSelector: { sandbox: "gvisor" } },
  },
  validate({ handler, overhead, scheduling }) {
    const errors: FieldError[] = isDNS1123Label(handler ?? "").map((text) => invalidValue("handler", handler, text));
    if (overhead !== undefined) {
      validateRequirements({ limits: overhead.podFixed ?? {} }, "overhead", { errors, claimNames: NO_CLAIMS });
    }
    validateLabels(scheduling?.nodeSelector ?? {}, "scheduling.nodeSelector", errors);
    validateTolerations(scheduling?.tolerations ?? [], "scheduling.tolerations", errors);
    return errors;
  },
  // Upstream checks of a new version only that the handler stayed.
  validateUpdate(runtimeClass, old) {
    const errors: FieldError[] = [];
    validateImmutable(runtimeClass.handler, old.handler, "handler", errors);
    return errors;
  },
  columns: [nameColumn, { name: "Handler", type: "string", cell: ({ handler }) => handler }, ageColumn],
});
