import { describe, expect, it } from "vitest";
import { freeze } from "../../base/freeze.ts";
import type { CronJob, CronJobSpec } from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import { cronJobs } from "../registry.ts";

const META = { name: "hello", namespace: "default", uid: "u", resourceVersion: "1", creationTimestamp: "" };

function cronJob(spec: Partial<CronJobSpec> = {}): CronJob {
  const example = cronJobs.example as CronJob;
  const object = { ...example, metadata: META, spec: { ...example.spec, ...spec } };
  return freeze(cronJobs.defaults?.(object) as CronJob);
}

const texts = (object: CronJob): string[] => (cronJobs.validate?.(object) ?? []).map(fieldErrorText);

describe("cron jobs", () => {
  it("get defaults; their jobs get theirs when they are made", () => {
    const { spec, status } = cronJob();
    expect(status).toEqual({});
    expect({ ...spec, jobTemplate: Object.keys(spec.jobTemplate.spec ?? {}) }).toEqual({
      schedule: "*/5 * * * *",
      jobTemplate: ["template"],
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    expect(spec.jobTemplate.spec?.template.spec?.dnsPolicy).toBe("ClusterFirst");
  });

  it.each<[string, Partial<CronJobSpec>]>([
    ["spec.schedule: Required value", { schedule: "" }],
    [
      'spec.schedule: Invalid value: "every day": expected exactly 5 fields, found 2: [every day]',
      { schedule: "every day" },
    ],
    [
      'spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      { schedule: "TZ=UTC 0 0 * * *" },
    ],
    ['spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base', { timeZone: "Mars/Base" }],
    ['spec.timeZone: Invalid value: "utc": unknown time zone utc', { timeZone: "utc" }],
    ['spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string', { timeZone: "" }],
    [
      'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
      { timeZone: "Local" },
    ],
    [
      'spec.concurrencyPolicy: Unsupported value: "Queue": supported values: "Allow", "Forbid", "Replace"',
      { concurrencyPolicy: "Queue" },
    ],
  ])("are refused: %s", (text, spec) => {
    expect(texts(cronJob(spec))).toEqual([text]);
  });

  it.each(["Etc/UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Calcutta"])("know %s", (timeZone) => {
    expect(texts(cronJob({ timeZone }))).toEqual([]);
  });

  it("may keep a zone in their schedule, not with the field beside it", () => {
    const old = cronJob({ schedule: "TZ=UTC 0 0 * * *" });
    const update = (spec: Partial<CronJobSpec>): string[] =>
      (cronJobs.validateUpdate?.(cronJob(spec), old) ?? []).map(fieldErrorText);
    expect(update({ schedule: "TZ=UTC 1 0 * * *" })).toEqual([]);
    expect(update({ schedule: "TZ=UTC 1 0 * * *", timeZone: "Etc/UTC" })).toEqual([
      'spec.schedule: Invalid value: "TZ=UTC 1 0 * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule',
    ]);
  });

  it("show when they ran last", () => {
    const status = { lastScheduleTime: "1970-01-01T00:00:00Z", active: [{ name: "hello-1" }] };
    const object = { ...cronJob({ timeZone: "Etc/UTC" }), status };
    const shown = cronJobs.columns?.map(({ cell }) => cell(object, { now: 90_000 }));
    expect(shown?.slice(1, 6)).toEqual(["*/5 * * * *", "Etc/UTC", "False", 1, "90s"]);
  });
});
