import { describe, expect, it } from "vitest";
import { jobs, events, pods } from "../../api/registry.ts";
import type { Job } from "../../api/generated/types.ts";
import { createTestCluster, type TestCluster } from "../../cluster/testing/test-cluster.ts";

/** A job of one shell command; `spec` is merged over it. */
function shellJob(script: string, spec: object = {}, name = "pi"): object {
  const container = { name: "main", image: "busybox", command: ["sh", "-c", script] };
  return {
    metadata: { name, namespace: "default" },
    spec: { template: { spec: { restartPolicy: "Never", containers: [container] } }, ...spec },
  };
}

function start(test: TestCluster, job: object): void {
  test.client.resource(jobs).create(job as never);
}

function has(test: TestCluster, type: string): boolean {
  return (test.get<Job>(jobs, "pi").status.conditions ?? []).some(
    (condition) => condition.type === type && condition.status === "True",
  );
}

function conditionsOf(test: TestCluster): string[] {
  return (test.get<Job>(jobs, "pi").status.conditions ?? []).map(
    ({ type, status, reason }) => `${type}=${status} ${reason}`,
  );
}

/** `Normal Completed Job completed`, the letters of names left out. */
function eventsOf(test: TestCluster): string[] {
  return test
    .list(events)
    .filter(({ involvedObject }) => involvedObject.kind === "Job")
    .map(({ type, reason, message }) => `${type} ${reason} ${message}`.replace(/-[0-9a-z]{5}$/, "-?"));
}

const podsOf = (test: TestCluster) => test.list(pods);

