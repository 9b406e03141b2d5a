/** When a pod that found no node is tried again, and in which order. */
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
/** How often it was told that a pod fits nowhere. */
const tries = (name: string): number =>
  Number(
    laptop.kubectl(
      `get events --field-selector involvedObject.name=${name},reason=FailedScheduling -o custom-columns=C:.count --no-headers`,
    ),
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
