/**
 * Gives each node its range of pod addresses. Upstream: pkg/controller/nodeipam/ipam/range_allocator.go.
 * Simplified: IPv4 only; the first free range is taken, where upstream goes round.
 */
import type { Node } from "../api/generated/types.ts";
import { nodes } from "../api/registry.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "./define-controller.ts";

/** Addresses of a node: a /24. */
const NODE_SIZE = 256;
const NOT_AVAILABLE = "CIDRNotAvailable";

/** `clusterCIDR` as of `--cluster-cidr`; kubeadm clusters with flannel use 10.244.0.0/16, which is enough for 256 nodes. */
export function nodeIpamController(options: { clusterCIDR?: string } = {}): ControllerDefinition<Node> {
  const ranges = new NodeRanges(options.clusterCIDR ?? "10.244.0.0/16");
  return defineController<Node>({
    name: "node-ipam-controller",
    account: "node-controller",
    for: nodes,
    keys: ({ metadata, spec }) => (spec.podCIDR === undefined ? [metadata.name] : []),
    setup(informers) {
      const onChange = ({ spec, metadata }: Node): void => {
        if (spec.podCIDR !== undefined) ranges.occupy(spec.podCIDR, metadata.name);
      };
      const onDelete = ({ metadata }: Node): void => ranges.release(metadata.name);
      informers.informer(nodes).addHandler({ onAdd: onChange, onUpdate: onChange, onDelete });
    },
    reconcile: (ctx, key) => reconcile(ctx, key, ranges),
  });
}

function reconcile(ctx: ControllerContext, key: string, ranges: NodeRanges): ReconcileResult {
  const node = ctx.lister(nodes).get(key);
  if (node === undefined || node.spec.podCIDR !== undefined || node.metadata.deletionTimestamp !== undefined) return {};
  const podCIDR = ranges.allocate(key);
  if (podCIDR === undefined) {
    ctx.events.event(node, "Normal", {
      reason: NOT_AVAILABLE,
      message: `Node ${key} status is now: ${NOT_AVAILABLE}`,
    });
    return {};
  }
  ctx.client.resource(nodes).patch("", key, { spec: { podCIDR, podCIDRs: [podCIDR] } });
  return {};
}

/** Which node has which part of the cluster's range. A range is in `owners` iff its owner is in `held`. */
class NodeRanges {
  private readonly first: number;
  private readonly count: number;
  private readonly owners = new Map<number, string>();
  private readonly held = new Map<string, number>();
  /** No range below this one is free. */
  private low = 0;

  constructor(clusterCIDR: string) {
    const [address = "", bits = ""] = clusterCIDR.split("/");
    this.first = toNumber(address);
    this.count = 2 ** (32 - Number(bits)) / NODE_SIZE;
  }

  allocate(node: string): string | undefined {
    let index = this.held.get(node);
    if (index === undefined) {
      index = this.low;
      while (this.owners.has(index)) index++;
      if (index >= this.count) return undefined;
      this.take(index, node);
      this.low = index + 1;
    }
    return `${toAddress(this.first + index * NODE_SIZE)}/24`;
  }

  occupy(cidr: string, node: string): void {
    const index = (toNumber(cidr.split("/")[0] ?? "") - this.first) / NODE_SIZE;
    if (Number.isInteger(index) && index >= 0 && index < this.count) this.take(index, node);
  }

  release(node: string): void {
    const index = this.held.get(node);
    if (index === undefined) return;
    this.held.delete(node);
    this.owners.delete(index);
    this.low = Math.min(this.low, index);
  }

  private take(index: number, node: string): void {
    this.owners.set(index, node);
    this.held.set(node, index);
  }
}

function toNumber(address: string): number {
  return address.split(".").reduce((number, part) => number * 256 + Number(part), 0);
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}
