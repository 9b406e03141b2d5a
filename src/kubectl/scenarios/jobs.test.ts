/** Jobs and what they tell, with containers that really end: every way to succeed, to fail and to be held. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();

function job(name: string, script: string, spec: object, pod: object = {}): object {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name },
    spec: {
      ...spec,
      template: {
        spec: {
          restartPolicy: "Never",
          terminationGracePeriodSeconds: 1,
          containers: [{ name: "main", image: "busybox", command: ["sh", "-c", script] }],
          ...pod,
        },
      },
    },
  };
}

/** Events of the job itself, the names of pods left open. */
const told = (name: string): string[] =>
  laptop.events(name).flatMap((text) => {
    const isOfJob =
      /^\w+ (SuccessfulCreate|SuccessfulDelete|Completed|BackoffLimitExceeded|Suspended|Resumed|DeadlineExceeded|PodFailurePolicy|FailedIndexes|MaxFailedIndexesExceeded|SuccessPolicy|TooManyActivePods) /;
    return isOfJob.test(text) ? [text.replace(/((?:Created|Deleted) pod: [\w-]+)-\w{5}$/, "$1-*")] : [];
  });
const conditions = (name: string): string =>
  laptop.field(`job ${name}`, 'range .status.conditions[*]}{.type} {.reason}: {.message}{";"}{end');

it("an indexed job with a limit per index goes on with the others, and fails when too many have failed", () => {
  const indexed = { completionMode: "Indexed", completions: 4, parallelism: 4, backoffLimitPerIndex: 0 };
  laptop.apply(
    job("some", '[ "$JOB_COMPLETION_INDEX" != 1 ]', indexed),
    job("many", "exit 1", { ...indexed, parallelism: 1, maxFailedIndexes: 1 }),
  );
  laptop.wait(60);
  expect(laptop.field("job some", ".status.completedIndexes} failed {.status.failedIndexes")).toBe("0,2,3 failed 1");
  expect(conditions("some")).toBe(
    "FailureTarget FailedIndexes: Job has failed indexes;Failed FailedIndexes: Job has failed indexes;",
  );
  expect(told("some")).toEqual([
    "Normal SuccessfulCreate Created pod: some-0-*",
    "Normal SuccessfulCreate Created pod: some-1-*",
    "Normal SuccessfulCreate Created pod: some-2-*",
    "Normal SuccessfulCreate Created pod: some-3-*",
    "Warning FailedIndexes Job has failed indexes",
  ]);
  expect(conditions("many")).toBe(
    "FailureTarget MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes;Failed MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes;",
  );
  expect(told("many").at(-1)).toBe(
    "Warning MaxFailedIndexesExceeded Job has exceeded the specified maximal number of failed indexes",
  );
});

it("a success policy ends a job at its leader, and what runs is stopped", () => {
  const spec = {
    completionMode: "Indexed",
    completions: 3,
    parallelism: 3,
    successPolicy: { rules: [{ succeededIndexes: "0", succeededCount: 1 }] },
  };
  laptop.apply(job("leader", '[ "$JOB_COMPLETION_INDEX" = 0 ] || sleep 3600', spec));
  laptop.wait(60);
  expect(conditions("leader")).toBe(
    "SuccessCriteriaMet SuccessPolicy: Matched rules at index 0;Complete SuccessPolicy: Matched rules at index 0;",
  );
  expect(told("leader").slice(3)).toEqual([
    "Normal SuccessfulDelete Deleted pod: leader-1-*",
    "Normal SuccessfulDelete Deleted pod: leader-2-*",
    "Normal Completed Job completed",
  ]);
});

