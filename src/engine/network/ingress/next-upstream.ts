/**
 * Whether a request that came to nothing at one endpoint goes on to another. Upstream: nginx' proxy_next_upstream,
 * proxy_next_upstream_tries and proxy_next_upstream_timeout, which the annotations and the ConfigMap's keys of these names set.
 */
import type { UpstreamTrouble } from "./access-log.ts";

export interface NextUpstream {
  /** `error`, `timeout`, `http_502`, `non_idempotent` …; `off` alone for never. */
  readonly conditions: ReadonlySet<string>;
  /** How many endpoints are asked at the most; 0: no limit. */
  readonly tries: number;
  /** For how long others are asked; 0: no limit. */
  readonly timeoutMs: number;
}

/** What may have had an effect when it was sent once is not sent again. */
const NOT_IDEMPOTENT: ReadonlySet<string> = new Set(["POST", "LOCK", "PATCH"]);
/** nginx' statuses for http_…. */
const STATUSES: ReadonlySet<number> = new Set([403, 404, 429, 500, 502, 503, 504]);

export function nextUpstream(conditions: string, tries: number, timeoutSeconds: number): NextUpstream {
  return { conditions: new Set(conditions.split(/\s+/)), tries, timeoutMs: timeoutSeconds * 1000 };
}

/** `tries` and `spentMs` so far; `outcome`: what went wrong, or the status that was answered. */
export function goesOn(
  { conditions, tries, timeoutMs }: NextUpstream,
  so: { method: string; tries: number; spentMs: number; outcome: UpstreamTrouble | number },
): boolean {
  const { outcome } = so;
  if (conditions.has("off") || (tries > 0 && so.tries >= tries)) return false;
  if (timeoutMs > 0 && so.spentMs >= timeoutMs) return false;
  const sent = typeof outcome === "number" || outcome === "silent" || outcome === "broken";
  if (sent && NOT_IDEMPOTENT.has(so.method) && !conditions.has("non_idempotent")) return false;
  if (typeof outcome === "number") return STATUSES.has(outcome) && conditions.has(`http_${outcome}`);
  return conditions.has(outcome === "silent" || outcome === "unconnected" ? "timeout" : "error");
}
