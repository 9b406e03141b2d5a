import { defineCommand } from "../command.ts";
import { formatDate } from "../date-format.ts";

export const date = defineCommand({
  name: "date",
  usage: `
Usage: date [OPTION]... [+FORMAT]
Display the current time in the given FORMAT. The clock is the simulation's, in UTC.

  -d STRING  display the time described by STRING
  -u         UTC
  -R         RFC 5322
  -I[FMT]    ISO 8601: 'date' (default), 'hours', 'minutes', 'seconds'
  -r FILE    the last modification time of FILE`,
  options: {
    flags: "uR",
    values: "dr",
    long: {
      "date=": "d",
      utc: "u",
      universal: "u",
      "rfc-email": "R",
      "iso-8601=?": "I",
      "reference=": "r",
      "rfc-3339=": "rfc",
    },
  },
  *run(io) {
    let now = io.ctx.now();
    const text = io.value("d");
    if (text !== undefined) {
      const parsed = parseDate(text, now);
      if (parsed === undefined) {
        yield* io.complain(`invalid date '${text}'`);
        return 1;
      }
      now = parsed;
    }
    const reference = io.value("r");
    if (reference !== undefined) {
      try {
        now = io.ctx.fs.stat(io.path(reference)).mtime;
      } catch (error) {
        yield* io.failed(reference, error);
        return 1;
      }
    }
    const [operand] = io.operands;
    if (operand !== undefined && !operand.startsWith("+")) {
      yield* io.complain(`invalid date '${operand}'`);
      return 1;
    }
    const iso: Readonly<Record<string, string>> = {
      "": "%F",
      date: "%F",
      hours: "%FT%H%:z",
      minutes: "%FT%R%:z",
      seconds: "%FT%T%:z",
    };
    let format = "%a %b %e %H:%M:%S UTC %Y";
    if (operand !== undefined) format = operand.slice(1);
    else if (io.has("R")) format = "%a, %d %b %Y %H:%M:%S %z";
    else if (io.has("I")) format = iso[io.value("I") ?? ""] ?? "%F";
    else if (io.has("rfc")) format = io.value("rfc") === "date" ? "%F" : "%F %T%:z";
    yield* io.out(`${formatDate(now, format)}\n`);
    return 0;
  },
});

const UNITS: Readonly<Record<string, number>> = {
  sec: 1000,
  second: 1000,
  min: 60_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  fortnight: 1_209_600_000,
};

/** What -d takes: @seconds, ISO dates, now, today, yesterday, tomorrow, `3 days ago`, `+2 hours`. */
function parseDate(text: string, now: number): number | undefined {
  const trimmed = text.trim().toLowerCase();
  const epoch = /^@(-?\d+(?:\.\d+)?)$/.exec(trimmed);
  if (epoch !== null) return Number(epoch[1]) * 1000;
  let base = now;
  let rest = trimmed;
  const absolute = /^(\d{4}-\d\d-\d\d)(?:[t ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?\s*(z|utc|[+-]\d\d:?\d\d)?/.exec(trimmed);
  if (absolute !== null) {
    const zone = absolute[3] === undefined || absolute[3] === "utc" ? "Z" : absolute[3].toUpperCase();
    base = Date.parse(`${absolute[1]}T${absolute[2] ?? "00:00"}${zone}`);
    if (Number.isNaN(base)) return undefined;
    rest = trimmed.slice(absolute[0].length);
  }
  for (const [all, sign, count, unit, ago, word] of rest.matchAll(
    /\s*(?:([+-])?\s*(\d+)\s*([a-z]+?)s?(?:\s+(ago))?(?![a-z])|([a-z]+))/g,
  )) {
    if (all.trim() === "") continue;
    if (word === "now" || word === "today") continue;
    if (word === "yesterday" || word === "tomorrow") {
      base += word === "tomorrow" ? 86_400_000 : -86_400_000;
      continue;
    }
    if (count === undefined) return undefined;
    const amount = Number(count) * (sign === "-" ? -1 : 1) * (ago === undefined ? 1 : -1);
    if (unit === "month" || unit === "year") {
      const date = new Date(base);
      if (unit === "month") date.setUTCMonth(date.getUTCMonth() + amount);
      else date.setUTCFullYear(date.getUTCFullYear() + amount);
      base = date.getTime();
    } else if (UNITS[unit ?? ""] !== undefined) base += amount * (UNITS[unit as string] as number);
    else return undefined;
  }
  if (absolute === null && rest !== "" && !/^[\s\w+-]*$/.test(rest)) return undefined;
  return base;
}
