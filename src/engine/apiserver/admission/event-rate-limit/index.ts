/**
 * Events are let in so many at a time. Upstream: plugin/pkg/admission/eventratelimit.
 *
 * The buckets belong to the limits that a server was configured with: a server that starts begins with full ones.
 */
import type { Event } from "../../../api/generated/types.ts";
import type { KubeObject } from "../../../api/meta/object.ts";
import { StatusError } from "../../../api/meta/status-error.ts";
import { LruMap } from "../../../base/lru-map.ts";
import type { AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import type { EventLimit } from "./settings.ts";

interface Bucket {
  tokens: number;
  /** When `tokens` was right. */
  at: number;
}

const buckets = new WeakMap<EventLimit, LruMap<string, Bucket>>();

export const eventRateLimit: AdmissionPlugin = {
  name: "EventRateLimit",
  resources: ["events"],
  validate(object, attributes) {
    const { operation, request, context } = attributes;
    if (object === undefined || (operation !== "create" && operation !== "update")) return;
    if (request.options.dryRun === true) return;
    const problems = (context.settings.eventLimits ?? []).flatMap((limit) => {
      const key = keyOf(limit, object, attributes);
      return takes(limit, key, context.sim.now)
        ? []
        : [`limit reached on type ${limit.type} for key ${limit.type === "Server" ? "<nil>" : key}`];
    });
    if (problems.length === 0) return;
    const text = problems.length === 1 ? problems[0] : `[${problems.join(", ")}]`;
    throw new StatusError(429, "TooManyRequests", String(text));
  },
};

function keyOf({ type }: EventLimit, object: KubeObject, { request }: AdmissionRequest): string {
  switch (type) {
    case "Server":
      return "";
    case "Namespace":
      return request.namespace;
    case "User":
      return request.user.name;
    case "SourceAndObject": {
      const { source = {}, involvedObject: of = {} } = object as Event;
      return [source.component, source.host, of.kind, of.namespace, of.name, of.uid, of.apiVersion].join("");
    }
  }
}

/** Whether one more may come; if so it has. */
function takes(limit: EventLimit, key: string, now: number): boolean {
  const { qps, burst, cacheSize } = limit;
  let kept = buckets.get(limit);
  if (kept === undefined) buckets.set(limit, (kept = new LruMap(cacheSize)));
  const bucket = kept.get(key) ?? { tokens: burst, at: now };
  const tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * qps);
  const enough = tokens >= 1;
  kept.set(key, { tokens: enough ? tokens - 1 : tokens, at: now });
  return enough;
}
