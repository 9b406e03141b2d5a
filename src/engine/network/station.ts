/** A place that packets leave from and arrive at: a pod's network namespace, a node's own, the learner's laptop. */
import { NetworkNamespace } from "../runtime/network-namespace.ts";
import { familyOf, formatAddress } from "./address.ts";
import type { NodeNetwork } from "./node-network.ts";

export class Station {
  readonly kind: "pod" | "node" | "laptop" | "internet";
  /** `pod/<namespace>/<name>`, `node/<name>`, `laptop` or `internet/<name>`: how hops name it. */
  readonly name: string;
  /** `<namespace>/<name>` of the pod, and its namespace; "" for all others. */
  readonly podKey: string;
  readonly podNamespace: string;
  /** The address as a number; of two the first. */
  readonly address: number;
  readonly addressText: string;
  /** The address of the other family, in a dual-stack cluster; -1 and "" where there is none. */
  readonly second: number;
  readonly secondText: string;
  readonly namespace: NetworkNamespace;
  /** The node it is on; undefined for what is no part of the cluster. */
  readonly node: NodeNetwork | undefined;

  constructor(
    kind: "pod" | "node" | "laptop" | "internet",
    name: string,
    place: { address: number; second?: number | undefined; node: NodeNetwork | undefined },
  ) {
    this.kind = kind;
    this.name = name;
    this.podKey = kind === "pod" ? name.slice("pod/".length) : "";
    this.podNamespace = this.podKey.slice(0, this.podKey.indexOf("/"));
    this.address = place.address;
    this.addressText = formatAddress(place.address);
    this.second = place.second ?? -1;
    this.secondText = this.second < 0 ? "" : formatAddress(this.second);
    this.namespace = new NetworkNamespace(this.second < 0 ? [this.addressText] : [this.addressText, this.secondText]);
    this.node = place.node;
  }

  /** True iff it is one of its own addresses. */
  has(address: number): boolean {
    return address === this.address || (address === this.second && address >= 0);
  }

  /** Its address of the family that `peer` is of; -1 where it has none. */
  addressFor(peer: number): number {
    if (familyOf(peer) === familyOf(this.address)) return this.address;
    return this.second;
  }

  /** The same as text, "" where it has none. */
  textFor(peer: number): string {
    return familyOf(peer) === familyOf(this.address) ? this.addressText : this.secondText;
  }

  /** False while the power of its node is off. */
  get powered(): boolean {
    return this.node === undefined || this.node.powered;
  }
}
