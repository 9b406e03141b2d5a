/** When a cron schedule is due next. Upstream: SpecSchedule.Next and ConstantDelaySchedule.Next of github.com/robfig/cron/v3. */
import type { CronFields, CronSchedule } from "../../api/batch/cron-schedule.ts";
import { HOUR, MINUTE, SECOND } from "../../base/time.ts";
import { instantOf, wallTime } from "./zone-clock.ts";
import type { WallTime } from "./zone-clock.ts";

/** A schedule that isn't due within so many years never is (`59 23 31 2 *`). */
const YEARS = 5;

/** The first instant after `after`, in `zone` unless the schedule names one; undefined: never. */
export function nextTime(schedule: CronSchedule, after: number, zone = "UTC"): number | undefined {
  const { fields, interval, timeZone = zone } = schedule;
  if (interval !== undefined) return Math.floor(after / SECOND) * SECOND + interval;
  if (fields === undefined) return undefined;
  let time = Math.floor(after / MINUTE) * MINUTE + MINUTE;
  const lastYear = wallTime(timeZone, time).year + YEARS;
  for (;;) {
    const wall = wallTime(timeZone, time);
    if (wall.year > lastYear) return undefined;
    const later = skip(fields, wall, { time, zone: timeZone });
    if (later === undefined) return time;
    time = later;
  }
}

/** To the next month, day, hour or minute when that isn't the schedule's; undefined: it is due. */
function skip(fields: CronFields, wall: WallTime, { time, zone }: { time: number; zone: string }): number | undefined {
  const { year, month, day, hour, minute } = wall;
  if (!has(fields.month, month + 1)) return later(time, instantOf(zone, { year, month: month + 1, day: 1 }));
  if (!isDay(fields, wall)) return later(time, startOfDay(zone, { year, month, day: day + 1 }));
  // An hour of the clock that is skipped or comes twice is an hour all the same.
  if (!has(fields.hour, hour)) return time - minute * MINUTE + HOUR;
  return has(fields.minute, minute) ? undefined : time + MINUTE;
}

/** Where midnight is skipped, the day begins at one. */
function startOfDay(zone: string, date: Pick<WallTime, "year" | "month" | "day">): number {
  const midnight = instantOf(zone, date);
  const { hour } = wallTime(zone, midnight);
  return hour > 12 ? midnight + (24 - hour) * HOUR : midnight;
}

/** A change of the clock must not lead back. */
function later(time: number, next: number): number {
  return next > time ? next : time + HOUR;
}

function isDay(
  { dayOfMonth, dayOfWeek, anyDayOfMonth, anyDayOfWeek }: CronFields,
  { day, weekday }: WallTime,
): boolean {
  const ofMonth = has(dayOfMonth, day);
  const ofWeek = has(dayOfWeek, weekday);
  return anyDayOfMonth || anyDayOfWeek ? ofMonth && ofWeek : ofMonth || ofWeek;
}

function has(bits: bigint, value: number): boolean {
  return (bits & (1n << BigInt(value))) !== 0n;
}
