/** The column Targets. Upstream: formatHPAMetrics in pkg/printers/internalversion/printers.go. */
import type { V2MetricSpec, V2MetricStatus, V2MetricTarget, V2MetricValueStatus } from "../generated/types.ts";
import { NONE } from "../meta/columns.ts";

const UNKNOWN = "<unknown>";
const MAX_SHOWN = 2;

/** `cpu: 45%/80%, 10/20 (avg) + 1 more...` */
export function formatMetrics(
  specs: readonly V2MetricSpec[] | undefined,
  statuses: readonly V2MetricStatus[] | undefined,
): string {
  if (specs === undefined || specs.length === 0) return NONE;
  const texts = specs.map((spec, index) => formatMetric(spec, statuses?.[index]));
  const shown = texts.slice(0, MAX_SHOWN).join(", ");
  return texts.length > MAX_SHOWN ? `${shown} + ${texts.length - MAX_SHOWN} more...` : shown;
}

function formatMetric(spec: V2MetricSpec, status: V2MetricStatus | undefined): string {
  switch (spec.type) {
    case "External":
      return formatAmount(spec.external?.target, status?.external?.current);
    case "Object":
      return formatAmount(spec.object?.target, status?.object?.current);
    case "Pods":
      return `${status?.pods?.current?.averageValue ?? UNKNOWN}/${spec.pods?.target?.averageValue ?? NONE}`;
    case "Resource":
      return formatUsage(spec.resource, status?.resource?.current);
    case "ContainerResource":
      return formatUsage(spec.containerResource, status?.containerResource?.current);
    default:
      return "<unknown type>";
  }
}

function formatAmount(target: V2MetricTarget | undefined, current: V2MetricValueStatus | undefined): string {
  return target?.averageValue === undefined
    ? `${current?.value ?? UNKNOWN}/${target?.value ?? NONE}`
    : `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
}

function formatUsage(
  source: { name: string; target: V2MetricTarget } | undefined,
  current: V2MetricValueStatus | undefined,
): string {
  const { name = "", target } = source ?? {};
  if (target?.averageValue !== undefined) return `${name}: ${current?.averageValue ?? UNKNOWN}/${target.averageValue}`;
  const percent = (value: number | undefined, otherwise: string): string =>
    value === undefined ? otherwise : `${value}%`;
  return `${name}: ${percent(current?.averageUtilization, UNKNOWN)}/${percent(target?.averageUtilization, "<auto>")}`;
}
