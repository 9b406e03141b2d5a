/** Requests and limits against the bounds of a LimitRange. Upstream: plugin/pkg/admission/limitranger/admission.go. */
import type { LimitRange, LimitRangeItem, PersistentVolumeClaim, PodSpec } from "../../../api/generated/types.ts";
import { podTotals } from "../../../api/core/pod/totals.ts";
import { compareQuantities, parseQuantity, quantityAsNumber } from "../../../api/meta/quantity.ts";

type Amounts = Readonly<Record<string, string>>;

interface Asked {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

const NOTHING: Amounts = {};

/** Complaints about a pod, defaults filled in already. */
export function podComplaints(spec: PodSpec, range: LimitRange): string[] {
  const complaints: string[] = [];
  for (const item of range.spec.limits) {
    if (item.type === "Container") {
      for (const { resources } of [...spec.containers, ...(spec.initContainers ?? [])]) {
        const { requests = NOTHING, limits = NOTHING } = resources ?? {};
        complaints.push(...itemComplaints(item, { requests, limits }));
      }
    } else if (item.type === "Pod") {
      complaints.push(
        ...itemComplaints(item, { requests: podTotals(spec, "requests"), limits: podTotals(spec, "limits") }),
      );
    }
  }
  return complaints;
}

/** Complaints about a claim: its request alone counts. */
export function claimComplaints(claim: PersistentVolumeClaim, range: LimitRange): string[] {
  const { requests = NOTHING } = claim.spec?.resources ?? {};
  return range.spec.limits.flatMap((item) => {
    if (item.type !== "PersistentVolumeClaim") return [];
    return [
      ...perResource(item.min, (name, bound) =>
        belowMinimum(bounded(item, name, bound), { requests, limits: NOTHING }),
      ),
      ...perResource(item.max, (name, bound) => {
        const { text } = bounded(item, name, bound);
        const request = requests[name];
        if (request === undefined) return `maximum ${text}.  No request is specified`;
        return above(request, bound) ? `maximum ${text}, but request is ${request}` : undefined;
      }),
    ];
  });
}

function itemComplaints(item: LimitRangeItem, asked: Asked): string[] {
  return [
    ...perResource(item.min, (name, bound) => belowMinimum(bounded(item, name, bound), asked)),
    ...perResource(item.max, (name, bound) => aboveMaximum(bounded(item, name, bound), asked)),
    ...perResource(item.maxLimitRequestRatio, (name, bound) => aboveRatio(bounded(item, name, bound), asked)),
  ];
}

interface Bound {
  readonly name: string;
  readonly bound: string;
  readonly type: string;
  /** `cpu usage per Container is 100m` */
  readonly text: string;
}

function bounded({ type }: LimitRangeItem, name: string, bound: string): Bound {
  return { name, bound, type, text: `${name} usage per ${type} is ${bound}` };
}

function belowMinimum({ name, bound, text }: Bound, { requests, limits }: Asked): string | undefined {
  const request = requests[name];
  const limit = limits[name];
  if (request === undefined) return `minimum ${text}.  No request is specified`;
  if (above(bound, request)) return `minimum ${text}, but request is ${request}`;
  return limit !== undefined && above(bound, limit) ? `minimum ${text}, but limit is ${limit}` : undefined;
}

function aboveMaximum({ name, bound, text }: Bound, { requests, limits }: Asked): string | undefined {
  const request = requests[name];
  const limit = limits[name];
  if (limit === undefined) return `maximum ${text}.  No limit is specified`;
  if (above(limit, bound)) return `maximum ${text}, but limit is ${limit}`;
  return request !== undefined && above(request, bound) ? `maximum ${text}, but request is ${request}` : undefined;
}

function aboveRatio({ name, bound, type }: Bound, { requests, limits }: Asked): string | undefined {
  const text = `${name} max limit to request ratio per ${type} is ${bound}`;
  const request = quantityAsNumber(requests[name] ?? "0");
  const limit = quantityAsNumber(limits[name] ?? "0");
  if (request === 0) return `${text}, but no request is specified or request is 0`;
  if (limit === 0) return `${text}, but no limit is specified or limit is 0`;
  const ratio = limit / request;
  return ratio > quantityAsNumber(bound) ? `${text}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}

function perResource(
  bounds: Amounts | undefined,
  check: (name: string, bound: string) => string | undefined,
): string[] {
  return Object.keys(bounds ?? NOTHING)
    .toSorted()
    .map((name) => check(name, (bounds ?? NOTHING)[name] as string))
    .filter((complaint) => complaint !== undefined);
}

function above(a: string, b: string): boolean {
  return compareQuantities(parseQuantity(a), parseQuantity(b)) > 0;
}