it("a failure policy fails a job by an exit code at once, and ignores disruptions", () => {
  const rules = [
    { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] },
    { action: "FailJob", onExitCodes: { containerName: "main", operator: "In", values: [42] } },
  ];
  laptop.apply(
    job("picky", "exit 42", { podFailurePolicy: { rules } }),
    job("moved", "sleep 3600", { podFailurePolicy: { rules }, backoffLimit: 0 }),
  );
  laptop.wait(30);
  const [pod = ""] = laptop.field("pods -l job-name=picky", ".items[*].metadata.name").split(" ");
  const why = `Container main for pod default/${pod} failed with exit code 42 matching FailJob rule at index 1`;
  expect(conditions("picky")).toBe(`FailureTarget PodFailurePolicy: ${why};Failed PodFailurePolicy: ${why};`);
  expect(told("picky")).toEqual(["Normal SuccessfulCreate Created pod: picky-*", `Warning PodFailurePolicy ${why}`]);
  const [victim = ""] = laptop.field("pods -l job-name=moved", ".items[*].metadata.name").split(" ");
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: victim, namespace: "default" } };
  laptop.run(`kubectl create --raw /api/v1/namespaces/default/pods/${victim}/eviction -f -`, JSON.stringify(eviction));
  laptop.wait(30);
  expect(laptop.field("job moved", ".status.active} {.status.failed")).toBe("1 ");
});

it("a job that fails is tried again after 10 and 20 seconds, up to its limit", () => {
  laptop.apply(job("broken", "exit 1", { backoffLimit: 2 }));
  laptop.wait(60);
  expect(conditions("broken")).toBe(
    "FailureTarget BackoffLimitExceeded: Job has reached the specified backoff limit;Failed BackoffLimitExceeded: Job has reached the specified backoff limit;",
  );
  expect(told("broken")).toEqual([
    ...Array<string>(3).fill("Normal SuccessfulCreate Created pod: broken-*"),
    "Warning BackoffLimitExceeded Job has reached the specified backoff limit",
  ]);
  expect(laptop.kubectl("get job broken --no-headers")).toMatch(/^broken +Failed +0\/1 +\d+[ms0-9]* +\d+[ms0-9]*$/);
});

it("a job is suspended, resumed, ended by its deadline, and gone after its time to live", () => {
  laptop.apply(job("held", "sleep 3600", { suspend: true, activeDeadlineSeconds: 20, ttlSecondsAfterFinished: 30 }));
  laptop.wait(5);
  expect(conditions("held")).toBe("Suspended JobSuspended: Job suspended;");
  laptop.kubectl(`patch job held -p '{"spec":{"suspend":false}}'`);
  laptop.wait(40);
  expect(told("held")).toEqual([
    "Normal Suspended Job suspended",
    "Normal SuccessfulCreate Created pod: held-*",
    "Normal Resumed Job resumed",
    "Normal SuccessfulDelete Deleted pod: held-*",
    "Warning DeadlineExceeded Job was active longer than specified deadline",
  ]);
  laptop.wait(40);
  expect(laptop.kubectl("get job held")).toBe('Error from server (NotFound): jobs.batch "held" not found');
});

it("a pod that is being deleted counts as failed and is replaced after 10 seconds, or only once it has ended", () => {
  const slow = { terminationGracePeriodSeconds: 20 };
  laptop.apply(
    job("early", "trap '' TERM; sleep 3600", {}, slow),
    job("late", "trap '' TERM; sleep 3600", { podReplacementPolicy: "Failed" }, slow),
  );
  laptop.wait(10);
  laptop.kubectl("delete pod -l job-name=early --wait=false");
  laptop.kubectl("delete pod -l job-name=late --wait=false");
  laptop.wait(13);
  const counts = (name: string): string => laptop.field(`job ${name}`, ".status.active}/{.status.terminating");
  expect([counts("early"), counts("late")]).toEqual(["1/1", "/1"]);
  laptop.wait(40);
  expect([counts("early"), counts("late")]).toEqual(["1/0", "1/0"]);
});

it("a pod that has ended stays until it is counted: its finalizer goes with the count", () => {
  laptop.apply(job("counted", "true", {}));
  laptop.wait(2);
  expect(laptop.field("pods -l job-name=counted", ".items[0].metadata.finalizers")).toBe(
    '["batch.kubernetes.io/job-tracking"]',
  );
  laptop.wait(20);
  expect(laptop.field("pods -l job-name=counted", ".items[0].metadata.finalizers")).toBe("");
  expect(laptop.field("job counted", ".status.succeeded} {.status.uncountedTerminatedPods")).toBe("1 {}");
});
