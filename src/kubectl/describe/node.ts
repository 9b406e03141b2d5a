/** `kubectl describe node`. Upstream: kubectl pkg/describe/describe.go (NodeDescriber). */
import type { Lease, Node, Pod } from "../../engine/api/generated/types.ts";
import { ageOf } from "../../engine/api/meta/duration.ts";
import {
  addQuantities,
  formatQuantity,
  milliValue,
  parseQuantity,
  type Quantity,
} from "../../engine/api/meta/quantity.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { resourcePath } from "../discovery.ts";
import { hasReason } from "../errors.ts";
import { LEASES } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { listPods } from "../pick-pod.ts";
import { describeEvents } from "./events.ts";
import { type DescribeWriter, longTime } from "./writer.ts";

const ROLE_LABEL = "node-role.kubernetes.io/";
const LEASE_NAMESPACE = "kube-node-lease";

export function* describeNode(call: Invocation, out: DescribeWriter, node: Node): Call<void> {
  const { metadata, spec = {}, status = {} } = node;
  const roles = Object.keys(metadata.labels ?? {})
    .filter((key) => key.startsWith(ROLE_LABEL))
    .map((key) => key.slice(ROLE_LABEL.length))
    .sort();
  out.line(0, `Name:\t${metadata.name}`);
  out.line(0, `Roles:\t${roles.join(",") || "<none>"}`);
  out.labels("Labels", metadata.labels);
  out.annotations("Annotations", metadata.annotations);
  out.line(0, `CreationTimestamp:\t${longTime(metadata.creationTimestamp)}`);
  const taints = (spec.taints ?? []).map(
    ({ key, value, effect }) => `${key}${(value ?? "") === "" ? "" : `=${value}`}:${effect}`,
  );
  out.multiline("Taints", taints);
  out.line(0, `Unschedulable:\t${spec.unschedulable ?? false}`);
  yield* describeLease(call, out, metadata.name);
  describeConditions(out, node);
  out.line(0, "Addresses:");
  for (const { type, address } of status.addresses ?? []) out.line(1, `${type}:\t${address}`);
  describeAmounts(out, "Capacity", status.capacity ?? {});
  describeAmounts(out, "Allocatable", status.allocatable ?? {});
  describeSystem(out, node);
  const pods = yield* listPods(call, {
    namespace: "",
    fieldSelector: `spec.nodeName=${metadata.name},status.phase!=Failed,status.phase!=Succeeded`,
  });
  describePods(out, pods, { node, now: call.ctx.now() });
  yield* describeEvents(call, out, node);
}

function* describeLease(call: Invocation, out: DescribeWriter, name: string): Call<void> {
  try {
    const lease = yield* call.rest.json<Lease>({ path: resourcePath(LEASES, { namespace: LEASE_NAMESPACE, name }) });
    out.line(0, "Lease:");
    out.line(1, `HolderIdentity:\t${lease.spec?.holderIdentity ?? "<unset>"}`);
    out.line(1, `AcquireTime:\t${lease.spec?.acquireTime == null ? "<unset>" : longTime(lease.spec.acquireTime)}`);
    out.line(1, `RenewTime:\t${lease.spec?.renewTime == null ? "<unset>" : longTime(lease.spec.renewTime)}`);
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
    out.line(0, `Lease:\tFailed to get lease: ${error.message}`);
  }
}

function describeConditions(out: DescribeWriter, { status }: Node): void {
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) return;
  out.line(0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
  out.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
  for (const entry of conditions) {
    out.line(
      1,
      `${entry.type} \t${entry.status} \t${longTime(entry.lastHeartbeatTime)} \t${longTime(entry.lastTransitionTime)} \t${entry.reason ?? ""} \t${entry.message ?? ""}`,
    );
  }
}

function describeAmounts(out: DescribeWriter, title: string, amounts: Readonly<Record<string, string>>): void {
  const names = Object.keys(amounts).sort();
  if (names.length === 0) return;
  out.line(0, `${title}:`);
  for (const name of names) out.line(1, `${name}:\t${amounts[name]}`);
}

