/** Jobs and CronJobs: `controllers/job*` and `application/job/`. */
import type { JobSpec, PodFailurePolicyRule } from "../../../api/generated/types.ts";
import {
  container,
  emptyDir,
  env,
  type Examples,
  job,
  type Manifest,
  mounts,
  object,
  podSpec,
  shell,
} from "./manifest.ts";

/** A Job of bash whose failed pods count by a rule. */
function ruled(
  name: string,
  script: string,
  more: JobSpecOf<"completions" | "backoffLimit">,
  rule: PodFailurePolicyRule,
) {
  const main = container("main", "docker.io/library/bash:5", { command: ["bash"], args: ["-c", script] });
  return job(`job-pod-failure-policy-${name}`, podSpec(main, { restartPolicy: "Never" }), {
    parallelism: 2,
    ...more,
    podFailurePolicy: { rules: [rule] },
  });
}
type JobSpecOf<Field extends keyof JobSpec> = Pick<JobSpec, Field>;

export function jobExamples(): Examples {
  return {
    "controllers/job.yaml": () => [
      job(
        "pi",
        podSpec(container("pi", "perl:5.34.0", { command: ["perl", "-Mbignum=bpi", "-wle", "print bpi(2000)"] }), {
          restartPolicy: "Never",
        }),
        { backoffLimit: 4 },
      ),
    ],
    "controllers/job-pod-failure-policy-failjob.yaml": () => [
      ruled(
        "failjob",
        `echo "Hello world! I'm going to exit with 42 to simulate a software bug." && sleep 30 && exit 42`,
        { completions: 8, backoffLimit: 6 },
        { action: "FailJob", onExitCodes: { containerName: "main", operator: "In", values: [42] } },
      ),
    ],
    "controllers/job-pod-failure-policy-ignore.yaml": () => [
      ruled(
        "ignore",
        `echo "Hello world! I'm going to exit with 0 (success)." && sleep 90 && exit 0`,
        { completions: 4, backoffLimit: 0 },
        { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
      ),
    ],
    "application/job/cronjob.yaml": () => [
      object("batch/v1 CronJob", "hello", {
        spec: {
          schedule: "* * * * *",
          jobTemplate: {
            spec: {
              template: {
                spec: podSpec(
                  container("hello", "busybox:1.28", {
                    imagePullPolicy: "IfNotPresent",
                    command: shell("date; echo Hello from the Kubernetes cluster", "/bin/sh"),
                  }),
                  { restartPolicy: "OnFailure" },
                ),
              },
            },
          },
        },
      }),
    ],
    "application/job/job-tmpl.yaml": () => {
      const labels = { jobgroup: "jobexample" };
      const item = container("c", "busybox:1.28", { command: shell("echo Processing item $ITEM && sleep 5") });
      const template = { metadata: { name: "jobexample", labels }, spec: podSpec(item, { restartPolicy: "Never" }) };
      return [object("batch/v1 Job", { name: "process-item-$ITEM", labels }, { spec: { template } })];
    },
    "application/job/job-sidecar.yaml": () => {
      const volumeMounts = mounts({ data: "/opt" });
      const shipper = container("logshipper", "alpine:latest", {
        restartPolicy: "Always",
        command: shell("tail -F /opt/logs.txt"),
        volumeMounts,
      });
      const main = container("myjob", "alpine:latest", {
        command: shell('echo "logging" > /opt/logs.txt'),
        volumeMounts,
      });
      const more = { initContainers: [shipper], restartPolicy: "Never", volumes: [emptyDir("data")] };
      return [job("myjob", podSpec(main, more))];
    },
    "application/job/rabbitmq/job.yaml": () => [
      queueJob("job-wq-1", "gcr.io/<project>/job-wq-1", {
        completions: 8,
        env: { BROKER_URL: "amqp://guest:guest@rabbitmq-service:5672", QUEUE: "job1" },
      }),
    ],
    "application/job/redis/job.yaml": () => [queueJob("job-wq-2", "gcr.io/myproject/job-wq-2", {})],
    ...indexed(),
  };
}

/** Two workers that take from a queue. */
function queueJob(name: string, image: string, more: { completions?: number; env?: Record<string, string> }): Manifest {
  const { env: variables, ...rest } = more;
  const spec = podSpec(container("c", image, variables && { env: env(variables) }), { restartPolicy: "OnFailure" });
  return object("batch/v1 Job", name, { spec: { ...rest, parallelism: 2, template: { metadata: { name }, spec } } });
}

function indexed(): Examples {
  const amounts = { completions: 5, parallelism: 3, completionMode: "Indexed" };
  const volumeMounts = mounts({ input: "/input" });
  const worker = container("worker", "docker.io/library/busybox", {
    command: ["rev", "/input/data.txt"],
    volumeMounts,
  });
  return {
    "application/job/indexed-job.yaml": () => {
      const words = "foo bar baz qux xyz";
      const chooser = container("input", "docker.io/library/bash", {
        command: shell(`words=(${words}); echo \${words[JOB_COMPLETION_INDEX]} > /input/data.txt`, "bash"),
        volumeMounts,
      });
      const more = { restartPolicy: "Never", initContainers: [chooser], volumes: [emptyDir("input")] };
      return [job("indexed-job", podSpec(worker, more), amounts)];
    },
    "application/job/indexed-job-vol.yaml": () => {
      const fieldPath = "metadata.annotations['batch.kubernetes.io/job-completion-index']";
      const items = [{ path: "data.txt", fieldRef: { fieldPath } }];
      const volumes = [{ name: "input", downwardAPI: { items } }];
      return [job("indexed-job", podSpec(worker, { restartPolicy: "Never", volumes }), amounts)];
    },
  };
}
