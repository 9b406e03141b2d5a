/** Quotas of counts, of scopes and of classes: what they count, and what they refuse in which words. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
laptop.kubectl("create namespace full");
const quota = (name: string, spec: object): object => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name, namespace: "full" },
  spec,
});
const pod = (name: string, resources: object, spec: object = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "full" },
  spec: { containers: [{ name: "main", image: "nginx", resources }], ...spec },
});
const claim = (name: string, storage: string, spec: object = {}): object => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name, namespace: "full" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, ...spec },
});
/** `pods 1/2` of each line of a quota. */
const used = (name: string): string[] =>
  laptop
    .kubectl(`describe quota ${name} -n full`)
    .split("\n--------")[1]
    ?.split("\n")
    .slice(1)
    .map((line) => line.replace(/ +/g, " ").replace(/ (\S+) (\S+)$/, " $1/$2")) ?? [];
const refused = (what: string, quotaName: string, why: string): string =>
  `Error from server (Forbidden): error when creating "STDIN": ${what} is forbidden: exceeded quota: ${quotaName}, ${why}`;

it("objects are counted by their kind or their old name; a type of service is one of them", () => {
  const hard = {
    "count/deployments.apps": "1",
    secrets: "1",
    "services.loadbalancers": "0",
    "services.nodeports": "1",
  };
  laptop.apply(quota("counts", { hard }));
  laptop.wait(1);
  const create = (line: string): string => laptop.kubectl(`create ${line} -n full`);
  create("secret generic one");
  expect(create("secret generic two")).toBe(
    'error: failed to create secret secrets "two" is forbidden: exceeded quota: counts, requested: secrets=1, used: secrets=1, limited: secrets=1',
  );
  create("deployment one --image=nginx --replicas=0");
  expect(create("deployment two --image=nginx")).toBe(
    'error: failed to create deployment: deployments.apps "two" is forbidden: exceeded quota: counts, requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: count/deployments.apps=1',
  );
  expect(create("service loadbalancer lb --tcp=80")).toBe(
    'error: failed to create LoadBalancer service: services "lb" is forbidden: exceeded quota: counts, requested: services.loadbalancers=1, used: services.loadbalancers=0, limited: services.loadbalancers=0',
  );
  create("service nodeport open --tcp=80");
  create("service clusterip closed --tcp=80");
  expect(laptop.kubectl(`patch service closed -n full -p '{"spec":{"type":"NodePort"}}'`)).toBe(
    'Error from server (Forbidden): services "closed" is forbidden: exceeded quota: counts, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1',
  );
  laptop.kubectl("delete service open -n full");
  laptop.wait(2);
  expect(used("counts")).toEqual([
    "count/deployments.apps 1/1",
    "secrets 1/1",
    "services.loadbalancers 0/0",
    "services.nodeports 0/1",
  ]);
});