function describeSystem(out: DescribeWriter, { spec = {}, status = {} }: Node): void {
  const info = status.nodeInfo;
  out.line(0, "System Info:");
  out.line(1, `Machine ID:\t${info?.machineID ?? ""}`);
  out.line(1, `System UUID:\t${info?.systemUUID ?? ""}`);
  out.line(1, `Boot ID:\t${info?.bootID ?? ""}`);
  out.line(1, `Kernel Version:\t${info?.kernelVersion ?? ""}`);
  out.line(1, `OS Image:\t${info?.osImage ?? ""}`);
  out.line(1, `Operating System:\t${info?.operatingSystem ?? ""}`);
  out.line(1, `Architecture:\t${info?.architecture ?? ""}`);
  out.line(1, `Container Runtime Version:\t${info?.containerRuntimeVersion ?? ""}`);
  out.line(1, `Kubelet Version:\t${info?.kubeletVersion ?? ""}`);
  out.line(1, `Kube-Proxy Version:\t${info?.kubeProxyVersion ?? ""}`);
  if ((spec.podCIDR ?? "") !== "") out.line(0, `PodCIDR:\t${spec.podCIDR}`);
  if ((spec.podCIDRs ?? []).length > 0) out.line(0, `PodCIDRs:\t${(spec.podCIDRs ?? []).join(",")}`);
  if ((spec.providerID ?? "") !== "") out.line(0, `ProviderID:\t${spec.providerID}`);
}

type Part = "requests" | "limits";
const ZERO = parseQuantity("0");

/** What a pod's containers ask for; init containers count where they ask for more. */
function podAmount(pod: Pod, part: Part, resource: string): Quantity {
  const of = (
    resources:
      | { requests?: Record<string, string> | undefined; limits?: Record<string, string> | undefined }
      | undefined
      | null,
  ): Quantity => parseQuantity(resources?.[part]?.[resource] ?? "0");
  const sum = (pod.spec?.containers ?? []).reduce((total, entry) => addQuantities(total, of(entry.resources)), ZERO);
  const init = (pod.spec?.initContainers ?? []).map((entry) => of(entry.resources));
  return init.reduce((most, amount) => (milli(amount) > milli(most) ? amount : most), sum);
}

function milli(quantity: Quantity): number {
  return milliValue(formatQuantity(quantity));
}

function percent(amount: Quantity, allocatable: string | undefined): string {
  const whole = allocatable === undefined ? 0 : milliValue(allocatable);
  return `${formatQuantity(amount)} (${whole === 0 ? 0 : Math.trunc((milli(amount) / whole) * 100)}%)`;
}

function describePods(out: DescribeWriter, pods: readonly Pod[], at: { node: Node; now: number }): void {
  const allocatable = at.node.status?.allocatable ?? at.node.status?.capacity ?? {};
  const sorted = [...pods].sort((a, b) => {
    const [x, y] = [`${a.metadata.namespace}\0${a.metadata.name}`, `${b.metadata.namespace}\0${b.metadata.name}`];
    return x < y ? -1 : 1;
  });
  const columns: [string, Part][] = [
    ["cpu", "requests"],
    ["cpu", "limits"],
    ["memory", "requests"],
    ["memory", "limits"],
  ];
  out.line(0, `Non-terminated Pods:\t(${pods.length} in total)`);
  out.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
  out.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
  for (const pod of sorted) {
    const cells = columns.map(([resource, part]) => percent(podAmount(pod, part, resource), allocatable[resource]));
    const age = ageOf(pod.metadata.creationTimestamp as string | undefined, at.now);
    out.line(1, [pod.metadata.namespace, `${pod.metadata.name}\t`, ...cells, age].join("\t"));
  }
  const total = (resource: string, part: Part): Quantity =>
    pods.reduce((sum, pod) => addQuantities(sum, podAmount(pod, part, resource)), ZERO);
  out.line(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)");
  out.line(1, "Resource\tRequests\tLimits");
  out.line(1, "--------\t--------\t------");
  const others = Object.keys(allocatable)
    .filter((name) => !["cpu", "memory", "pods", "ephemeral-storage"].includes(name))
    .sort();
  for (const resource of ["cpu", "memory", "ephemeral-storage", ...others]) {
    const whole = allocatable[resource];
    out.line(
      1,
      `${resource}\t${percent(total(resource, "requests"), whole)}\t${percent(total(resource, "limits"), whole)}`,
    );
  }
}
