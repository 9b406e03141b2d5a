/** Pods that no kubelet will ever end: of nodes that are gone or out of service, of none at all; and what nodes are told. */
import { expect, it } from "vitest";
import { clusterRoleBindings, nodes } from "../../engine/api/registry.ts";
import { TestControlPlane } from "../../engine/controllers/testing/test-control-plane.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";
import { ServerLaptop } from "../testing/server-laptop.ts";

const laptop = new ClusterLaptop();
/** Name, status and node of the pods of web. */
const rows = (): string[] =>
  laptop
    .kubectl("get pods -l app=web --no-headers -o wide")
    .split("\n")
    .map((line) => line.split(/ +/))
    .map(([, ready, status, , , , node]) => `${ready} ${status} ${node}`)
    .toSorted();

it("a node that is out of service loses its pods once it isn't ready", () => {
  laptop.kubectl("create deployment web --image=nginx --replicas=3");
  laptop.wait(10);
  expect(rows()).toEqual(["1/1 Running worker-1", "1/1 Running worker-2", "1/1 Running worker-3"]);
  laptop.test.cluster.nodes.get("worker-1")?.powerOff();
  laptop.kubectl("taint node worker-1 node.kubernetes.io/out-of-service=nodeshutdown:NoExecute");
  laptop.wait(5);
  // Its pods are to go at once, and nobody is there to end them.
  expect(rows().filter((row) => row.endsWith("worker-1"))).toEqual(["1/1 Terminating worker-1"]);
  expect(rows().filter((row) => row.startsWith("1/1 Running"))).toHaveLength(3);
  laptop.wait(70);
  expect(laptop.kubectl("get node worker-1 --no-headers")).toMatch(/^worker-1 +NotReady /);
  expect(rows().filter((row) => row.endsWith("worker-1"))).toEqual([]);
});

it("pods of a node that is deleted fail and go, after it has been missed for 40 seconds", () => {
  laptop.test.cluster.nodes.get("worker-2")?.powerOff();
  const name = laptop.field("pods -l app=web --field-selector spec.nodeName=worker-2", ".items[0].metadata.name");
  laptop.kubectl(`patch pod ${name} -p '{"metadata":{"finalizers":["example.com/look"]}}'`);
  laptop.kubectl("delete node worker-2");
  laptop.wait(39);
  expect(laptop.field(`pod ${name}`, ".status.phase")).toBe("Running");
  laptop.wait(42);
  expect(laptop.field(`pod ${name}`, ".status.phase")).toBe("Failed");
  expect(laptop.field(`pod ${name}`, '.status.conditions[?(@.type=="DisruptionTarget")].message')).toBe(
    "PodGC: node no longer exists",
  );
  expect(laptop.field(`pod ${name}`, '.status.conditions[?(@.type=="DisruptionTarget")].reason')).toBe(
    "DeletionByPodGC",
  );
  laptop.kubectl(`patch pod ${name} --type=json -p '[{"op":"remove","path":"/metadata/finalizers"}]'`);
  expect(laptop.kubectl(`get pod ${name}`)).toBe(`Error from server (NotFound): pods "${name}" not found`);
  laptop.wait(5);
  expect(rows()).toEqual(["1/1 Running worker-3", "1/1 Running worker-3", "1/1 Running worker-3"]);
});

it("a pod that has no node yet goes at once, even when it is to be given time", () => {
  laptop.kubectl(`run waits --image=nginx --overrides='{"spec":{"nodeSelector":{"disk":"none"}}}'`);
  laptop.wait(1);
  laptop.kubectl("delete pod waits --wait=false --grace-period=600");
  expect(laptop.kubectl("get pod waits")).toBe('Error from server (NotFound): pods "waits" not found');
});

it("pods that have ended are kept up to the number that the controller manager is told, the oldest go first", () => {
  const disk = laptop.test.cluster.nodes.get("control-plane")?.kubelet.disk;
  const path = "/etc/kubernetes/manifests/kube-controller-manager.yaml";
  const own = "- kube-controller-manager\n";
  const text = disk?.readFile(path) ?? "";
  disk?.writeFile(path, text.replace(own, `${own}    - --terminated-pod-gc-threshold=2\n`));
  for (const name of ["one", "two", "three", "four"]) {
    laptop.kubectl(`run ${name} --image=busybox --restart=Never --command -- true`);
    laptop.wait(1);
  }
  laptop.wait(10);
  expect(laptop.kubectl("get pods -o name --field-selector status.phase=Succeeded").split("\n")).toHaveLength(4);
  // The kubelet sees the file, and the new instance waits for the lease of the one before.
  laptop.wait(75);
  expect(laptop.kubectl("get pods -o name --field-selector status.phase=Succeeded")).toBe("pod/four\npod/three");
});

it("the more nodes there are, the longer their kubelets may go on with what they have read", () => {
  const plane = new TestControlPlane({ kubelet: { nodes: [] } });
  const many = new ServerLaptop(plane);
  plane.create(clusterRoleBindings, {
    metadata: { name: "admin" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "kubernetes-admin" }],
  });
  const add = (index: number): unknown => plane.create(nodes, { metadata: { name: `n${index}` } });
  const told = (): string => many.field("node n0", String.raw`.metadata.annotations.node\.alpha\.kubernetes\.io/ttl`);
  for (let index = 0; index < 100; index++) add(index);
  many.wait(1);
  expect(told()).toBe("0");
  add(100);
  many.wait(1);
  // Told when something about a node changes, as its status does all the time.
  many.kubectl("label node n0 seen=yes");
  many.wait(1);
  expect(told()).toBe("15");
});
