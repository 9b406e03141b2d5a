/**
 * Decides what becomes of an event about to be written: a new Event, a higher count on one that exists, a line that
 * stands for many similar ones, or nothing. Upstream: client-go tools/record/events_cache.go.
 */
import type { ObjectReference } from "../api/generated/types.ts";

/** Similar events (same source, object, type and reason) with so many different messages become one. */
const MAX_SIMILAR = 10;
const SIMILAR_WINDOW_MS = 600_000;
/** One source may write so many events about one object at once, then one each five minutes. */
const SPAM_BURST = 25;
const SPAM_REFILL_MS = 300_000;
const CACHE_SIZE = 4096;

export interface EventFacts {
  about: ObjectReference;
  type: string;
  reason: string;
  message: string;
}

/** What is known of an Event that was written before. */
export interface WrittenEvent {
  readonly name: string;
  count: number;
}

export interface Correlated {
  message: string;
  /** Under which the written event is remembered. */
  key: string;
  /** The event to count up; absent: write a new one. */
  written: WrittenEvent | undefined;
}

/** Forgets the entry that was set longest ago once it is full. */
class RecentMap<V> extends Map<string, V> {
  override set(key: string, value: V): this {
    this.delete(key);
    super.set(key, value);
    if (this.size > CACHE_SIZE) {
      for (const oldest of this.keys()) {
        this.delete(oldest);
        break;
      }
    }
    return this;
  }
}

export class EventCorrelator {
  private readonly similar = new RecentMap<{ last: number; messages: Set<string> }>();
  private readonly written = new RecentMap<WrittenEvent>();
  private readonly tokens = new RecentMap<{ left: number; at: number }>();

  /** undefined: drop the event. */
  correlate(event: EventFacts, now: number): Correlated | undefined {
    const { about, type, reason } = event;
    const object = [about.kind, about.namespace, about.name, about.uid, about.apiVersion].join("/");
    const group = [object, type, reason].join("|");
    const combined = this.combine(group, event.message, now);
    const message = combined ? `(combined from similar events): ${event.message}` : event.message;
    const key = combined ? group : [group, about.fieldPath, event.message].join("|");
    const written = this.written.get(key);
    if (written !== undefined) written.count++;
    return this.takeToken(object, now) ? { message, key, written } : undefined;
  }

  /** Remembers that the event of `key` now exists as `name`. */
  remember(key: string, name: string): void {
    this.written.set(key, { name, count: 1 });
  }

  private combine(group: string, message: string, now: number): boolean {
    let record = this.similar.get(group);
    if (record === undefined || now - record.last > SIMILAR_WINDOW_MS) record = { last: now, messages: new Set() };
    record.last = now;
    record.messages.add(message);
    this.similar.set(group, record);
    if (record.messages.size < MAX_SIMILAR) return false;
    record.messages.delete(message);
    return true;
  }

  private takeToken(object: string, now: number): boolean {
    const bucket = this.tokens.get(object) ?? { left: SPAM_BURST, at: now };
    bucket.left = Math.min(SPAM_BURST, bucket.left + (now - bucket.at) / SPAM_REFILL_MS);
    bucket.at = now;
    this.tokens.set(object, bucket);
    if (bucket.left < 1) return false;
    bucket.left--;
    return true;
  }
}
