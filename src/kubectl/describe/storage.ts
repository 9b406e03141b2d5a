/** `kubectl describe pv | pvc | storageclass | volumeattributesclass | csinode`. Upstream: kubectl pkg/describe/describe.go. */
import type {
  CSINode,
  NodeSelectorRequirement,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
  VolumeAttributesClass,
} from "../../engine/api/generated/types.ts";
import { formatLabels } from "../../engine/api/meta/columns.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import type { Invocation } from "../invocation.ts";
import { listPods } from "../pick-pod.ts";
import { describeEvents } from "./events.ts";
import { describeLabels, goList, lifeText } from "./head.ts";
import { accessModeTexts, claimClass, volumeClass } from "./storage-class-name.ts";
import { describeVolumeSource } from "./volumes.ts";
import { type DescribeWriter, longTime } from "./writer.ts";

const DEFAULT_CLASS = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

export function* describePersistentVolume(call: Invocation, out: DescribeWriter, volume: PersistentVolume): Call<void> {
  const { metadata, spec, status } = volume;
  out.line(0, `Name:\t${metadata.name}`);
  describeLabels(out, metadata);
  out.line(0, `Finalizers:\t${goList(metadata.finalizers)}`);
  out.line(0, `StorageClass:\t${volumeClass(volume)}`);
  out.line(0, `Status:\t${lifeText(metadata, status?.phase ?? "", call.ctx.now())}`);
  out.line(0, `Claim:\t${spec.claimRef === undefined ? "" : `${spec.claimRef.namespace}/${spec.claimRef.name}`}`);
  out.line(0, `Reclaim Policy:\t${spec.persistentVolumeReclaimPolicy ?? ""}`);
  out.line(0, `Access Modes:\t${accessModeTexts(spec.accessModes)}`);
  if (spec.volumeMode !== undefined) out.line(0, `VolumeMode:\t${spec.volumeMode}`);
  out.line(0, `Capacity:\t${spec.capacity?.["storage"] ?? "0"}`);
  describeAffinity(out, volume);
  out.line(0, `Message:\t${status?.message ?? ""}`);
  out.line(0, "Source:");
  describeVolumeSource(out, spec);
  yield* describeEvents(call, out, volume);
}

function describeAffinity(out: DescribeWriter, { spec }: PersistentVolume): void {
  const required = spec.nodeAffinity?.required;
  if (required === undefined) {
    out.line(0, "Node Affinity:\t<none>");
    return;
  }
  out.line(0, "Node Affinity:\t");
  const terms = required.nodeSelectorTerms;
  out.line(1, terms.length === 0 ? "Required Terms:\t<none>" : "Required Terms:\t");
  for (const [index, { matchExpressions = [] }] of terms.entries()) {
    describeTerm(out, { level: 2, title: `Term ${index}` }, matchExpressions.map(expressionText));
  }
}

function expressionText({ key, operator, values = [] }: NodeSelectorRequirement): string {
  return `${key} ${operator.toLowerCase()}${values.length === 0 ? "" : ` [${values.join(", ")}]`}`;
}

function describeTerm(out: DescribeWriter, at: { level: number; title: string }, texts: readonly string[]): void {
  if (texts.length === 0) out.line(at.level, `${at.title}:\t<none>`);
  texts.forEach((text, index) => out.line(at.level, `${index === 0 ? `${at.title}:` : ""}\t${text}`));
}

export function* describeClaim(call: Invocation, out: DescribeWriter, claim: PersistentVolumeClaim): Call<void> {
  const { metadata, spec, status } = claim;
  const bound = (spec.volumeName ?? "") !== "";
  out.line(0, `Name:\t${metadata.name}`);
  out.line(0, `Namespace:\t${metadata.namespace}`);
  out.line(0, `StorageClass:\t${claimClass(claim)}`);
  out.line(0, `Status:\t${lifeText(metadata, status?.phase ?? "", call.ctx.now())}`);
  out.line(0, `Volume:\t${spec.volumeName ?? ""}`);
  describeLabels(out, metadata);
  out.line(0, `Finalizers:\t${goList(metadata.finalizers)}`);
  out.line(0, `Capacity:\t${bound ? (status?.capacity?.["storage"] ?? "0") : ""}`);
  out.line(0, `Access Modes:\t${bound ? accessModeTexts(status?.accessModes) : ""}`);
  if (spec.volumeMode !== undefined) out.line(0, `VolumeMode:\t${spec.volumeMode}`);
  if (spec.dataSource !== undefined) {
    out.line(0, "DataSource:");
    if (spec.dataSource.apiGroup !== undefined) out.line(1, `APIGroup:\t${spec.dataSource.apiGroup}`);
    out.line(1, `Kind:\t${spec.dataSource.kind}`);
    out.line(1, `Name:\t${spec.dataSource.name}`);
  }
  const pods = yield* listPods(call, { namespace: metadata.namespace });
  out.multiline(
    "Used By",
    pods.filter((pod) => usesClaim(pod, claim)).map((pod) => pod.metadata.name),
  );
  const conditions = status?.conditions ?? [];
  if (conditions.length > 0) {
    out.line(0, "Conditions:");
    out.line(1, "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage");
    out.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
    for (const { type, status: state, lastProbeTime, lastTransitionTime, reason, message } of conditions) {
      const times = `${longTime(lastProbeTime)} \t${longTime(lastTransitionTime)}`;
      out.line(1, `${type} \t${state} \t${times} \t${reason ?? ""} \t${message ?? ""}`);
    }
  }
  yield* describeEvents(call, out, claim);
}

