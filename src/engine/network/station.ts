/** A place that packets leave from and arrive at: a pod's network namespace, a node's own, the learner's laptop. */
import { NetworkNamespace } from "../runtime/network-namespace.ts";
import { formatAddress } from "./address.ts";
import type { NodeNetwork } from "./node-network.ts";

export class Station {
  readonly kind: "pod" | "node" | "laptop" | "internet";
  /** `pod/<namespace>/<name>`, `node/<name>`, `laptop` or `internet/<name>`: how hops name it. */
  readonly name: string;
  /** `<namespace>/<name>` of the pod, and its namespace; "" for all others. */
  readonly podKey: string;
  readonly podNamespace: string;
  /** The address as a number. */
  readonly address: number;
  readonly addressText: string;
  readonly namespace: NetworkNamespace;
  /** The node it is on; undefined for what is no part of the cluster. */
  readonly node: NodeNetwork | undefined;

  constructor(
    kind: "pod" | "node" | "laptop" | "internet",
    name: string,
    place: { address: number; node: NodeNetwork | undefined },
  ) {
    this.kind = kind;
    this.name = name;
    this.podKey = kind === "pod" ? name.slice("pod/".length) : "";
    this.podNamespace = this.podKey.slice(0, this.podKey.indexOf("/"));
    this.address = place.address;
    this.addressText = formatAddress(place.address);
    this.namespace = new NetworkNamespace([this.addressText]);
    this.node = place.node;
  }

  /** False while the power of its node is off. */
  get powered(): boolean {
    return this.node === undefined || this.node.powered;
  }
}
