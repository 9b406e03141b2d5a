/** Cron jobs: when they run, what they skip and what they say of it. The world's clock begins at midnight UTC. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const cronJob = (name: string, schedule: string, spec: object = {}, script = "true"): object => ({
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: { name },
  spec: {
    schedule,
    ...spec,
    jobTemplate: {
      spec: {
        template: {
          spec: {
            restartPolicy: "Never",
            terminationGracePeriodSeconds: 0,
            containers: [{ name: "main", image: "busybox", command: ["sh", "-c", script] }],
          },
        },
      },
    },
  },
});
/** Events of the cron job itself, the numbers in names of jobs left open. */
const told = (name: string): string[] =>
  laptop
    .events(name)
    .filter((text) =>
      /^\w+ (Successful(Create|Delete) (Created|Deleted) job|SawCompletedJob|JobAlreadyActive|MissSchedule|TooMany|Unparseable|UnknownTimeZone|InvalidSchedule)/.test(
        text,
      ),
    )
    .map((text) => text.replaceAll(new RegExp(`${name}-\\d{8}`, "g"), `${name}-*`));

it("each policy treats a run that is due while another one is on in its own way", () => {
  const every = "*/1 * * * *";
  laptop.apply(
    cronJob("plain", every, { successfulJobsHistoryLimit: 1 }),
    cronJob("waits", every, { concurrencyPolicy: "Forbid" }, "sleep 3600"),
    cronJob("swaps", every, { concurrencyPolicy: "Replace" }, "sleep 3600"),
    cronJob("piles", every, { concurrencyPolicy: "Allow" }, "sleep 3600"),
  );
  laptop.wait(150);
  expect(told("plain")).toEqual([
    "Normal SuccessfulCreate Created job plain-*",
    "Normal SawCompletedJob Saw completed job: plain-*, condition: Complete",
    "Normal SuccessfulCreate Created job plain-*",
    "Normal SuccessfulDelete Deleted job plain-*",
    "Normal SawCompletedJob Saw completed job: plain-*, condition: Complete",
  ]);
  expect(told("waits")).toEqual([
    "Normal SuccessfulCreate Created job waits-*",
    "Normal JobAlreadyActive Not starting job because prior execution is running and concurrency policy is Forbid",
  ]);
  expect(told("swaps")).toEqual([
    "Normal SuccessfulCreate Created job swaps-*",
    "Normal SuccessfulDelete Deleted job swaps-*",
    "Normal SuccessfulCreate Created job swaps-*",
  ]);
  expect(laptop.kubectl("get cronjob piles --no-headers")).toMatch(
    /^piles +\*\/1 \* \* \* \* +<none> +False +2 +\d+s +\d/,
  );
  laptop.kubectl("delete cronjob --all");
});

it("schedules are read in their time zone", () => {
  laptop.apply(cronJob("tokyo", "5 9 * * *", { timeZone: "Asia/Tokyo" }), cronJob("here", "5 9 * * *"));
  laptop.wait(300);
  expect([told("tokyo").length > 0, told("here")]).toEqual([true, []]);
  expect(laptop.kubectl("get cronjob tokyo --no-headers")).toMatch(/^tokyo +5 9 \* \* \* +Asia\/Tokyo +False /);
  expect(laptop.apply(cronJob("lost", "5 9 * * *", { timeZone: "Mars/Olympus" }))).toBe(
    'The CronJob "lost" is invalid: spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus',
  );
  expect(laptop.apply(cronJob("lost", "TZ=UTC 5 9 * * *"))).toBe(
    'The CronJob "lost" is invalid: spec.schedule: Invalid value: "TZ=UTC 5 9 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
  );
  laptop.kubectl("delete cronjob --all");
});

it("what was missed while nobody looked is made up for once, or let go after its deadline", () => {
  laptop.apply(cronJob("late", "*/10 * * * *"), cronJob("strict", "*/10 * * * *", { startingDeadlineSeconds: 20 }));
  laptop.wait(5);
  laptop.test.cluster.setComponent("kube-controller-manager", false);
  laptop.wait(25 * 60);
  laptop.test.cluster.setComponent("kube-controller-manager", true);
  laptop.wait(60);
  expect(told("late").filter((text) => text.includes("Created"))).toEqual([
    "Normal SuccessfulCreate Created job late-*",
  ]);
  expect(told("strict").filter((text) => text.includes("Created"))).toEqual([]);
  laptop.kubectl("delete cronjob --all");
});

it("a cron job runs by hand, and rests while it is suspended", () => {
  laptop.apply(cronJob("rests", "*/1 * * * *", { suspend: true }));
  laptop.wait(130);
  expect(told("rests")).toEqual([]);
  expect(laptop.kubectl("create job now --from=cronjob/rests")).toBe("job.batch/now created");
  laptop.wait(10);
  expect(laptop.field("job now", ".metadata.annotations} {.status.succeeded")).toBe(
    '{"cronjob.kubernetes.io/instantiate":"manual"} 1',
  );
});