it("scopes tell pods apart: without requests, with some, with a deadline, of a priority", () => {
  const priority = { scopeName: "PriorityClass", operator: "In", values: ["high"] };
  laptop.apply(
    quota("best", { hard: { pods: "1" }, scopes: ["BestEffort"] }),
    quota("rest", { hard: { pods: "2", "requests.cpu": "1", "limits.memory": "1Gi" }, scopes: ["NotBestEffort"] }),
    quota("brief", { hard: { pods: "1" }, scopes: ["Terminating"] }),
    quota("high", { hard: { pods: "0" }, scopeSelector: { matchExpressions: [priority] } }),
    {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: "high" },
      value: 100,
    },
  );
  laptop.wait(1);
  const some = (cpu: string): object => ({ requests: { cpu }, limits: { memory: "256Mi" } });
  expect(laptop.apply(pod("none", {}))).toBe("pod/none created");
  expect(laptop.apply(pod("none2", {}))).toBe(
    refused('pods "none2"', "best", "requested: pods=1, used: pods=1, limited: pods=1"),
  );
  expect(laptop.apply(pod("some", some("600m")))).toBe("pod/some created");
  expect(laptop.apply(pod("much", some("600m")))).toBe(
    refused('pods "much"', "rest", "requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1"),
  );
  expect(laptop.apply(pod("half", { requests: { memory: "1Mi" } }))).toBe(
    'Error from server (Forbidden): error when creating "STDIN": pods "half" is forbidden: failed quota: rest: must specify limits.memory for: main; requests.cpu for: main',
  );
  expect(laptop.apply(pod("urgent", some("1m"), { priorityClassName: "high" }))).toBe(
    refused('pods "urgent"', "high", "requested: pods=1, used: pods=0, limited: pods=0"),
  );
  const deadline = { activeDeadlineSeconds: 600 };
  expect(laptop.apply(pod("brief", some("100m"), deadline))).toBe("pod/brief created");
  laptop.kubectl("delete pod some -n full --now");
  laptop.wait(5);
  expect(laptop.apply(pod("brief2", some("100m"), deadline))).toBe(
    refused('pods "brief2"', "brief", "requested: pods=1, used: pods=1, limited: pods=1"),
  );
  expect(["best", "rest", "brief", "high"].map(used)).toEqual([
    ["pods 1/1"],
    ["limits.memory 256Mi/1Gi", "pods 1/2", "requests.cpu 100m/1"],
    ["pods 1/1"],
    ["pods 0/0"],
  ]);
});

it("claims are counted, by their size and by their class too", () => {
  const hard = {
    persistentvolumeclaims: "2",
    "requests.storage": "3Gi",
    "fast.storageclass.storage.k8s.io/persistentvolumeclaims": "0",
  };
  laptop.apply(quota("disks", { hard }));
  laptop.wait(1);
  expect(laptop.apply(claim("large", "4Gi"))).toBe(
    refused(
      'persistentvolumeclaims "large"',
      "disks",
      "requested: requests.storage=4Gi, used: requests.storage=0, limited: requests.storage=3Gi",
    ),
  );
  expect(laptop.apply(claim("fast", "1Gi", { storageClassName: "fast" }))).toContain(
    "requested: fast.storageclass.storage.k8s.io/persistentvolumeclaims=1, used: fast.storageclass.storage.k8s.io/persistentvolumeclaims=0,",
  );
  laptop.apply(claim("one", "1Gi"), claim("two", "1Gi"));
  expect(laptop.apply(claim("three", "1Gi"))).toBe(
    refused(
      'persistentvolumeclaims "three"',
      "disks",
      "requested: persistentvolumeclaims=1, used: persistentvolumeclaims=2, limited: persistentvolumeclaims=2",
    ),
  );
  expect(used("disks")).toEqual([
    "fast.storageclass.storage.k8s.io/persistentvolumeclaims 0/0",
    "persistentvolumeclaims 2/2",
    "requests.storage 2Gi/3Gi",
  ]);
});

it("the namespace's own root certificate counts, and comes back only when there is room for it", () => {
  laptop.kubectl("create quota maps -n full --hard=configmaps=2");
  laptop.wait(1);
  expect(used("maps")).toEqual(["configmaps 1/2"]);
  laptop.kubectl("create configmap first -n full");
  laptop.kubectl(`patch quota maps -n full -p '{"spec":{"hard":{"configmaps":"1"}}}'`);
  laptop.wait(1);
  laptop.kubectl("delete configmap kube-root-ca.crt -n full");
  laptop.wait(5);
  expect(laptop.kubectl("get configmaps -n full -o name")).toBe("configmap/first");
  laptop.kubectl("delete configmap first -n full");
  laptop.wait(20);
  expect(laptop.kubectl("get configmaps -n full -o name")).toBe("configmap/kube-root-ca.crt");
  expect(used("maps")).toEqual(["configmaps 1/1"]);
});
