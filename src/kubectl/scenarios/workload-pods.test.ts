/** Which pods sets make, in which order, on which nodes, and which they take in or let go. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
/** Pods that are ready as soon as somebody makes the file /tmp/ready in them. */
const patient = {
  terminationGracePeriodSeconds: 0,
  containers: [
    {
      name: "main",
      image: "busybox:1.36",
      command: ["sleep", "infinity"],
      readinessProbe: { exec: { command: ["cat", "/tmp/ready"] }, periodSeconds: 1 },
    },
  ],
};
const plain = { terminationGracePeriodSeconds: 0, containers: [{ name: "main", image: "nginx:1.28" }] };
const set = (kind: string, name: string, spec: object, pod: object): object => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    ...spec,
    template: { metadata: { labels: { app: name } }, spec: pod },
  },
});
/** `db-0 1/1 Running` of each pod. */
const rows = (app: string): string[] =>
  laptop
    .kubectl(`get pods -l app=${app} --no-headers --ignore-not-found`)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("No resources"))
    .map((line) => line.split(/ +/).slice(0, 3).join(" "));
const ready = (name: string): string => laptop.test.exec(name, "touch /tmp/ready");
/** Events of the set itself, the ends of made-up names left open. */
const told = (kind: string, name: string): string[] =>
  laptop
    .kubectl(`events --for ${kind}/${name} --no-headers`)
    .split("\n")
    .map((line) => line.split(/ {2,}/).slice(1, 3).concat(line.split(/ {2,}/).slice(4)).join(" "))
    .map((line) => line.replace(new RegExp(`pod: ${name}-\\w{5}$`), `pod: ${name}-*`));
const made = (name: string): string => `Normal SuccessfulCreate create Pod ${name} in StatefulSet db successful`;
const ended = (name: string): string => `Normal SuccessfulDelete delete Pod ${name} in StatefulSet db successful`;

it("an ordered set makes one pod after the other, each when all before it are ready", () => {
  laptop.apply(set("StatefulSet", "db", { serviceName: "db", replicas: 3 }, patient));
  laptop.wait(30);
  expect(rows("db")).toEqual(["db-0 0/1 Running"]);
  ready("db-0");
  laptop.wait(10);
  expect(rows("db")).toEqual(["db-0 1/1 Running", "db-1 0/1 Running"]);
  ready("db-1");
  laptop.wait(10);
  ready("db-2");
  laptop.wait(3);
  expect(laptop.kubectl("get statefulset db --no-headers")).toMatch(/^db +3\/3 /);
  expect(told("statefulset", "db")).toEqual([made("db-0"), made("db-1"), made("db-2")]);
});

it("an ordered set goes down from the highest number, and not while a pod before isn't ready", () => {
  laptop.test.exec("db-0", "rm /tmp/ready");
  laptop.wait(5);
  laptop.kubectl("scale statefulset db --replicas=1");
  laptop.wait(20);
  expect(rows("db")).toEqual(["db-0 0/1 Running", "db-1 1/1 Running", "db-2 1/1 Running"]);
  ready("db-0");
  laptop.wait(10);
  expect(rows("db")).toEqual(["db-0 1/1 Running"]);
  expect(told("statefulset", "db").slice(3)).toEqual([ended("db-2"), ended("db-1")]);
});

it("a parallel set makes and ends all of them at once", () => {
  laptop.apply(
    set("StatefulSet", "ring", { serviceName: "ring", replicas: 3, podManagementPolicy: "Parallel" }, patient),
  );
  laptop.wait(10);
  expect(rows("ring")).toEqual(["ring-0 0/1 Running", "ring-1 0/1 Running", "ring-2 0/1 Running"]);
  laptop.kubectl("scale statefulset ring --replicas=1");
  laptop.wait(3);
  expect(rows("ring")).toEqual(["ring-0 0/1 Running"]);
});

