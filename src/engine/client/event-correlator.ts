/**
 * Decides what becomes of an event about to be written: a new Event, a higher count on one that exists, a line that
 * stands for many similar ones, or nothing. Upstream: client-go tools/record/events_cache.go.
 * What is known lies under the object that events are about, not under texts that name everything.
 */
import type { ObjectReference } from "../api/generated/types.ts";
import { LruMap } from "../base/lru-map.ts";

/** Similar events (same source, object, type and reason) with so many different messages become one. */
const MAX_SIMILAR = 10;
const SIMILAR_WINDOW_MS = 600_000;
/** One source may write so many events about one object at once, then one each five minutes. */
const SPAM_BURST = 25;
const SPAM_REFILL_MS = 300_000;
/** Objects remembered; the one that was told of longest ago is forgotten first. */
const CACHE_SIZE = 4096;
/** Messages remembered of one reason, the oldest forgotten first. */
const MAX_WRITTEN = 64;

export interface EventFacts {
  about: ObjectReference;
  type: string;
  reason: string;
  message: string;
}

/** What is known of an Event that was written before; `name` is "" until one was. */
export interface WrittenEvent {
  name: string;
  count: number;
}

export interface Correlated {
  message: string;
  /** The event to count up, or the place for the name of the new one. */
  written: WrittenEvent;
  isNew: boolean;
}

interface Line extends WrittenEvent {
  /** undefined for the line that stands for many. */
  readonly message: string | undefined;
  readonly fieldPath: string | undefined;
}

/**
 * Events about one object with one type and reason. It is its own first line: most groups have no other, and there are
 * thousands of them.
 */
interface Group extends Line {
  readonly message: string;
  readonly type: string;
  readonly reason: string;
  last: number;
  /** Absent while there was only the first line's event. */
  more: Several | undefined;
  readonly next: Group | undefined;
}

interface Several {
  /** The different messages within the window. */
  messages: string[];
  /** The group itself among them, unless it was forgotten. */
  readonly lines: Line[];
}

interface Subject {
  readonly key: string;
  left: number;
  at: number;
  groups: Group | undefined;
}

export class EventCorrelator {
  private readonly subjects = new LruMap<string, Subject>(CACHE_SIZE);
  private newest: Subject | undefined;

  /** undefined: drop the event. */
  correlate(event: EventFacts, now: number): Correlated | undefined {
    const subject = this.subjectOf(event.about, now);
    const group = groupOf(subject, event, now);
    const combined = combine(group, event.message, now);
    const message = combined ? `(combined from similar events): ${event.message}` : event.message;
    const written = combined
      ? lineOf(group, undefined, undefined)
      : lineOf(group, event.message, event.about.fieldPath);
    const isNew = written.name === "";
    if (!isNew) written.count++;
    return takeToken(subject, now) ? { message, written, isNew } : undefined;
  }

  private subjectOf({ uid, kind, namespace, name, apiVersion }: ObjectReference, now: number): Subject {
    const key = uid === undefined || uid === "" ? `${apiVersion}/${kind}/${namespace}/${name}` : uid;
    if (this.newest?.key === key) return this.newest;
    let subject = this.subjects.get(key);
    if (subject === undefined) {
      subject = { key, left: SPAM_BURST, at: now, groups: undefined };
      this.subjects.set(key, subject);
    }
    this.newest = subject;
    return subject;
  }
}

function groupOf(subject: Subject, { type, reason, message, about }: EventFacts, now: number): Group {
  for (let group = subject.groups; group !== undefined; group = group.next) {
    if (group.reason === reason && group.type === type) return group;
  }
  const { fieldPath } = about;
  const { groups: next } = subject;
  subject.groups = { name: "", count: 0, message, fieldPath, type, reason, last: now, more: undefined, next };
  return subject.groups;
}

function severalOf(group: Group): Several {
  return (group.more ??= { messages: [group.message], lines: [group] });
}

function lineOf(group: Group, message: string | undefined, fieldPath: string | undefined): Line {
  if (group.more === undefined && group.message === message && group.fieldPath === fieldPath) return group;
  const { lines } = severalOf(group);
  for (const line of lines) if (line.message === message && line.fieldPath === fieldPath) return line;
  const line: Line = { name: "", count: 0, message, fieldPath };
  lines.push(line);
  if (lines.length > MAX_WRITTEN) lines.shift();
  return line;
}

function combine(group: Group, message: string, now: number): boolean {
  const isOver = now - group.last > SIMILAR_WINDOW_MS;
  group.last = now;
  if (group.more === undefined && message === group.message) return false;
  const several = severalOf(group);
  if (isOver) several.messages = [];
  const { messages } = several;
  if (!messages.includes(message)) messages.push(message);
  if (messages.length < MAX_SIMILAR) return false;
  messages.splice(messages.indexOf(message), 1);
  return true;
}

function takeToken(subject: Subject, now: number): boolean {
  subject.left = Math.min(SPAM_BURST, subject.left + (now - subject.at) / SPAM_REFILL_MS);
  subject.at = now;
  if (subject.left < 1) return false;
  subject.left--;
  return true;
}
