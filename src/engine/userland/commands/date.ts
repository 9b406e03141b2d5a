import { capabilitiesIn } from "../../runtime/containers/capabilities.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
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
  -r FILE    the last modification time of FILE
  -s STRING  set the time described by STRING`,
  options: {
    flags: "uR",
    values: "drs",
    long: {
      "date=": "d",
      utc: "u",
      universal: "u",
      "rfc-email": "R",
      "iso-8601=?": "I",
      "reference=": "r",
      "set=": "s",
      "rfc-3339=": "rfc",
    },
  },
  *run(io) {
    let now = io.ctx.now();
    const text = io.value("s") ?? io.value("d");
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
    const problem = io.has("s") ? whyNotSet(io) : undefined;
    if (problem !== undefined) yield* io.complain(problem);
    yield* io.out(`${formatDate(now, format)}\n`);
    return problem === undefined ? 0 : 1;
  },
});

/** **Simplified:** nobody sets the clock, also who may: all machines have the simulation's. */
function whyNotSet({ ctx, flavour }: CommandIo): string {
  const status = "/proc/self/status";
  const [, mask] = /^CapEff:\s*(\w+)$/m.exec(ctx.fs.exists(status) ? ctx.fs.readFile(status) : "") ?? [];
  const may = mask === undefined ? ctx.user.uid === 0 : capabilitiesIn(mask).includes("SYS_TIME");
  if (may) return "setting the clock is not simulated: all machines have the simulation's";
  return `${flavour === "busybox" ? "can't" : "cannot"} set date: Operation not permitted`;
}

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

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

/** `19 apr 2012` at the beginning as `2012-04-19`. */
function withIsoDay(text: string): string {
  return text.replace(/^(\d{1,2})[ -]([a-z]{3})[a-z]*[ -](\d{4})/, (all, day: string, month: string, year: string) => {
    const at = MONTHS.indexOf(month) + 1;
    return at === 0 ? all : `${year}-${String(at).padStart(2, "0")}-${day.padStart(2, "0")}`;
  });
}

/** What -d takes: @seconds, ISO dates, `19 APR 2012`, now, today, yesterday, tomorrow, `3 days ago`, `+2 hours`. */
function parseDate(text: string, now: number): number | undefined {
  const trimmed = withIsoDay(text.trim().toLowerCase());
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
