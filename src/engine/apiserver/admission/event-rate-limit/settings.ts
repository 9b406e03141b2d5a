/** How many events are let in. Upstream: plugin/pkg/admission/eventratelimit/{config.go,apis/eventratelimit}. */
import { fieldErrorText, invalidValue, notSupported } from "../../../api/meta/field-error.ts";
import { isObject } from "../../../base/json.ts";

export const LIMIT_TYPES = ["Server", "Namespace", "User", "SourceAndObject"] as const;
export type LimitType = (typeof LIMIT_TYPES)[number];

export interface EventLimit {
  readonly type: LimitType;
  readonly qps: number;
  readonly burst: number;
  /** How many keys are remembered. */
  readonly cacheSize: number;
}

const USUAL_CACHE = 4096;

/** The limits, or what is wrong with them. */
export function eventRateLimits(
  fields: Readonly<Record<string, unknown>>,
): { eventLimits: readonly EventLimit[] } | string {
  const given = Array.isArray(fields["limits"]) ? fields["limits"].filter(isObject) : [];
  const problems = given.flatMap((limit, index) => {
    const at = `limits[${index}]`;
    const [burst, qps] = [Number(limit["burst"] ?? 0), Number(limit["qps"] ?? 0)];
    return [
      ...(LIMIT_TYPES.some((type) => type === limit["type"])
        ? []
        : [notSupported(`${at}.type`, limit["type"] ?? "", LIMIT_TYPES)]),
      ...(burst > 0 ? [] : [invalidValue(`${at}.burst`, burst, "must be positive")]),
      ...(qps > 0 ? [] : [invalidValue(`${at}.qps`, qps, "must be positive")]),
    ];
  });
  if (given.length === 0) problems.push(invalidValue("limits", null, "must not be empty"));
  if (problems.length > 0) {
    const texts = problems.map(fieldErrorText);
    return texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
  }
  return {
    eventLimits: given.map(({ type, qps, burst, cacheSize }) => ({
      type: type as LimitType,
      qps: Number(qps),
      burst: Number(burst),
      cacheSize: Number(cacheSize) > 0 ? Number(cacheSize) : USUAL_CACHE,
    })),
  };
}
