/**
 * Cron schedules as Kubernetes reads them: five fields or a descriptor, with the parser's own complaints.
 * Upstream: ParseStandard of github.com/robfig/cron/v3 (parser.go, spec.go).
 */
import { parseGoDuration } from "../../base/go-duration.ts";
import { isTimeZone } from "../meta/time-zone.ts";

/** Bit n of a field is set iff the schedule is due at the value n. */
export interface CronFields {
  minute: bigint;
  hour: bigint;
  dayOfMonth: bigint;
  month: bigint;
  dayOfWeek: bigint;
  /** True for `*` and `?`: the day has to fit the other of the two fields alone. */
  anyDayOfMonth: boolean;
  anyDayOfWeek: boolean;
}

export interface CronSchedule {
  /** Set iff the schedule isn't a fixed interval. */
  fields?: CronFields;
  /** `@every 5m`: milliseconds, at least a second. */
  interval?: number;
  /** `TZ=…` before the fields. */
  timeZone?: string;
}

/** A schedule that can't be read; the message is upstream's. */
export class CronError extends Error {}

interface Bounds {
  min: number;
  max: number;
  names?: readonly string[];
}

const MINUTES: Bounds = { min: 0, max: 59 };
const HOURS: Bounds = { min: 0, max: 23 };
const DAYS: Bounds = { min: 1, max: 31 };
const MONTHS: Bounds = {
  min: 1,
  max: 12,
  names: ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAYS: Bounds = { min: 0, max: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

const DESCRIPTORS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** Throws a `CronError`. */
export function parseCronSchedule(text: string): CronSchedule {
  if (text === "") throw new CronError("empty spec string");
  const zoned = /^(?:CRON_)?TZ=([^ ]*)( .*)?$/s.exec(text);
  if (zoned === null) return parseFields(text);
  const [, timeZone = "", rest = ""] = zoned;
  if (timeZone !== "" && !isTimeZone(timeZone)) {
    throw new CronError(`provided bad location ${timeZone}: unknown time zone ${timeZone}`);
  }
  return { ...parseFields(rest.trim()), timeZone: timeZone || "UTC" };
}

function parseFields(text: string): CronSchedule {
  if (text.startsWith("@")) return parseDescriptor(text);
  const parts = text.split(/\s+/).filter((part) => part !== "");
  if (parts.length !== 5) {
    throw new CronError(`expected exactly 5 fields, found ${parts.length}: [${parts.join(" ")}]`);
  }
  const [minute, hour, day, month, weekday] = parts as [string, string, string, string, string];
  // In this order: the first complaint is the only one.
  const minutes = parseField(minute, MINUTES);
  const hours = parseField(hour, HOURS);
  const days = parseField(day, DAYS);
  const months = parseField(month, MONTHS);
  const weekdays = parseField(weekday, WEEKDAYS);
  const fields = {
    minute: minutes.bits,
    hour: hours.bits,
    dayOfMonth: days.bits,
    month: months.bits,
    dayOfWeek: weekdays.bits,
    anyDayOfMonth: days.any,
    anyDayOfWeek: weekdays.any,
  };
  return { fields };
}

function parseDescriptor(text: string): CronSchedule {
  const fields = Object.hasOwn(DESCRIPTORS, text) ? DESCRIPTORS[text] : undefined;
  if (fields !== undefined) return parseFields(fields);
  const every = "@every ";
  if (!text.startsWith(every)) throw new CronError(`unrecognized descriptor: ${text}`);
  const interval = parseGoDuration(text.slice(every.length));
  if (typeof interval !== "number") throw new CronError(`failed to parse duration ${text}: ${interval.problem}`);
  return { interval: Math.max(1000, Math.trunc(interval / 1000) * 1000) };
}

interface Field {
  bits: bigint;
  any: boolean;
}

/** `1,2,5-10/2` */
function parseField(text: string, bounds: Bounds): Field {
  const field: Field = { bits: 0n, any: false };
  for (const part of text.split(",")) {
    if (part === "") continue;
    const range = parseRange(part, bounds);
    field.bits |= range.bits;
    field.any ||= range.any;
  }
  return field;
}

/** `*`, `5`, `5-10`, `5-10/2`, `5/2` (from 5 to the end). */
function parseRange(text: string, bounds: Bounds): Field {
  const [range = "", stepText, ...slashes] = text.split("/");
  const [low = "", high, ...hyphens] = range.split("-");
  let any = low === "*" || low === "?";
  let start = bounds.min;
  let end = bounds.max;
  if (!any) {
    start = parseValue(low, bounds);
    end = high === undefined ? start : parseValue(high, bounds);
    if (hyphens.length > 0) throw new CronError(`too many hyphens: ${text}`);
  }
  let step = 1;
  if (slashes.length > 0) throw new CronError(`too many slashes: ${text}`);
  if (stepText !== undefined) {
    step = parseNumber(stepText);
    if (high === undefined) end = bounds.max;
    if (step > 1) any = false;
  }
  if (start < bounds.min) {
    throw new CronError(`beginning of range (${start}) below minimum (${bounds.min}): ${text}`);
  }
  if (end > bounds.max) throw new CronError(`end of range (${end}) above maximum (${bounds.max}): ${text}`);
  if (start > end) throw new CronError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`);
  let bits = 0n;
  for (let value = start; value <= end; value += step) bits |= 1n << BigInt(value);
  return { bits, any };
}

function parseValue(text: string, { names }: Bounds): number {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  return named >= 0 && text !== "" ? named : parseNumber(text);
}

function parseNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    const quoted = JSON.stringify(text);
    throw new CronError(`failed to parse int from ${text}: strconv.Atoi: parsing ${quoted}: invalid syntax`);
  }
  const value = Number(text);
  if (value < 0) throw new CronError(`negative number (${value}) not allowed: ${text}`);
  return value;
}
