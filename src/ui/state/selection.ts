/** What is selected, what the inspector shows of it, and what is lit up for a moment. */
import { create } from "zustand";
import type { InspectorView, ObjectRef } from "../../worker/protocol.ts";

export type InspectorTab = "summary" | "yaml" | "events" | "network" | "logs" | "shell";

interface SelectionState {
  ref: ObjectRef | null;
  view: InspectorView | null;
  tab: InspectorTab;
  /** Objects that were looked at before, for going back. */
  trail: ObjectRef[];
  /** Text of a happening's subject that is lit up in the sea, "" for none. */
  lit: string;
}

export const useSelection = create<SelectionState>(() => ({
  ref: null,
  view: null,
  tab: "summary",
  trail: [],
  lit: "",
}));

/** Journal subjects are `pods/<namespace>/<name>`, `deployments.apps/…` or `nodes/<name>`, with the container behind a pod. */
export function isLit(lit: string, ref: ObjectRef): boolean {
  if (lit === "") return false;
  return sameRef(refOfSubject(lit), ref);
}

const kinds: Record<string, string> = {
  pods: "Pod",
  nodes: "Node",
  services: "Service",
  deployments: "Deployment",
  replicasets: "ReplicaSet",
  configmaps: "ConfigMap",
  secrets: "Secret",
  endpoints: "Endpoints",
  endpointslices: "EndpointSlice",
  namespaces: "Namespace",
  serviceaccounts: "ServiceAccount",
  statefulsets: "StatefulSet",
  daemonsets: "DaemonSet",
  jobs: "Job",
  cronjobs: "CronJob",
  replicationcontrollers: "ReplicationController",
  ingresses: "Ingress",
  networkpolicies: "NetworkPolicy",
  persistentvolumes: "PersistentVolume",
  persistentvolumeclaims: "PersistentVolumeClaim",
  horizontalpodautoscalers: "HorizontalPodAutoscaler",
};

/** The object that a journal subject is about, null where it is none that can be shown. */
export function refOfSubject(subject: string): ObjectRef | null {
  const [plural = "", first, second] = subject.split("/");
  const kind = kinds[plural.split(".")[0] ?? ""];
  if (kind === undefined || first === undefined) return null;
  return second === undefined ? { kind, namespace: "", name: first } : { kind, namespace: first, name: second };
}

export function sameRef(a: ObjectRef | null, b: ObjectRef | null): boolean {
  return a === b || (a !== null && b !== null && a.kind === b.kind && a.name === b.name && a.namespace === b.namespace);
}
