/** What goes with what is deleted, what stays, and what holds a deletion up. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
/** Names with where they come from: `web-5d… <- web`. */
const owned = (kind: string): string =>
  laptop.kubectl(`get ${kind} --no-headers -o custom-columns=:.metadata.name,:.metadata.ownerReferences[*].name`);
/** Two pods that take their whole grace period to end: nobody in them listens to SIGTERM. */
function deploy(name: string): void {
  laptop.apply({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 10,
          containers: [{ name: "main", image: "busybox", command: ["sleep", "infinity"] }],
        },
      },
    },
  });
  laptop.wait(10);
}
const NOTHING = "No resources found in default namespace.";

it("background: the Deployment goes at once, and what it owned follows", () => {
  deploy("back");
  expect(laptop.kubectl("delete deployment back --cascade=background")).toBe(
    'deployment.apps "back" deleted from default namespace',
  );
  expect(laptop.kubectl("get deployments")).toBe(NOTHING);
  expect(owned("replicasets")).toMatch(/^back-\w+ +back$/);
  laptop.wait(1);
  expect(laptop.kubectl("get replicasets")).toBe(NOTHING);
  expect(laptop.kubectl("get pods --no-headers")).toMatch(/^(back-\S+ +1\/1 +Terminating +0 +11s\n?){2}$/);
  laptop.wait(12);
  expect(laptop.kubectl("get pods")).toBe(NOTHING);
});

it("foreground: owners wait with a finalizer for those that block them, and go after them", () => {
  deploy("front");
  laptop.kubectl("delete deployment front --cascade=foreground --wait=false");
  laptop.wait(1);
  const column = ".metadata.finalizers,:.metadata.ownerReferences[*].blockOwnerDeletion";
  const held = laptop.kubectl(
    `get deployments,replicasets,pods --no-headers -o custom-columns=:.metadata.name,:${column}`,
  );
  expect(held.split("\n").map((line) => line.trim().split(/ {2,}/).slice(1))).toEqual([
    ["[foregroundDeletion]", "<none>"],
    ["[foregroundDeletion]", "true"],
    ["<none>", "true"],
    ["<none>", "true"],
  ]);
  // No pod comes for those that go.
  expect(laptop.kubectl("get deployments --no-headers")).toMatch(/^front +0\/2 /);
  laptop.wait(12);
  expect(laptop.kubectl("get deployments,replicasets,pods")).toBe(NOTHING);
});

it("orphan: what it owned stays, belongs to nobody, and is taken in by the next of its kind", () => {
  deploy("lost");
  laptop.kubectl("delete deployment lost --cascade=orphan");
  laptop.wait(1);
  expect(owned("replicasets")).toMatch(/^lost-\w+ +<none>$/);
  expect(laptop.kubectl("get pods --no-headers")).toMatch(/^(lost-\S+ +1\/1 +Running +0 +11s\n?){2}$/);
  const before = laptop.kubectl("get pods -o name");
  deploy("lost");
  expect(owned("replicasets")).toMatch(/^lost-\w+ +lost$/);
  expect(laptop.kubectl("get pods -o name")).toBe(before);
  laptop.kubectl("delete deployment lost");
  laptop.wait(15);
});

it("a namespace is emptied and goes; meanwhile nothing new comes into it", () => {
  laptop.kubectl("create namespace brief");
  laptop.kubectl("create deployment web -n brief --image=nginx");
  laptop.kubectl("create configmap conf -n brief --from-literal=a=b");
  laptop.wait(5);
  laptop.kubectl("delete namespace brief --wait=false");
  expect(laptop.kubectl("get namespace brief --no-headers")).toMatch(/^brief +Terminating +5s$/);
  expect(laptop.kubectl("create configmap late -n brief")).toBe(
    'error: failed to create configmap: configmaps "late" is forbidden: unable to create new content in namespace brief because it is being terminated',
  );
  laptop.wait(30);
  expect(laptop.kubectl("get namespace brief")).toBe('Error from server (NotFound): namespaces "brief" not found');
  expect(laptop.kubectl("get deployments,pods,configmaps -n brief")).toBe("No resources found in brief namespace.");
});

it("a namespace that something hangs in says what, and goes when the finalizer does", () => {
  laptop.kubectl("create namespace stuck");
  laptop.kubectl("create configmap hung -n stuck");
  laptop.kubectl(`patch configmap hung -n stuck -p '{"metadata":{"finalizers":["example.com/wait"]}}'`);
  expect(laptop.kubectl("delete namespace stuck --timeout=20s").split("\n")).toEqual([
    'namespace "stuck" deleted',
    "error: timed out waiting for the condition on namespaces/stuck",
  ]);
  const told = laptop.kubectl("describe namespace stuck").split("\n").slice(7, 12);
  expect(
    told.map((line) =>
      line
        .trim()
        .replace(/\w{3}, \d\d .* \+0000/, "…")
        .split(/ {2,}/),
    ),
  ).toEqual([
    ["NamespaceDeletionDiscoveryFailure", "False", "…", "ResourcesDiscovered", "All resources successfully discovered"],
    [
      "NamespaceDeletionGroupVersionParsingFailure",
      "False",
      "…",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ],
    [
      "NamespaceDeletionContentFailure",
      "False",
      "…",
      "ContentDeleted",
      "All content successfully deleted, may be waiting on finalization",
    ],
    [
      "NamespaceContentRemaining",
      "True",
      "…",
      "SomeResourcesRemain",
      "Some resources are remaining: configmaps. has 1 resource instances",
    ],
    [
      "NamespaceFinalizersRemaining",
      "True",
      "…",
      "SomeFinalizersRemain",
      "Some content in the namespace has finalizers remaining: example.com/wait in 1 resource instances",
    ],
  ]);
  laptop.kubectl(`patch configmap hung -n stuck --type=json -p '[{"op":"remove","path":"/metadata/finalizers"}]'`);
  laptop.wait(15);
  expect(laptop.kubectl("get namespace stuck")).toBe('Error from server (NotFound): namespaces "stuck" not found');
});

it("a claim that a pod uses, and a volume that a claim has, are Terminating until they are free", () => {
  const volumeMounts = [{ name: "data", mountPath: "/data" }];
  laptop.apply(
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "uses" },
      spec: {
        terminationGracePeriodSeconds: 0,
        volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
        containers: [{ name: "main", image: "busybox", command: ["sleep", "infinity"], volumeMounts }],
      },
    },
  );
  laptop.wait(20);
  laptop.kubectl("delete pvc data --wait=false");
  const volume = laptop.field("pvc data", ".spec.volumeName");
  laptop.kubectl(`delete pv ${volume} --wait=false`);
  laptop.wait(5);
  expect(laptop.kubectl("get pvc data --no-headers")).toMatch(/^data +Terminating +pvc-/);
  expect(laptop.kubectl(`get pv ${volume} --no-headers`)).toMatch(/ Delete +Terminating +default\/data /);
  expect(laptop.field("pvc data", ".metadata.finalizers")).toBe('["kubernetes.io/pvc-protection"]');
  expect(laptop.kubectl("describe pvc data")).toMatch(/\nStatus: +Terminating \(lasts 5s\)\n[^]*\nUsed By: +uses\n/);
  expect(laptop.field("pod uses", ".status.phase")).toBe("Running");
  laptop.kubectl("delete pod uses");
  laptop.wait(15);
  expect(laptop.kubectl("get pvc,pv")).toBe(NOTHING);
});
