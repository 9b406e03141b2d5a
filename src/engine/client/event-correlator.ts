/**
 * Decides what becomes of an event about to be written: a new Event, a higher count on one that exists, a line that
 * stands for many similar ones, or nothing. Upstream: client-go tools/record/events_cache.go.
 * What is known lies under the object that events are about, not under texts that name everything.
 */
import type { ObjectReference } from "../api/generated/types.ts";

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

/** Events about one object with one type and reason. A chain and exact lists: most have one of each, in thousands. */
interface Group {
  readonly type: string;
  readonly reason: string;
  last: number;
  /** The different messages within the window; most groups have one only. */
  messages: string[];
  lines: Line[];
  readonly next: Group | undefined;
}

interface Subject {
  readonly key: string;
  left: number;
  at: number;
  groups: Group | undefined;
}

export class EventCorrelator {
  private readonly subjects = new Map<string, Subject>();
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
      if (this.subjects.size >= CACHE_SIZE) {
        for (const oldest of this.subjects.keys()) {
          this.subjects.delete(oldest);
          break;
        }
      }
    } else this.subjects.delete(key);
    this.subjects.set(key, subject);
    this.newest = subject;
    return subject;
  }
}

/** Stands for an empty list; never added to. */
const NONE: never[] = [];

function groupOf(subject: Subject, { type, reason }: EventFacts, now: number): Group {
  for (let group = subject.groups; group !== undefined; group = group.next) {
    if (group.reason === reason && group.type === type) return group;
  }
  subject.groups = { type, reason, last: now, messages: NONE, lines: NONE, next: subject.groups };
  return subject.groups;
}

function lineOf(group: Group, message: string | undefined, fieldPath: string | undefined): Line {
  for (const line of group.lines) if (line.message === message && line.fieldPath === fieldPath) return line;
  const line: Line = { name: "", count: 0, message, fieldPath };
  if (group.lines.length === 0) group.lines = [line];
  else group.lines.push(line);
  if (group.lines.length > MAX_WRITTEN) group.lines.shift();
  return line;
}

function combine(group: Group, message: string, now: number): boolean {
  if (now - group.last > SIMILAR_WINDOW_MS) group.messages = NONE;
  group.last = now;
  if (group.messages.length === 0) group.messages = [message];
  else if (!group.messages.includes(message)) group.messages.push(message);
  if (group.messages.length < MAX_SIMILAR) return false;
  group.messages.splice(group.messages.indexOf(message), 1);
  return true;
}

function takeToken(subject: Subject, now: number): boolean {
  subject.left = Math.min(SPAM_BURST, subject.left + (now - subject.at) / SPAM_REFILL_MS);
  subject.at = now;
  if (subject.left < 1) return false;
  subject.left--;
  return true;
}
