import { describe, expect, it } from "vitest";
import { parseCronSchedule } from "./cron-schedule.ts";

function values(bits: bigint): number[] {
  return Array.from({ length: 60 }, (_, value) => value).filter((value) => (bits >> BigInt(value)) & 1n);
}

function problem(text: string): string {
  try {
    parseCronSchedule(text);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("cron schedules", () => {
  it("are five fields of values, ranges and steps", () => {
    const { fields, ...rest } = parseCronSchedule("*/20 9-11,22 1/10 FEB,dec ?");
    expect(rest).toEqual({});
    expect(fields).toBeDefined();
    if (fields === undefined) return;
    expect(values(fields.minute)).toEqual([0, 20, 40]);
    expect(values(fields.hour)).toEqual([9, 10, 11, 22]);
    expect(values(fields.dayOfMonth)).toEqual([1, 11, 21, 31]);
    expect(values(fields.month)).toEqual([2, 12]);
    expect(values(fields.dayOfWeek)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect([fields.anyDayOfMonth, fields.anyDayOfWeek]).toEqual([false, true]);
  });

  it("may be a word or an interval", () => {
    expect(parseCronSchedule("@daily")).toEqual(parseCronSchedule("0 0 * * *"));
    expect(parseCronSchedule("@every 1h30m")).toEqual({ interval: 90 * 60_000 });
    expect(parseCronSchedule("@every 10ms")).toEqual({ interval: 1000 });
    expect(parseCronSchedule("TZ=Europe/Berlin @hourly").timeZone).toBe("Europe/Berlin");
  });

  it.each([
    ["", "empty spec string"],
    ["* * * *", "expected exactly 5 fields, found 4: [* * * *]"],
    ["0 0 * * 7", "end of range (7) above maximum (6): 7"],
    ["0 24 * * *", "end of range (24) above maximum (23): 24"],
    ["0 0 0 * *", "beginning of range (0) below minimum (1): 0"],
    ["9-5 * * * *", "beginning of range (9) beyond end of range (5): 9-5"],
    ["1-2-3 * * * *", "too many hyphens: 1-2-3"],
    ["1/2/3 * * * *", "too many slashes: 1/2/3"],
    ["*/0 * * * *", "step of range should be a positive number: */0"],
    ["x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ["@often", "unrecognized descriptor: @often"],
    ["@every soon", 'failed to parse duration @every soon: time: invalid duration "soon"'],
    ["@every 5", 'failed to parse duration @every 5: time: missing unit in duration "5"'],
    ["@every 5d", 'failed to parse duration @every 5d: time: unknown unit "d" in duration "5d"'],
    ["CRON_TZ=Mars/Base 0 0 * * *", "provided bad location Mars/Base: unknown time zone Mars/Base"],
  ])("%s: %s", (text, message) => {
    expect(problem(text)).toBe(message);
  });
});
