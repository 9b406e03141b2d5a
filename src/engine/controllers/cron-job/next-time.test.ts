import { describe, expect, it } from "vitest";
import { parseCronSchedule } from "../../api/batch/cron-schedule.ts";
import { nextTime } from "./next-time.ts";
import { formatInZone } from "./zone-clock.ts";

function next(schedule: string, after: string, zone = "UTC"): string {
  const time = nextTime(parseCronSchedule(schedule), Date.parse(after), zone);
  return time === undefined ? "never" : formatInZone(zone, time);
}

describe("the next time of a schedule", () => {
  it.each([
    ["*/15 * * * *", "2012-07-09T14:45:00Z", "2012-07-09T15:00:00Z"],
    ["*/15 * * * *", "2012-07-09T14:59:59Z", "2012-07-09T15:00:00Z"],
    ["20-35/15 * * * *", "2012-07-09T23:46:00Z", "2012-07-10T00:20:00Z"],
    ["0 0 9 Apr-Oct ?", "2012-07-09T23:35:00Z", "2012-08-09T00:00:00Z"],
    ["0 0 * Feb Mon", "2012-07-09T23:35:00Z", "2013-02-04T00:00:00Z"],
    ["0 0 29 Feb ?", "2012-07-09T23:35:00Z", "2016-02-29T00:00:00Z"],
    ["0 0 1 * 1", "2026-01-02T00:00:00Z", "2026-01-05T00:00:00Z"],
    ["@every 90s", "2026-01-01T00:00:00Z", "2026-01-01T00:01:30Z"],
    ["59 23 31 2 *", "2026-01-01T00:00:00Z", "never"],
  ])("%s after %s is %s", (schedule, after, expected) => {
    expect(next(schedule, after)).toBe(expected);
  });

  it("is left out where the clock skips it, and keeps the wall clock after", () => {
    const zone = "America/New_York";
    expect(next("30 2 11 Mar ?", "2012-03-11T05:00:00Z", zone)).toBe("2013-03-11T02:30:00-04:00");
    expect(next("0 * * * ?", "2012-03-11T06:00:00Z", zone)).toBe("2012-03-11T03:00:00-04:00");
    expect(next("0 0 * * ?", "2012-03-11T05:00:00Z", zone)).toBe("2012-03-12T00:00:00-04:00");
  });

  it("comes twice where the clock goes back", () => {
    const zone = "America/New_York";
    expect(next("0 * * * ?", "2012-11-04T05:00:00Z", zone)).toBe("2012-11-04T01:00:00-05:00");
    expect(next("30 1 4 Nov ?", "2012-11-04T05:30:00Z", zone)).toBe("2012-11-04T01:30:00-05:00");
  });
});
