import type { KubeObject } from "../api/meta/object.ts";
import type { Resource } from "../api/meta/resource.ts";

/** What a diagnosis may look at besides the exchange itself. It changes nothing by looking. */
export interface ClusterFacts {
  /** Objects as they are stored; namespace "" for all. */
  list<T extends KubeObject>(resource: Resource<T>, namespace: string): readonly T[];
  get<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): T | undefined;
  /** Objects of a kind that a definition has brought; none where nobody has. */
  custom(group: string, plural: string): readonly KubeObject[];
  /** TCP ports that a pod's programs listen on, and at which address; undefined when it has no running container. */
  openPorts(namespace: string, pod: string): ReadonlyMap<number, string> | undefined;
  /** The latest error in the log of a pod's component: what its last line of that kind says. */
  lastError(namespace: string, pod: string): string | undefined;
  /** The machine under a node of that name; undefined when there is none. */
  machine(name: string): MachineFacts | undefined;
  /** Whether a component of the control plane is up; `kube-proxy`: anywhere. */
  isUp(component: "etcd" | "kube-apiserver" | "kube-controller-manager" | "kube-scheduler" | "kube-proxy"): boolean;
}

/** What somebody sees who stands before a machine. */
export interface MachineFacts {
  readonly powered: boolean;
  /** Whether a link leads to the control plane. */
  readonly connected: boolean;
  /** kubelet.service, as systemd has it. */
  readonly kubelet: "active" | "inactive" | "activating";
  /** The latest error of the kubelet's log. */
  readonly says: string | undefined;
}
