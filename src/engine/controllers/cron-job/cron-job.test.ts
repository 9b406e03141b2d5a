import { describe, expect, it } from "vitest";
import { cronJobs, events, jobs, pods } from "../../api/registry.ts";
import type { CronJob, Job } from "../../api/generated/types.ts";
import { MINUTE } from "../../base/time.ts";
import { createTestCluster, type TestCluster } from "../../cluster/testing/test-cluster.ts";

function create(test: TestCluster, spec: object, script = "date"): void {
  const container = { name: "main", image: "busybox", command: ["sh", "-c", script] };
  const jobTemplate = { spec: { template: { spec: { restartPolicy: "Never", containers: [container] } } } };
  const metadata = { name: "hello", namespace: "default" };
  test.client.resource(cronJobs).create({ metadata, spec: { schedule: "* * * * *", jobTemplate, ...spec } } as never);
}

const statusOf = (test: TestCluster) => test.get<CronJob>(cronJobs, "hello").status;
const jobNames = (test: TestCluster) => test.list<Job>(jobs).map(({ metadata }) => metadata.name);

function eventsOf(test: TestCluster): string[] {
  return test
    .list(events)
    .filter(({ involvedObject }) => involvedObject.kind === "CronJob")
    .map(({ type, reason, message, count = 1 }) => `${type} ${reason} ${message}${count > 1 ? ` (x${count})` : ""}`);
}

/** The name of the job of the run at `time`. */
const at = (time: string): string => `hello-${Date.parse(time) / MINUTE}`;

describe("a cron job", () => {
  it("starts a job each time it is due, and says when it last did", () => {
    const test = createTestCluster();
    create(test, {});
    expect(test.runUntil(() => statusOf(test).lastSuccessfulTime !== undefined, 120_000)).toBe(true);
    const name = at("2026-01-01T00:01:00Z");
    expect(jobNames(test)).toEqual([name]);
    const job = test.get<Job>(jobs, name);
    expect(job.metadata.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"]).toBe("2026-01-01T00:01:00Z");
    expect(job.metadata.ownerReferences?.map(({ kind, controller }) => [kind, controller])).toEqual([
      ["CronJob", true],
    ]);
    expect(statusOf(test)).toEqual({
      lastScheduleTime: "2026-01-01T00:01:00Z",
      lastSuccessfulTime: job.status.completionTime,
    });
    expect(eventsOf(test)).toEqual([
      `Normal SuccessfulCreate Created job ${name}`,
      `Normal SawCompletedJob Saw completed job: ${name}, condition: Complete`,
    ]);
  });

  it("keeps as many finished jobs as its history holds", () => {
    const test = createTestCluster();
    create(test, { successfulJobsHistoryLimit: 1 });
    test.run(3 * MINUTE + 40_000);
    expect(jobNames(test)).toEqual([at("2026-01-01T00:03:00Z")]);
    expect(eventsOf(test)).toContain(`Normal SuccessfulDelete Deleted job ${at("2026-01-01T00:01:00Z")}`);
    expect(test.runUntil(() => test.list(pods).length === 1, 5_000)).toBe(true);
  });

  it("starts none while one runs, when it forbids that", () => {
    const test = createTestCluster();
    create(test, { concurrencyPolicy: "Forbid" }, "sleep 3600");
    test.run(2 * MINUTE + 10_000);
    const name = at("2026-01-01T00:01:00Z");
    expect(jobNames(test)).toEqual([name]);
    expect(statusOf(test).active?.map((reference) => reference.name)).toEqual([name]);
    expect(eventsOf(test)).toEqual([
      `Normal SuccessfulCreate Created job ${name}`,
      "Normal JobAlreadyActive Not starting job because prior execution is running and concurrency policy is Forbid",
    ]);
  });

  it("replaces the one that runs, when it says so", () => {
    const test = createTestCluster();
    create(test, { concurrencyPolicy: "Replace" }, "sleep 3600");
    test.run(2 * MINUTE + 10_000);
    const [first, second] = [at("2026-01-01T00:01:00Z"), at("2026-01-01T00:02:00Z")];
    expect(jobNames(test)).toEqual([second]);
    expect(eventsOf(test)).toEqual([
      `Normal SuccessfulCreate Created job ${first}`,
      `Normal SuccessfulDelete Deleted job ${first}`,
      `Normal SuccessfulCreate Created job ${second}`,
    ]);
  });

  it("rests while it is suspended, and then makes up for the last run only", () => {
    const test = createTestCluster();
    create(test, { suspend: true });
    test.run(5 * MINUTE);
    expect(jobNames(test)).toEqual([]);
    test.client.resource(cronJobs).patch("default", "hello", { spec: { suspend: false } });
    test.run(5_000);
    expect(jobNames(test)).toEqual([at("2026-01-01T00:05:00Z")]);
  });

  it("lets a run go whose starting deadline is over", () => {
    const test = createTestCluster();
    create(test, { suspend: true, schedule: "0 * * * *", startingDeadlineSeconds: 60 });
    test.run(65 * MINUTE);
    test.client.resource(cronJobs).patch("default", "hello", { spec: { suspend: false } });
    test.run(5_000);
    expect(jobNames(test)).toEqual([]);
    expect(eventsOf(test)).toEqual([]);
  });

  it("reads its schedule by the clock of its time zone", () => {
    const test = createTestCluster();
    // Half past five in India is midnight in UTC.
    create(test, { schedule: "45 5 * * *", timeZone: "Asia/Kolkata" });
    test.run(16 * MINUTE);
    const name = at("2026-01-01T00:15:00Z");
    expect(jobNames(test)).toEqual([name]);
    expect(test.get<Job>(jobs, name).metadata.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"]).toBe(
      "2026-01-01T05:45:00+05:30",
    );
  });

  it("warns when it has missed more than a hundred runs", () => {
    const test = createTestCluster();
    create(test, { suspend: true });
    test.run(102 * MINUTE);
    test.client.resource(cronJobs).patch("default", "hello", { spec: { suspend: false } });
    test.run(1_000);
    expect(eventsOf(test)).toEqual([
      "Warning TooManyMissedTimes too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
      `Normal SuccessfulCreate Created job ${jobNames(test)[0]}`,
    ]);
  });
});

describe("a finished job", () => {
  it("is deleted with its pods once its time to live is over", () => {
    const test = createTestCluster();
    const container = { name: "main", image: "busybox", command: ["true"] };
    const template = { spec: { restartPolicy: "Never", containers: [container] } };
    const job = { metadata: { name: "once", namespace: "default" }, spec: { template, ttlSecondsAfterFinished: 30 } };
    test.client.resource(jobs).create(job as never);
    test.runUntil(() => test.get<Job>(jobs, "once").status.completionTime !== undefined, 60_000);
    test.run(28_000);
    expect(jobNames(test)).toEqual(["once"]);
    test.run(5_000);
    expect([jobNames(test), test.list(pods)]).toEqual([[], []]);
  });
});