function usesClaim(pod: Pod, { metadata }: PersistentVolumeClaim): boolean {
  if (metadata.ownerReferences?.some(({ kind, uid }) => kind === "Pod" && uid === pod.metadata.uid) ?? false)
    return true;
  return pod.spec.volumes?.some((volume) => volume.persistentVolumeClaim?.claimName === metadata.name) ?? false;
}

function booleanText(value: boolean | undefined): string {
  return value === undefined ? "<unset>" : value ? "True" : "False";
}

export function* describeStorageClass(call: Invocation, out: DescribeWriter, storage: StorageClass): Call<void> {
  const { metadata, mountOptions = [], allowedTopologies } = storage;
  const isDefault = DEFAULT_CLASS.some((key) => metadata.annotations?.[key] === "true");
  out.line(0, `Name:\t${metadata.name}`);
  out.line(0, `IsDefaultClass:\t${isDefault ? "Yes" : "No"}`);
  out.line(0, `Annotations:\t${formatLabels(metadata.annotations)}`);
  out.line(0, `Provisioner:\t${storage.provisioner}`);
  out.line(0, `Parameters:\t${formatLabels(storage.parameters)}`);
  out.line(0, `AllowVolumeExpansion:\t${booleanText(storage.allowVolumeExpansion)}`);
  out.line(0, mountOptions.length === 0 ? "MountOptions:\t<none>" : "MountOptions:");
  for (const option of mountOptions) out.line(1, option);
  if (storage.reclaimPolicy !== undefined) out.line(0, `ReclaimPolicy:\t${storage.reclaimPolicy}`);
  if (storage.volumeBindingMode !== undefined) out.line(0, `VolumeBindingMode:\t${storage.volumeBindingMode}`);
  if (allowedTopologies !== undefined) {
    out.line(0, allowedTopologies.length === 0 ? "AllowedTopologies:\t<none>" : "AllowedTopologies:\t");
    for (const [index, { matchLabelExpressions = [] }] of allowedTopologies.entries()) {
      const texts = matchLabelExpressions.map(({ key, values }) => `${key} in [${values.join(", ")}]`);
      describeTerm(out, { level: 1, title: `Term ${index}` }, texts);
    }
  }
  yield* describeEvents(call, out, storage);
}

export function* describeVolumeAttributesClass(
  call: Invocation,
  out: DescribeWriter,
  attributes: VolumeAttributesClass,
): Call<void> {
  out.line(0, `Name:\t${attributes.metadata.name}`);
  out.line(0, `Annotations:\t${formatLabels(attributes.metadata.annotations)}`);
  out.line(0, `DriverName:\t${attributes.driverName}`);
  out.line(0, `Parameters:\t${formatLabels(attributes.parameters)}`);
  yield* describeEvents(call, out, attributes);
}

export function* describeCsiNode(call: Invocation, out: DescribeWriter, node: CSINode): Call<void> {
  out.line(0, `Name:\t${node.metadata.name}`);
  describeLabels(out, node.metadata);
  out.line(0, `CreationTimestamp:\t${longTime(node.metadata.creationTimestamp)}`);
  out.line(0, "Spec:");
  const { drivers } = node.spec;
  if (drivers.length > 0) out.line(1, "Drivers:");
  for (const { name, nodeID, allocatable, topologyKeys } of drivers) {
    out.line(2, `${name}:`);
    out.line(3, `Node ID:\t${nodeID}`);
    if (allocatable?.count !== undefined) {
      out.line(3, "Allocatables:");
      out.line(4, `Count:\t${allocatable.count}`);
    }
    if (topologyKeys !== undefined) out.line(3, `Topology Keys:\t${goList(topologyKeys)}`);
  }
  yield* describeEvents(call, out, node);
}
