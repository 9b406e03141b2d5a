/** Pod templates in descriptions. Upstream: kubectl pkg/describe/describe.go (DescribePodTemplate). */
import type { PodTemplateSpec, Toleration, TopologySpreadConstraint } from "../../engine/api/generated/types.ts";
import { formatLabelSelector } from "../../engine/api/meta/selectors.ts";
import { describeContainers } from "./containers.ts";
import { describeVolumes } from "./volumes.ts";
import type { DescribeWriter } from "./writer.ts";

export function describePodTemplate(out: DescribeWriter, template: PodTemplateSpec | undefined): void {
  out.line(0, "Pod Template:");
  if (template === undefined) {
    out.line(1, "<unset>");
    return;
  }
  const { metadata, spec } = template;
  out.labels("  Labels", metadata?.labels);
  if (Object.keys(metadata?.annotations ?? {}).length > 0) out.annotations("  Annotations", metadata?.annotations);
  if ((spec?.serviceAccountName ?? "") !== "") out.line(1, `Service Account:\t${spec?.serviceAccountName}`);
  const init = spec?.initContainers ?? [];
  if (init.length > 0) describeContainers(out, init, { title: "Init Containers", space: "  " });
  describeContainers(out, spec?.containers ?? [], { title: "Containers", space: "  " });
  describeVolumes(out, spec?.volumes ?? [], "  ");
  describeSpread(out, spec?.topologySpreadConstraints ?? [], "  ");
  if ((spec?.priorityClassName ?? "") !== "") out.line(1, `Priority Class Name:\t${spec?.priorityClassName}`);
  out.labels("  Node-Selectors", spec?.nodeSelector);
  out.multiline("  Tolerations", tolerationTexts(spec?.tolerations ?? []));
}

export function describeSpread(
  out: DescribeWriter,
  constraints: readonly TopologySpreadConstraint[],
  space: string,
): void {
  if (constraints.length === 0) return;
  const texts = constraints
    .map((entry) => {
      const selector = entry.labelSelector == null ? "" : ` for selector ${formatLabelSelector(entry.labelSelector)}`;
      return `${entry.topologyKey}:${entry.whenUnsatisfiable} when max skew ${entry.maxSkew} is exceeded${selector}`;
    })
    .sort();
  out.multiline(`${space}Topology Spread Constraints`, texts);
}

/** Sorted by key. */
export function tolerationTexts(tolerations: readonly Toleration[]): string[] {
  const sorted = [...tolerations].sort((a, b) =>
    (a.key ?? "") < (b.key ?? "") ? -1 : (a.key ?? "") > (b.key ?? "") ? 1 : 0,
  );
  return sorted.map((entry) => {
    const value = (entry.value ?? "") === "" ? "" : `=${entry.value}`;
    const effect = (entry.effect ?? "") === "" ? "" : `:${entry.effect}`;
    const operator =
      entry.operator === "Exists" && (entry.value ?? "") === ""
        ? (entry.key ?? "") === "" && (entry.effect ?? "") === ""
          ? "op=Exists"
          : " op=Exists"
        : "";
    const seconds = entry.tolerationSeconds == null ? "" : ` for ${entry.tolerationSeconds}s`;
    return `${entry.key ?? ""}${value}${effect}${operator}${seconds}`;
  });
}
