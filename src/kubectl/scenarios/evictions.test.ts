/** What the eviction API answers, which drains and descheduling tools go by. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const EVICTED = '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}';
const REFUSED =
  "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.";

function evict(pod: string, { options = {}, flags = "" }: { options?: object; flags?: string } = {}): string {
  const metadata = { name: pod, namespace: "default" };
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata, ...options };
  const path = `/api/v1/namespaces/default/pods/${pod}/eviction`;
  return laptop.kubectl(`create --raw ${path} -f - ${flags}`, JSON.stringify(eviction));
}

/** Status line, Retry-After and causes of a refusal. */
function refusal(pod: string): unknown[] {
  const log = evict(pod, { flags: "-v=8" });
  const [status, retry] = [/Response Status: (\d+ [\w ]+?) in/, /Retry-After: (\d+)/].map(
    (line) => line.exec(log)?.[1],
  );
  const { details } = JSON.parse(/^\t(\{.*\})$/m.exec(log)?.[1] ?? "{}");
  return [status, retry, details];
}

const podsOf = (app: string): string[] => laptop.field(`pods -l app=${app}`, ".items[*].metadata.name").split(" ");

it("goes on as long as the budget allows, then is refused with 429 and what it needs", () => {
  laptop.kubectl("create deployment web --image=nginx --replicas=2");
  laptop.wait(10);
  const [first = "", second = ""] = podsOf("web");
  laptop.kubectl("create pdb web --selector=app=web --min-available=1");
  // The budget's controller hasn't counted yet: clients are told to ask again in 10 seconds.
  expect(refusal(first)).toEqual([
    "429 Too Many Requests",
    "10",
    {
      causes: [
        { reason: "DisruptionBudget", message: "The disruption budget web is still being processed by the server." },
      ],
      retryAfterSeconds: 10,
    },
  ]);
  laptop.wait(1);
  expect(evict(first, { options: { deleteOptions: { dryRun: ["All"] } } })).toBe(EVICTED);
  expect(laptop.kubectl("get pdb web --no-headers")).toMatch(/^web +1 +N\/A +1 +1s$/);
  expect(evict(first)).toBe(EVICTED);
  expect(evict(second)).toBe(REFUSED);
  expect(refusal(second)).toEqual([
    "429 Too Many Requests",
    undefined,
    {
      causes: [
        { reason: "DisruptionBudget", message: "The disruption budget web needs 1 healthy pods and has 2 currently" },
      ],
    },
  ]);
  expect(Object.keys(JSON.parse(laptop.field("pdb web", ".status.disruptedPods")))).toEqual([first]);
  laptop.wait(10);
  expect(evict(second)).toBe(EVICTED);
  laptop.wait(10);
});

it("a pod of two budgets is evicted under neither", () => {
  laptop.kubectl("create pdb second --selector=app=web --max-unavailable=1");
  laptop.wait(1);
  const [pod = ""] = podsOf("web");
  expect(evict(pod)).toBe(
    "Error from server: This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
  );
  const node = laptop.field(`pod ${pod}`, ".spec.nodeName");
  const why = `error when evicting pods/"${pod}" -n "default": This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.`;
  expect(laptop.kubectl(`drain ${node} --pod-selector=app=web`).trimEnd().split("\n")).toEqual([
    ...[`node/${node} cordoned`, `evicting pod default/${pod}`],
    ...[`There are pending pods in node "${node}" when an error occurred: ${why}`, `pod/${pod}`],
    `error: unable to drain node "${node}" due to error: ${why}, continuing command...`,
    ...["There are pending nodes to be drained:", ` ${node}`, why],
  ]);
  laptop.kubectl(`uncordon ${node}`);
  expect(laptop.kubectl(`delete pod ${pod}`)).toBe(`pod "${pod}" deleted from default namespace`);
  laptop.kubectl("delete pdb web second");
});

it("a pod that isn't ready goes when the others suffice, or always where the budget says so", () => {
  laptop.kubectl("create deployment sick --image=nginx --replicas=2");
  laptop.kubectl("create pdb sick --selector=app=sick --min-available=1");
  const readinessProbe = { exec: { command: ["cat", "/tmp/ready"] }, periodSeconds: 1 };
  const container = { name: "nginx", readinessProbe };
  laptop.kubectl(
    `patch deployment sick -p '${JSON.stringify({ spec: { template: { spec: { containers: [container] } } } })}'`,
  );
  laptop.wait(10);
  laptop.kubectl("delete replicaset -l app=sick");
  laptop.wait(10);
  const [first = "", second = ""] = podsOf("sick");
  expect(laptop.kubectl("get pdb sick --no-headers")).toMatch(/^sick +1 +N\/A +0 /);
  expect(evict(first)).toBe(REFUSED);
  laptop.kubectl(`exec ${second} -- touch /tmp/ready`);
  laptop.wait(5);
  // One is ready, which the budget wants: it must stay, the other may go.
  expect(evict(second)).toBe(REFUSED);
  expect(evict(first)).toBe(EVICTED);
  laptop.wait(10);
  laptop.kubectl(`exec ${second} -- rm /tmp/ready`);
  laptop.wait(5);
  expect(podsOf("sick").map((pod) => evict(pod))).toEqual([REFUSED, REFUSED]);
  laptop.kubectl(`patch pdb sick -p '{"spec":{"unhealthyPodEvictionPolicy":"AlwaysAllow"}}'`);
  laptop.wait(1);
  expect(podsOf("sick").map((pod) => evict(pod))).toEqual([EVICTED, EVICTED]);
});

it("a pod that isn't there or isn't the one that was meant is told of; one that doesn't run yet needs no budget", () => {
  expect(evict("gone")).toBe('Error from server (NotFound): pods "gone" not found');
  const [pod = ""] = podsOf("web");
  expect(evict(pod, { options: { deleteOptions: { preconditions: { uid: "x" } } } })).toBe(
    `Error from server (Conflict): Operation cannot be fulfilled on pods "${pod}": Precondition failed: UID in precondition: x, UID in object meta: ${laptop.field(`pod ${pod}`, ".metadata.uid")}`,
  );
  laptop.kubectl('run big --image=nginx --labels=app=big --overrides=\'{"spec":{"nodeSelector":{"size":"big"}}}\'');
  laptop.kubectl("create pdb big --selector=app=big --min-available=1");
  laptop.wait(1);
  expect(evict("big")).toBe(EVICTED);
});