describe("a job", () => {
  it("runs a pod to its end and is complete", () => {
    const test = createTestCluster();
    start(test, shellJob("echo 3.14"));
    expect(test.runUntil(() => has(test, "Complete"), 60_000)).toBe(true);
    const { status } = test.get<Job>(jobs, "pi");
    expect(conditionsOf(test)).toEqual([
      "SuccessCriteriaMet=True CompletionsReached",
      "Complete=True CompletionsReached",
    ]);
    const { startTime, completionTime, conditions: _, ...counts } = status;
    expect(counts).toEqual({ ready: 0, succeeded: 1, terminating: 0, uncountedTerminatedPods: {} });
    expect(Date.parse(completionTime ?? "")).toBeGreaterThan(Date.parse(startTime ?? ""));
    expect(eventsOf(test)).toEqual(["Normal SuccessfulCreate Created pod: pi-?", "Normal Completed Job completed"]);
    expect(podsOf(test).map(({ metadata, status: { phase } }) => [phase, metadata.finalizers])).toEqual([
      ["Succeeded", undefined],
    ]);
  });

  it("has never more pods than its parallelism, and as many successes as completions", () => {
    const test = createTestCluster();
    start(test, shellJob("sleep 5", { completions: 5, parallelism: 2 }));
    let most = 0;
    test.runUntil(() => {
      most = Math.max(most, test.get<Job>(jobs, "pi").status.active ?? 0);
      return has(test, "Complete");
    }, 120_000);
    expect(most).toBe(2);
    expect(test.get<Job>(jobs, "pi").status.succeeded).toBe(5);
    expect(podsOf(test)).toHaveLength(5);
  });

  it("replaces failed pods after 10 s, 20 s … and gives up at its back-off limit", () => {
    const test = createTestCluster();
    start(test, shellJob("exit 3", { backoffLimit: 2 }));
    expect(test.runUntil(() => has(test, "Failed"), 300_000)).toBe(true);
    expect(conditionsOf(test)).toEqual(["FailureTarget=True BackoffLimitExceeded", "Failed=True BackoffLimitExceeded"]);
    expect(test.get<Job>(jobs, "pi").status.failed).toBe(3);
    const created = podsOf(test).map(({ metadata }) => Date.parse(metadata.creationTimestamp));
    const gaps = created
      .sort((a, b) => a - b)
      .map((time, at) => Math.floor((time - (created[at - 1] ?? time)) / 10_000));
    expect(gaps).toEqual([0, 1, 2]);
    expect(eventsOf(test)).toEqual([
      "Normal SuccessfulCreate Created pod: pi-?",
      "Normal SuccessfulCreate Created pod: pi-?",
      "Normal SuccessfulCreate Created pod: pi-?",
      "Warning BackoffLimitExceeded Job has reached the specified backoff limit",
    ]);
  });

  it("counts the restarts of a pod that restarts by itself", () => {
    const test = createTestCluster();
    const job = shellJob("exit 1", { backoffLimit: 1 }) as { spec: { template: { spec: object } } };
    Object.assign(job.spec.template.spec, { restartPolicy: "OnFailure" });
    start(test, job);
    expect(test.runUntil(() => has(test, "Failed"), 120_000)).toBe(true);
    expect(eventsOf(test)).toEqual([
      "Normal SuccessfulCreate Created pod: pi-?",
      "Normal SuccessfulDelete Deleted pod: pi-?",
      "Warning BackoffLimitExceeded Job has reached the specified backoff limit",
    ]);
    expect(podsOf(test)).toEqual([]);
  });

  it("gives each pod of an Indexed job its index", () => {
    const test = createTestCluster();
    start(test, shellJob("echo $JOB_COMPLETION_INDEX", { completions: 3, parallelism: 3, completionMode: "Indexed" }));
    expect(test.runUntil(() => has(test, "Complete"), 60_000)).toBe(true);
    expect(test.get<Job>(jobs, "pi").status.completedIndexes).toBe("0-2");
    const key = "batch.kubernetes.io/job-completion-index";
    const seen = podsOf(test).map(({ metadata, spec }) => ({
      name: metadata.name.replace(/[^-]+$/, "?"),
      label: metadata.labels?.[key],
      annotation: metadata.annotations?.[key],
      hostname: spec.hostname,
      variable: spec.containers[0]?.env,
    }));
    const variable = [
      {
        name: "JOB_COMPLETION_INDEX",
        valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: `metadata.labels['${key}']` } },
      },
    ];
    expect(seen.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(
      ["0", "1", "2"].map((index) => ({
        name: `pi-${index}-?`,
        label: index,
        annotation: index,
        hostname: `pi-${index}`,
        variable,
      })),
    );
  });

  it("goes on with the other indexes when one has used up its own limit", () => {
    const test = createTestCluster();
    const script = 'if [ "$JOB_COMPLETION_INDEX" = 1 ]; then exit 1; fi';
    start(
      test,
      shellJob(script, { completions: 3, parallelism: 3, completionMode: "Indexed", backoffLimitPerIndex: 1 }),
    );
    expect(test.runUntil(() => has(test, "Failed"), 120_000)).toBe(true);
    const { completedIndexes, failedIndexes, failed, succeeded } = test.get<Job>(jobs, "pi").status;
    expect({ completedIndexes, failedIndexes, failed, succeeded }).toEqual({
      completedIndexes: "0,2",
      failedIndexes: "1",
      failed: 2,
      succeeded: 2,
    });
    expect(conditionsOf(test)).toEqual(["FailureTarget=True FailedIndexes", "Failed=True FailedIndexes"]);
    const counts = podsOf(test).map(
      ({ metadata }) => metadata.annotations?.["batch.kubernetes.io/job-index-failure-count"],
    );
    expect(counts.sort()).toEqual(["0", "0", "0", "1"]);
  });

  it("ends as soon as its success policy is met, and stops the rest", () => {
    const test = createTestCluster();
    const script = 'if [ "$JOB_COMPLETION_INDEX" != 0 ]; then sleep 3600; fi';
    const successPolicy = { rules: [{ succeededIndexes: "0" }] };
    start(test, shellJob(script, { completions: 2, parallelism: 2, completionMode: "Indexed", successPolicy }));
    expect(test.runUntil(() => has(test, "Complete"), 120_000)).toBe(true);
    expect(conditionsOf(test)).toEqual(["SuccessCriteriaMet=True SuccessPolicy", "Complete=True SuccessPolicy"]);
    expect(eventsOf(test)).toEqual([
      "Normal SuccessfulCreate Created pod: pi-0-?",
      "Normal SuccessfulCreate Created pod: pi-1-?",
      "Normal SuccessfulDelete Deleted pod: pi-1-?",
      "Normal Completed Job completed",
    ]);
  });

  it("fails at once when its failure policy says so", () => {
    const test = createTestCluster();
    const rule = { action: "FailJob", onExitCodes: { containerName: "main", operator: "In", values: [42] } };
    start(test, shellJob("exit 42", { podFailurePolicy: { rules: [rule] } }));
    expect(test.runUntil(() => has(test, "Failed"), 60_000)).toBe(true);
    expect(eventsOf(test).map((text) => text.replace(/default\/pi-\w+/, "default/pi-?"))).toEqual([
      "Normal SuccessfulCreate Created pod: pi-?",
      "Warning PodFailurePolicy Container main for pod default/pi-? failed with exit code 42 matching FailJob rule at index 0",
    ]);
    expect(test.get<Job>(jobs, "pi").status.failed).toBe(1);
  });

  it("ends its pods when it is active for too long", () => {
    const test = createTestCluster();
    start(test, shellJob("sleep 3600", { activeDeadlineSeconds: 20 }));
    expect(test.runUntil(() => has(test, "FailureTarget"), 60_000)).toBe(true);
    // The pod has 30 s to go, and the job waits for it.
    expect(conditionsOf(test)).toEqual(["FailureTarget=True DeadlineExceeded"]);
    expect(test.get<Job>(jobs, "pi").status).toMatchObject({ terminating: 1, ready: 0 });
    expect(test.runUntil(() => has(test, "Failed"), 60_000)).toBe(true);
    expect(eventsOf(test)).toEqual([
      "Normal SuccessfulCreate Created pod: pi-?",
      "Normal SuccessfulDelete Deleted pod: pi-?",
      "Warning DeadlineExceeded Job was active longer than specified deadline",
    ]);
  });

  it("replaces a pod that is being deleted at once, or with podReplacementPolicy Failed once it has ended", () => {
    const test = createTestCluster();
    start(test, shellJob("sleep 3600", {}, "at-once"));
    start(test, shellJob("sleep 3600", { podReplacementPolicy: "Failed" }, "later"));
    start(test, shellJob("sleep 3600", { managedBy: "example.com/queue" }, "foreign"));
    const phases = () => podsOf(test).map(({ status: { phase } }) => phase);
    expect(test.runUntil(() => phases().filter((phase) => phase === "Running").length === 2, 60_000)).toBe(true);
    for (const { metadata } of podsOf(test)) test.client.resource(pods).delete("default", metadata.name);
    // A shell as process 1 takes no SIGTERM: thirty seconds.
    test.run(10_000);
    const counts = (name: string) => {
      const { active = 0, terminating } = test.get<Job>(jobs, name).status;
      return [active, terminating];
    };
    expect([counts("at-once"), counts("later")]).toEqual([
      [1, 1],
      [0, 1],
    ]);
    test.run(40_000);
    expect([counts("at-once"), counts("later")]).toEqual([
      [1, 0],
      [1, 0],
    ]);
    // Somebody else's job is left alone.
    expect(test.get<Job>(jobs, "foreign").status).toEqual({});
  });

  it("deletes its pods when suspended, and starts anew when resumed", () => {
    const test = createTestCluster();
    start(test, shellJob("sleep 20"));
    test.runUntil(() => test.get<Job>(jobs, "pi").status.ready === 1, 60_000);
    const before = test.get<Job>(jobs, "pi").status.startTime;
    test.client.resource(jobs).patch("default", "pi", { spec: { suspend: true } });
    expect(test.runUntil(() => podsOf(test).length === 0, 60_000)).toBe(true);
    expect(conditionsOf(test)).toEqual(["Suspended=True JobSuspended"]);
    expect(test.get<Job>(jobs, "pi").status.startTime).toBeUndefined();
    test.client.resource(jobs).patch("default", "pi", { spec: { suspend: false } });
    expect(test.runUntil(() => has(test, "Complete"), 120_000)).toBe(true);
    const { status } = test.get<Job>(jobs, "pi");
    expect(status.failed).toBeUndefined();
    expect(Date.parse(status.startTime ?? "")).toBeGreaterThan(Date.parse(before ?? ""));
    expect(conditionsOf(test)).toEqual([
      "Suspended=False JobResumed",
      "SuccessCriteriaMet=True CompletionsReached",
      "Complete=True CompletionsReached",
    ]);
    expect(eventsOf(test)).toEqual([
      "Normal SuccessfulCreate Created pod: pi-?",
      "Normal SuccessfulDelete Deleted pod: pi-?",
      "Normal Suspended Job suspended",
      "Normal SuccessfulCreate Created pod: pi-?",
      "Normal Resumed Job resumed",
      "Normal Completed Job completed",
    ]);
  });

  it("takes its pods with it, running and finished, in the background and in the foreground", () => {
    for (const propagationPolicy of ["Background", "Foreground"] as const) {
      const test = createTestCluster();
      start(test, shellJob("sleep 3", { completions: 3, parallelism: 2 }));
      test.runUntil(() => test.get<Job>(jobs, "pi").status.succeeded === 2, 60_000);
      test.client.resource(jobs).delete("default", "pi", { propagationPolicy });
      expect(test.runUntil(() => podsOf(test).length === 0 && test.list(jobs).length === 0, 60_000)).toBe(true);
    }
  });
});