it("what can't get ready is replaced once there is something newer in a parallel set; in an ordered one by hand", () => {
  const spec = { serviceName: "any", replicas: 2 };
  laptop.apply(
    set("StatefulSet", "stuck", spec, plain),
    set("StatefulSet", "free", { ...spec, podManagementPolicy: "Parallel" }, plain),
  );
  laptop.wait(20);
  laptop.kubectl("set image statefulset stuck free main=nginx:none");
  laptop.wait(30);
  const both = (): string[] => [...rows("stuck"), ...rows("free")];
  const [waits, runs] = ["0/1 ImagePullBackOff", "1/1 Running"];
  expect(both()).toEqual([`stuck-0 ${runs}`, `stuck-1 ${waits}`, `free-0 ${runs}`, `free-1 ${waits}`]);
  laptop.kubectl("rollout undo statefulset stuck");
  laptop.kubectl("rollout undo statefulset free");
  laptop.wait(30);
  expect(both()).toEqual([`stuck-0 ${runs}`, `stuck-1 ${waits}`, `free-0 ${runs}`, `free-1 ${runs}`]);
  laptop.kubectl("delete pod stuck-1");
  laptop.wait(20);
  expect(rows("stuck")).toEqual([`stuck-0 ${runs}`, `stuck-1 ${runs}`]);
  // Going back gives the old revision the newest number.
  expect(laptop.kubectl("rollout history statefulset stuck").split("\n").slice(1, 4)).toEqual([
    "REVISION  CHANGE-CAUSE",
    "2         <none>",
    "3         <none>",
  ]);
});

it("a daemon set follows the labels of nodes, and each pod is for one node alone", () => {
  laptop.apply(set("DaemonSet", "agent", {}, { ...plain, nodeSelector: { disk: "ssd" } }));
  laptop.wait(3);
  expect(laptop.kubectl("get daemonset agent --no-headers")).toMatch(/^agent +0 +0 +0 +0 +0 +disk=ssd /);
  laptop.kubectl("label node worker-1 worker-2 disk=ssd");
  laptop.wait(10);
  const terms = ".spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
  const pinned = laptop.field("pods -l app=agent", `range .items[*]}{.spec.nodeName} {${terms}}{"\\n"}{end`);
  const only = (node: string): string =>
    `${node} [{"matchFields":[{"key":"metadata.name","operator":"In","values":["${node}"]}]}]`;
  expect(pinned.trim().split("\n").toSorted()).toEqual([only("worker-1"), only("worker-2")]);
  const tolerated = laptop.kubectl("describe pods -l app=agent").match(/\bnode\.kubernetes\.io\/\S+ op=\w+( for.*)?/g);
  expect(new Set(tolerated)).toEqual(
    new Set([
      ...["disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"].map(
        (taint) => `node.kubernetes.io/${taint}:NoSchedule op=Exists`,
      ),
      "node.kubernetes.io/not-ready:NoExecute op=Exists",
      "node.kubernetes.io/unreachable:NoExecute op=Exists",
    ]),
  );
  laptop.kubectl("label node worker-1 disk-");
  laptop.wait(5);
  expect(laptop.field("pods -l app=agent", ".items[*].spec.nodeName")).toBe("worker-2");
  const created = "Normal SuccessfulCreate Created pod: agent-*";
  expect(told("daemonset", "agent")).toEqual([created, created, "Normal SuccessfulDelete Deleted pod: agent-*"]);
});

it("a replica set ends what is too much, takes in pods that fit it, and replaces what it lets go", () => {
  laptop.apply(set("ReplicaSet", "web", { replicas: 2 }, plain));
  laptop.wait(5);
  laptop.kubectl("run extra --image=nginx --labels=app=web");
  laptop.wait(5);
  expect(rows("web")).toEqual([expect.stringMatching(/^web-/), expect.stringMatching(/^web-/)]);
  const created = "Normal SuccessfulCreate Created pod: web-*";
  expect(told("replicaset", "web")).toEqual([created, created, "Normal SuccessfulDelete Deleted pod: extra"]);
  laptop.kubectl("delete replicaset web --cascade=orphan");
  laptop.kubectl("run extra --image=nginx --labels=app=web");
  laptop.apply(set("ReplicaSet", "web", { replicas: 3 }, plain));
  laptop.wait(5);
  const owner = (): string => laptop.field("pod extra", ".metadata.ownerReferences[*].name");
  expect([rows("web").length, owner()]).toEqual([3, "web"]);
  laptop.kubectl("label pod extra app=debug --overwrite");
  laptop.wait(5);
  expect([rows("web").length, rows("debug"), owner()]).toEqual([3, ["extra 1/1 Running"], ""]);
});
