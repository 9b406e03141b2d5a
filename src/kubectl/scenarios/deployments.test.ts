/** How a Deployment goes from one template to the next, stands still, goes back, and what its history keeps. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const deployment = (name: string, spec: object, container: object = {}): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { terminationGracePeriodSeconds: 0, containers: [{ name: "main", image: "nginx:1.27", ...container }] },
    },
    ...spec,
  },
});
const sets = (name: string): string[] =>
  laptop
    .kubectl(`get replicasets -l app=${name} --no-headers --sort-by=.metadata.creationTimestamp`)
    .split("\n")
    .map((line) => line.split(/ +/).slice(1, 4).join(" "));
function condition(name: string, type: string): string {
  const path = `.status.conditions[?(@.type=="${type}")]`;
  return ["status", "reason", "message"]
    .map((field) => laptop.field(`deployment ${name}`, `${path}.${field}`))
    .join(" ");
}
/** Names of ReplicaSets and pods have numbers that say nothing here. */
const told = (name: string): string[] =>
  laptop
    .events(name)
    .filter((line) => line.includes("ScalingReplicaSet") || line.includes("Deployment"))
    .map((line) => line.replaceAll(/-[a-z0-9]{8,10}\b/g, ""));

it("rolls on step by step within surge and availability, and says each step", () => {
  laptop.apply(deployment("web", { replicas: 4, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } }));
  laptop.wait(15);
  laptop.kubectl("set image deployment web main=nginx:1.28");
  expect(laptop.kubectl("rollout status deployment web").split("\n").at(-1)).toBe(
    'deployment "web" successfully rolled out',
  );
  expect(told("web")).toEqual([
    "Normal ScalingReplicaSet Scaled up replica set web from 0 to 4",
    "Normal ScalingReplicaSet Scaled up replica set web from 0 to 1",
    "Normal ScalingReplicaSet Scaled down replica set web from 4 to 3",
    "Normal ScalingReplicaSet Scaled up replica set web from 1 to 2",
    "Normal ScalingReplicaSet Scaled down replica set web from 3 to 2",
    "Normal ScalingReplicaSet Scaled up replica set web from 2 to 3",
    "Normal ScalingReplicaSet Scaled down replica set web from 2 to 1",
    "Normal ScalingReplicaSet Scaled up replica set web from 3 to 4",
    "Normal ScalingReplicaSet Scaled down replica set web from 1 to 0",
  ]);
});

it("paused it takes changes without acting on them, and goes on with all of them at once", () => {
  laptop.kubectl("rollout pause deployment web");
  expect(laptop.kubectl("rollout pause deployment web")).toBe('error: deployments.apps "web" is already paused');
  laptop.kubectl("set image deployment web main=nginx:1.29");
  laptop.kubectl("set env deployment web STAGE=two");
  laptop.wait(5);
  expect(sets("web")).toEqual(["0 0 0", "4 4 4"]);
  expect(condition("web", "Progressing")).toBe("Unknown DeploymentPaused Deployment is paused");
  expect(laptop.kubectl("rollout undo deployment web")).toBe(
    "error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
  );
  expect(laptop.kubectl("rollout restart deployment web")).toBe(
    `error: deployments.apps "web" can't restart paused deployment (run rollout resume first)`,
  );
  laptop.kubectl("scale deployment web --replicas=5");
  laptop.wait(5);
  expect(sets("web")).toEqual(["0 0 0", "5 5 5"]);
  laptop.kubectl("rollout resume deployment web");
  laptop.wait(20);
  expect(sets("web")).toEqual(["0 0 0", "0 0 0", "5 5 5"]);
  expect(laptop.kubectl("rollout history deployment web --revision=3")).toContain(
    "    Image:\tnginx:1.29\n    Port:\t<none>\n    Host Port:\t<none>\n    Environment:\n      STAGE:\ttwo\n",
  );
});

it("that can't go on says so after its deadline, and comes back to what ran", () => {
  laptop.apply(deployment("late", { replicas: 2, progressDeadlineSeconds: 20 }));
  laptop.wait(15);
  laptop.kubectl("set image deployment late main=nginx:none");
  expect(laptop.kubectl("rollout status deployment late").split("\n").slice(-2)).toEqual([
    'Waiting for deployment "late" rollout to finish: 1 out of 2 new replicas have been updated...',
    'error: deployment "late" exceeded its progress deadline',
  ]);
  expect(laptop.kubectl("get deployment late --no-headers")).toMatch(/^late +2\/2 +1 +2 +36s$/);
  expect(condition("late", "Progressing")).toMatch(
    /^False ProgressDeadlineExceeded ReplicaSet "late-\w+" has timed out progressing\.$/,
  );
  expect(condition("late", "Available")).toBe("True MinimumReplicasAvailable Deployment has minimum availability.");
  expect(laptop.kubectl("rollout undo deployment late")).toBe("deployment.apps/late rolled back");
  laptop.wait(5);
  expect(condition("late", "Progressing")).toMatch(
    /^True NewReplicaSetAvailable ReplicaSet "late-\w+" has successfully progressed\.$/,
  );
  expect(told("late")).toEqual([
    "Normal ScalingReplicaSet Scaled up replica set late from 0 to 2",
    "Normal ScalingReplicaSet Scaled up replica set late from 0 to 1",
    "Normal ScalingReplicaSet Scaled down replica set late from 1 to 0",
  ]);
});

it("scaled in the middle of a rollout it shares the new pods out among old and new", () => {
  laptop.apply(deployment("wide", { replicas: 10, strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } }));
  laptop.wait(15);
  laptop.kubectl("set image deployment wide main=nginx:none");
  laptop.wait(5);
  expect(sets("wide")).toEqual(["8 8 8", "5 5 0"]);
  laptop.kubectl("scale deployment wide --replicas=15");
  laptop.wait(5);
  expect(sets("wide")).toEqual(["11 11 11", "7 7 0"]);
});

it("Recreate ends all old pods before the first new one; the history is as long as it may be", () => {
  laptop.apply(deployment("again", { replicas: 2, strategy: { type: "Recreate" }, revisionHistoryLimit: 1 }));
  laptop.wait(10);
  laptop.kubectl("set image deployment again main=nginx:1.28");
  laptop.wait(10);
  laptop.kubectl("annotate deployment again kubernetes.io/change-cause=newest");
  laptop.kubectl("set image deployment again main=nginx:1.29");
  laptop.wait(10);
  expect(told("again")).toEqual([
    "Normal ScalingReplicaSet Scaled up replica set again from 0 to 2",
    "Normal ScalingReplicaSet Scaled down replica set again from 2 to 0",
    "Normal ScalingReplicaSet Scaled up replica set again from 0 to 2",
    "Normal ScalingReplicaSet Scaled down replica set again from 2 to 0",
    "Normal ScalingReplicaSet Scaled up replica set again from 0 to 2",
  ]);
  expect(laptop.kubectl("rollout history deployment again").split("\n").slice(1)).toEqual([
    "REVISION  CHANGE-CAUSE",
    "2         <none>",
    "3         newest",
  ]);
  expect(laptop.kubectl("rollout undo deployment again --to-revision=1")).toBe(
    "error: unable to find specified revision 1 in history",
  );
});
