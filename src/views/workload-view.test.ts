import { expect, test } from "vitest";
import type { KubeObject } from "../engine/api/meta/object.ts";
import { isWorkload, progressOf, workloadView, type Workload } from "./workload-view.ts";

const metadata = { name: "w", namespace: "default", uid: "1", creationTimestamp: "" };

function of(apiVersion: string, kind: string, parts: object): Workload {
  const object = { apiVersion, kind, metadata, ...parts } as unknown as KubeObject;
  if (!isWorkload(object)) throw new Error(`${kind} owns no pods`);
  return object;
}

test("each kind that owns pods tells how many it wants and has", () => {
  const progress = (apiVersion: string, kind: string, parts: object): string => {
    const { ready, desired } = progressOf(of(apiVersion, kind, parts));
    return `${kind} ${ready}/${desired}`;
  };
  expect([
    progress("apps/v1", "StatefulSet", { spec: { replicas: 3 }, status: { readyReplicas: 2 } }),
    progress("v1", "ReplicationController", { spec: {}, status: {} }),
    progress("apps/v1", "DaemonSet", { spec: {}, status: { desiredNumberScheduled: 4, numberReady: 3 } }),
    progress("batch/v1", "Job", { spec: { completions: 5 }, status: { succeeded: 2, ready: 1 } }),
    progress("batch/v1", "CronJob", { spec: { schedule: "* * * * *" }, status: { active: [{}] } }),
  ]).toEqual(["StatefulSet 2/3", "ReplicationController 0/1", "DaemonSet 3/4", "Job 3/5", "CronJob 1/1"]);
});

test("what owns no pods is none, whatever its kind is called", () => {
  expect(isWorkload({ apiVersion: "example.com/v1", kind: "Job", metadata } as unknown as KubeObject)).toBe(false);
});

test("its view names its owner and family", () => {
  const job = of("batch/v1", "Job", { spec: {}, status: {} });
  expect(workloadView(job, "CronJob/nightly")).toEqual({
    uid: "1",
    kind: "Job",
    namespace: "default",
    name: "w",
    owner: "",
    desired: 1,
    ready: 0,
    revision: "",
    family: "CronJob/nightly",
    system: false,
  });
});
