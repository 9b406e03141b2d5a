import type { Host } from "./host.ts";
import type { Awaitable } from "./host-platform.ts";
import type { DrydockWorker } from "./protocol.ts";

/** What needn't wait: it brings the world about, or ends that. */
const AT_ONCE: ReadonlySet<PropertyKey> = new Set<keyof DrydockWorker>(["boot", "drawn", "cancelReplay"]);
/** What the page says of itself while it is drawn: that waits too, but is no reason to fetch before the page is drawn. */
const PATIENT: ReadonlySet<PropertyKey> = new Set<keyof DrydockWorker>(["resize"]);

/**
 * The host as the page may call it: what comes while code is still being fetched waits, and is then done in its order.
 * The world stands meanwhile, so that it becomes the same whenever the code comes.
 */
export function whenWhole(host: Host): Awaitable<DrydockWorker> {
  return new Proxy(host, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      if (AT_ONCE.has(name) || target.rest.isHere) return member.bind(target) as unknown;
      return async (...args: unknown[]): Promise<unknown> => {
        if (!PATIENT.has(name)) target.rest.fetchAside();
        await target.rest.whole;
        return member.apply(target, args) as unknown;
      };
    },
  });
}
