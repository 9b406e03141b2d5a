/** What the controllers see to beside workloads: limits, disruptions, copies of objects, volumes that go with a pod, dead nodes. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const { test } = laptop;
const pod = (name: string, container: object = {}, spec: object = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: {
    containers: [{ name: "main", image: "busybox", command: ["sleep", "infinity"], ...container }],
    terminationGracePeriodSeconds: 0,
    ...spec,
  },
});

it("a quota counts, refuses what is too much, and is told of by the Deployment", () => {
  laptop.kubectl("create namespace small");
  laptop.kubectl("create quota few -n small --hard=pods=2,services=1");
  laptop.wait(1);
  laptop.kubectl("create deployment web -n small --image=nginx --replicas=3");
  laptop.wait(10);
  expect(laptop.kubectl("describe quota few -n small").split("\n").slice(-2)).toEqual([
    "pods        2     2",
    "services    0     1",
  ]);
  laptop.kubectl("create service clusterip one -n small --tcp=80");
  expect(laptop.kubectl("create service clusterip two -n small --tcp=80")).toBe(
    'error: failed to create ClusterIP service: services "two" is forbidden: exceeded quota: few, requested: services=1, used: services=1, limited: services=1',
  );
  const refused = laptop.events("web", "small").filter((text) => text.includes("FailedCreate"));
  expect(refused[0]).toMatch(
    /^Warning FailedCreate Error creating: pods "web-\w+-\w+" is forbidden: exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2$/,
  );
});

it("every namespace has the root certificate and an account; both come back when they are deleted", () => {
  laptop.kubectl("delete configmap kube-root-ca.crt -n small");
  laptop.kubectl("delete serviceaccount default -n small");
  laptop.wait(2);
  expect(laptop.kubectl("get configmap/kube-root-ca.crt serviceaccount/default -n small -o name")).toBe(
    "configmap/kube-root-ca.crt\nserviceaccount/default",
  );
});

it("a ClusterRole that aggregates has the rules of those that bear its label, while they do", () => {
  laptop.kubectl("create clusterrole crons --verb=list --resource=cronjobs.batch");
  laptop.kubectl("create clusterrole all --aggregation-rule=team=red");
  const rules = (): string => laptop.field("clusterrole all", ".rules[*].resources[*]");
  laptop.wait(1);
  expect(rules()).toBe("");
  laptop.kubectl("label clusterrole crons team=red");
  laptop.wait(1);
  expect(rules()).toBe("cronjobs");
  laptop.kubectl("label clusterrole crons team-");
  laptop.wait(1);
  expect(rules()).toBe("");
});

it("endpoints by hand are mirrored into slices", () => {
  laptop.apply(
    { apiVersion: "v1", kind: "Service", metadata: { name: "outside" }, spec: { ports: [{ port: 80 }] } },
    {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name: "outside" },
      subsets: [{ addresses: [{ ip: "192.0.2.7" }], ports: [{ port: 8080 }] }],
    },
  );
  laptop.wait(3);
  const slices = "endpointslices -l kubernetes.io/service-name=outside";
  expect(laptop.kubectl(`get ${slices} --no-headers`)).toMatch(/^outside-\w{5} +IPv4 +8080 +192\.0\.2\.7 +3s$/);
  expect(laptop.field(slices, ".items[*].metadata.labels")).toBe(
    '{"endpointslice.kubernetes.io/managed-by":"endpointslicemirroring-controller.k8s.io","kubernetes.io/service-name":"outside"}',
  );
  laptop.kubectl("delete endpoints outside");
  laptop.wait(3);
  expect(laptop.kubectl(`get ${slices}`)).toBe("No resources found in default namespace.");
});

it("a budget keeps the last pods from a drain until there are others", () => {
  laptop.kubectl("create deployment kept --image=nginx --replicas=2");
  laptop.kubectl("create pdb kept --selector=app=kept --min-available=2");
  laptop.wait(20);
  const node = laptop.field("pods -l app=kept", ".items[0].spec.nodeName");
  expect(laptop.kubectl("get pdb kept --no-headers")).toMatch(/^kept +2 +N\/A +0 +20s$/);
  const drain = (timeout: string): string => laptop.kubectl(`drain ${node} --ignore-daemonsets --timeout=${timeout}`);
  const pod = laptop.field(`pods -l app=kept --field-selector spec.nodeName=${node}`, ".items[0].metadata.name");
  laptop.kubectl(`create deployment free --image=nginx --replicas=3`);
  laptop.wait(10);
  const free = laptop.field(`pods -l app=free --field-selector spec.nodeName=${node}`, ".items[0].metadata.name");
  // The other pod goes meanwhile; the one that is kept is asked again until the time is over.
  const evicting = `evicting pod default/${pod}`;
  const about = `error when evicting pods/"${pod}" -n "default"`;
  const refused = `${about} (will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.`;
  const late = `${about}: global timeout reached: 7s`;
  const said = drain("7s").trimEnd().split("\n");
  expect(said.filter((line) => !line.startsWith("Warning: "))).toEqual([
    `node/${node} cordoned`,
    `evicting pod default/${free}`,
    ...[evicting, `pod/${free} evicted`, evicting, evicting],
    ...[refused, refused],
    `There are pending pods in node "${node}" when an error occurred: ${late}`,
    `pod/${pod}`,
    `error: unable to drain node "${node}" due to error: ${late}, continuing command...`,
    "There are pending nodes to be drained:",
    ` ${node}`,
    late,
  ]);
  laptop.kubectl("delete deployment free");
  laptop.kubectl("scale deployment kept --replicas=3");
  laptop.wait(20);
  expect(drain("60s")).toMatch(/^pod\/kept-\w+-\w+ evicted\nnode\/worker-\d drained$/m);
  laptop.kubectl(`uncordon ${node}`);
});

it("volumes in a pod's own words: a claim that goes with it; a folder of the node must be there, or is made", () => {
  const volumeClaimTemplate = { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } };
  laptop.apply(
    pod(
      "brief",
      { volumeMounts: [{ name: "own", mountPath: "/own" }] },
      { volumes: [{ name: "own", ephemeral: { volumeClaimTemplate } }] },
    ),
    pod(
      "hosted",
      { volumeMounts: [{ name: "host", mountPath: "/host" }] },
      { nodeName: "worker-1", volumes: [{ name: "host", hostPath: { path: "/srv/gone", type: "Directory" } }] },
    ),
    pod(
      "makes",
      { volumeMounts: [{ name: "host", mountPath: "/host" }] },
      { nodeName: "worker-2", volumes: [{ name: "host", hostPath: { path: "/srv/gone", type: "DirectoryOrCreate" } }] },
    ),
  );
  laptop.wait(30);
  expect(laptop.kubectl("get pvc --no-headers")).toMatch(/^brief-own +Bound +pvc-/);
  expect(["hosted", "makes"].map((name) => laptop.kubectl(`get pod ${name} --no-headers`).split(/\s+/)[2])).toEqual([
    "ContainerCreating",
    "Running",
  ]);
  expect(laptop.events("hosted")).toEqual([
    'Warning FailedMount MountVolume.SetUp failed for volume "host" : hostPath type check failed: /srv/gone is not a directory',
  ]);
  laptop.kubectl("delete pod brief --now");
  laptop.wait(15);
  expect(laptop.kubectl("get pvc,pv")).toBe("No resources found in default namespace.");
});

it("a stateful set replaces from its partition on, or only what is deleted", () => {
  laptop.apply({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "db" },
    spec: {
      serviceName: "db",
      replicas: 3,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: { app: "db" } },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } },
      template: {
        metadata: { labels: { app: "db" } },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: "main", image: "nginx:1.28" }] },
      },
    },
  });
  laptop.wait(20);
  const imagesOf = (): string => laptop.field("pods -l app=db", ".items[*].spec.containers[0].image");
  laptop.kubectl("set image statefulset db main=nginx:1.29");
  laptop.wait(20);
  expect(imagesOf()).toBe("nginx:1.28 nginx:1.28 nginx:1.29");
  laptop.kubectl(`patch statefulset db -p '{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}'`);
  laptop.wait(20);
  expect(imagesOf()).toBe("nginx:1.28 nginx:1.28 nginx:1.29");
  laptop.kubectl("delete pod db-0");
  laptop.wait(20);
  expect(imagesOf()).toBe("nginx:1.29 nginx:1.28 nginx:1.29");
});

it("a node without power is not ready after its grace, and loses its pods five minutes later", () => {
  const node = laptop.field("pods -l app=kept", ".items[0].spec.nodeName");
  const name = laptop.field("pods -l app=kept", ".items[0].metadata.name");
  test.cluster.nodes.get(node)?.powerOff();
  laptop.wait(60);
  expect(laptop.kubectl(`get node ${node} --no-headers`)).toMatch(/^worker-\d +NotReady /);
  expect(laptop.field(`node ${node}`, ".spec.taints[*].effect")).toBe("NoSchedule NoExecute");
  expect(laptop.kubectl(`get pod ${name} --no-headers`)).toMatch(/ 1\/1 +Running /);
  expect(laptop.events(name).at(-1)).toBe("Warning NodeNotReady Node is not ready");
  expect(laptop.events(node).at(-1)).toBe(`Normal NodeNotReady Node ${node} status is now: NodeNotReady`);
  laptop.wait(300);
  expect(laptop.kubectl(`get pod ${name} --no-headers`)).toMatch(/ 1\/1 +Terminating /);
  expect(laptop.events(name).at(-1)).toBe(`Normal TaintManagerEviction Marking for deletion Pod default/${name}`);
});
