/** When a pod that found no node is tried again, in which order, and how many nodes are looked at for it. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
laptop.wait(30);
const pod = (name: string, spec: object, cpu = "100m"): object => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name } },
  spec: {
    containers: [{ name: "main", image: "registry.k8s.io/pause:3.10", resources: { requests: { cpu } } }],
    terminationGracePeriodSeconds: 0,
    ...spec,
  },
});
/** How often a node was looked for. */
const tries = (name: string): number => laptop.test.cluster.decision("default", name)?.attempt ?? 0;
/** What describe says of that: `5m16s Scheduling`, or `5m10s (x2 over 11m)`. */
const told = (name: string): string[] =>
  [...laptop.kubectl(`describe pod ${name}`).matchAll(/^ +Warning +FailedScheduling +(.*?) +default-scheduler /gm)].map(
    ([, age = ""]) => age,
  );
const nodeOf = (name: string): string => laptop.field(`pod ${name}`, ".spec.nodeName");

it("what can't help doesn't disturb a pod, what helps wakes it, and after five minutes it is tried in any case", () => {
  laptop.apply(
    pod("picky", { nodeSelector: { disk: "ssd", size: "big" } }),
    pod("lost", { nodeSelector: { disk: "x" } }),
  );
  laptop.wait(1);
  for (const disk of ["hdd", "ssd", "nvme", "ssd"]) {
    laptop.kubectl(`label node worker-1 disk=${disk} --overwrite`);
    laptop.wait(12);
  }
  expect([tries("picky"), tries("lost")]).toEqual([1, 1]);
  laptop.kubectl("label node worker-1 size=big");
  laptop.wait(1);
  expect(nodeOf("picky")).toBe("worker-1");
  // Looked for each half minute: those that have waited for more than five minutes.
  laptop.wait(240);
  expect(tries("lost")).toBe(1);
  laptop.wait(50);
  expect(tries("lost")).toBe(2);
});

it("describe tells of the first attempt, and of all later ones as a series that is brought up to date twice an hour", () => {
  // The first attempt changed the pod's status, so that later ones are about another version of it.
  expect(told("lost")).toHaveLength(2);
  laptop.wait(330);
  expect(tries("lost")).toBe(3);
  const [, series = ""] = told("lost");
  expect(series).toMatch(/^\S+ \(x2 over \S+\)$/);
  laptop.wait(330);
  expect(tries("lost")).toBe(4);
  expect(told("lost")[1]).toMatch(/^\S+ \(x2 over 1[1-7]m\)$/);
  laptop.wait(1200);
  expect(told("lost")[1]).toMatch(/^\S+ \(x[45] over 3\dm\)$/);
});

it("events by their last time begin with those of the scheduler, which have none", () => {
  laptop.kubectl("run quick --image=registry.k8s.io/pause:3.10");
  laptop.wait(5);
  const reasons = laptop.kubectl(
    "get events --sort-by=.lastTimestamp --field-selector involvedObject.name=quick -o custom-columns=R:.reason,L:.lastTimestamp,C:.count,A:.action,S:.source,I:.reportingInstance --no-headers",
  );
  const [first = "", ...rest] = reasons.trimEnd().split("\n");
  expect(first.split(/ {2,}/)).toEqual([
    ...["Scheduled", "<nil>", "<none>", "Binding", "map[]", "default-scheduler-control-plane"],
  ]);
  expect(rest.map((line) => line.split(" ")[0])).toEqual(["Pulling", "Pulled", "Created", "Started"]);
});

it("the higher priority is first when there is room, and of equals who has waited longer", () => {
  const priority = (name: string, value: number): object => ({
    ...{ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name }, value },
    preemptionPolicy: "Never",
  });
  const here = { nodeSelector: { "kubernetes.io/hostname": "worker-2" } };
  laptop.apply(priority("more", 100), pod("full", here, "3800m"));
  laptop.wait(2);
  laptop.apply(pod("old", here, "1500m"));
  laptop.wait(2);
  laptop.apply(pod("young", here, "1500m"), pod("dear", { ...here, priorityClassName: "more" }, "1500m"));
  laptop.wait(2);
  laptop.kubectl("delete pod full --now");
  laptop.wait(12);
  expect(["dear", "old", "young"].map(nodeOf)).toEqual(["worker-2", "worker-2", ""]);
});

it("a pod whose binding is refused waits one second, two, four, eight, and never more than ten", () => {
  const NAME = { name: "no-binding" };
  laptop.apply(
    {
      ...{ apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy", metadata: NAME },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods/binding"] },
          ],
        },
        validations: [{ expression: "object.metadata.name != 'unbound'", message: "not this one" }],
      },
    },
    {
      ...{ apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicyBinding", metadata: NAME },
      spec: { policyName: NAME.name, validationActions: ["Deny"] },
    },
  );
  laptop.wait(2);
  laptop.apply(pod("unbound", {}));
  const seconds: number[] = [];
  for (let second = 0, seen = 0; second < 48; second++) {
    laptop.wait(1);
    const now = tries("unbound");
    if (now > seen) seconds.push(second);
    seen = now;
  }
  expect(seconds.slice(1).map((second, at) => second - (seconds[at] ?? 0))).toEqual([1, 2, 4, 8, 10, 10, 10]);
  expect(laptop.events("unbound")[0]).toBe(
    `Warning FailedScheduling binding rejected: pods "unbound" is forbidden: ValidatingAdmissionPolicy 'no-binding' with binding 'no-binding' denied request: not this one`,
  );
  laptop.kubectl("delete validatingadmissionpolicybinding no-binding");
  laptop.wait(12);
  expect(nodeOf("unbound")).not.toBe("");
});

it("of many nodes as many are looked for as the scheduler's configuration says, but a hundred at least", () => {
  const large = new ClusterLaptop({ preset: "scale:150" });
  const { cluster } = large.test;
  const disk = cluster.nodes.get("control-plane")?.kubelet.disk;
  if (disk === undefined) throw new Error("no node");
  const fitting = (name: string): number | undefined => {
    large.kubectl(`run ${name} --image=registry.k8s.io/pause:3.10`);
    large.wait(3);
    return cluster.placement("default", name)?.fitting;
  };
  large.wait(20);
  expect(fitting("by-default")).toBe(100);
  const config = "/etc/kubernetes/scheduler-config.yaml";
  disk.writeFile(
    config,
    "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\npercentageOfNodesToScore: 80\n" +
      "clientConnection: {kubeconfig: /etc/kubernetes/scheduler.conf}\n",
  );
  const manifest = "/etc/kubernetes/manifests/kube-scheduler.yaml";
  const text = disk.readFile(manifest);
  disk.writeFile(
    manifest,
    text
      .replace(/--kubeconfig=.*/, `--config=${config}`)
      .replaceAll(/(mountPath|path): .*scheduler.conf/g, "$1: /etc/kubernetes")
      .replace("FileOrCreate", "Directory"),
  );
  large.wait(60);
  expect(fitting("of-eighty-percent")).toBe(120);
});
