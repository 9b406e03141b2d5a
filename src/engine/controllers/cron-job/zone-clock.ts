/** Wall clocks of time zones. Upstream: Go's time.Location, time.Date and time.Time.In. */
import { MINUTE, SECOND } from "../../base/time.ts";

/** Offsets change at quarters of an hour at most. */
const QUARTER = 15 * MINUTE;
const MOST_CACHED = 4000;
const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();

/** Milliseconds that the zone's clock is ahead of UTC at an instant. */
export function offsetAt(zone: string, ms: number): number {
  if (zone === "UTC" || zone === "") return 0;
  const quarter = Math.floor(ms / QUARTER);
  const key = `${zone} ${quarter}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    offset = computeOffset(zone, quarter * QUARTER);
    if (offsets.size >= MOST_CACHED) offsets.clear();
    offsets.set(key, offset);
  }
  return offset;
}

function computeOffset(zone: string, ms: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    const numeric = "numeric";
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    });
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return wall - ms;
}

/** Months from 0 (January), days from 1, weekdays from 0 (Sunday). */
export interface WallTime {
  year: number;
  month: number;
  day: number;
  weekday: number;
  hour: number;
  minute: number;
}

export function wallTime(zone: string, ms: number): WallTime {
  const wall = new Date(ms + offsetAt(zone, ms));
  return {
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth(),
    day: wall.getUTCDate(),
    weekday: wall.getUTCDay(),
    hour: wall.getUTCHours(),
    minute: wall.getUTCMinutes(),
  };
}

/** The instant at which the clock shows so; fields may overflow. A time that is skipped or comes twice is one of its neighbours. */
export function instantOf(
  zone: string,
  { year, month, day, hour = 0, minute = 0 }: Pick<WallTime, "year" | "month" | "day"> & Partial<WallTime>,
): number {
  const wall = Date.UTC(year, month, day, hour, minute);
  const guess = wall - offsetAt(zone, wall);
  return wall - offsetAt(zone, guess);
}

/** RFC 3339 with the zone's offset: `2016-05-19T06:00:00-04:00`, or `…Z`. */
export function formatInZone(zone: string, ms: number): string {
  const offset = offsetAt(zone, ms);
  const text = new Date(Math.floor((ms + offset) / SECOND) * SECOND).toISOString().slice(0, 19);
  if (offset === 0) return `${text}Z`;
  const minutes = Math.abs(offset) / MINUTE;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  return `${text}${offset < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}
