/**
 * Gives each node its range of pod addresses, of each family that the cluster has. Upstream:
 * pkg/controller/nodeipam/ipam/range_allocator.go.
 * Simplified: the first free range is taken, where upstream goes round.
 */
import type { Node } from "../api/generated/types.ts";
import { formatAddress, parseAddress } from "../api/meta/ip-parsing.ts";
import type { Address } from "../api/meta/ip-parsing.ts";
import { nodes } from "../api/registry.ts";
import { assert } from "../base/assert.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "./define-controller.ts";

/** Of a node's range, as of `--node-cidr-mask-size-ipv4` and `--node-cidr-mask-size-ipv6`. */
const NODE_PREFIX = { 32: 24, 128: 64 };
const NOT_AVAILABLE = "CIDRNotAvailable";

/** `clusterCIDR` as of `--cluster-cidr`: one range, or one of each family with a comma; kubeadm clusters with flannel use 10.244.0.0/16, which is enough for 256 nodes. */
export function nodeIpamController(options: { clusterCIDR?: string } = {}): ControllerDefinition<Node> {
  const ranges = (options.clusterCIDR ?? "10.244.0.0/16").split(",").map((cidr) => new NodeRanges(cidr));
  return defineController<Node>({
    name: "node-ipam-controller",
    eventSource: "cidrAllocator",
    account: "node-controller",
    for: nodes,
    keys: ({ metadata, spec }) => (spec.podCIDR === undefined ? [metadata.name] : []),
    setup(informers) {
      const onChange = ({ spec, metadata }: Node): void => {
        if (spec.podCIDR === undefined) return;
        const cidrs = spec.podCIDRs ?? [spec.podCIDR];
        for (const range of ranges) for (const cidr of cidrs) range.occupy(cidr, metadata.name);
      };
      const onDelete = ({ metadata }: Node): void => {
        for (const range of ranges) range.release(metadata.name);
      };
      informers.informer(nodes).addHandler({ onAdd: onChange, onUpdate: onChange, onDelete });
    },
    reconcile: (ctx, key) => reconcile(ctx, key, ranges),
  });
}

function reconcile(ctx: ControllerContext, key: string, ranges: readonly NodeRanges[]): ReconcileResult {
  const node = ctx.lister(nodes).get(key);
  if (node === undefined || node.spec.podCIDR !== undefined || node.metadata.deletionTimestamp !== undefined) return {};
  const podCIDRs = ranges.flatMap((range) => range.allocate(key) ?? []);
  const [podCIDR] = podCIDRs;
  if (podCIDR === undefined || podCIDRs.length < ranges.length) {
    for (const range of ranges) range.release(key);
    ctx.events.event(node, "Normal", {
      reason: NOT_AVAILABLE,
      message: `Node ${key} status is now: ${NOT_AVAILABLE}`,
    });
    return {};
  }
  ctx.client.resource(nodes).patch("", key, { spec: { podCIDR, podCIDRs } });
  return {};
}

/** Which node has which part of the cluster's range. A range is in `owners` iff its owner is in `held`. */
class NodeRanges {
  private readonly first: Address;
  private readonly count: number;
  /** Bits of a node's own addresses. */
  private readonly ownBits: bigint;
  private readonly owners = new Map<number, string>();
  private readonly held = new Map<string, number>();
  /** No range below this one is free. */
  private low = 0;

  constructor(clusterCIDR: string) {
    const [address = "", prefix = ""] = clusterCIDR.split("/");
    const first = parseAddress(address);
    assert(first !== undefined, "a range of addresses", clusterCIDR);
    this.first = first;
    this.count = 2 ** (NODE_PREFIX[first.bits] - Number(prefix));
    this.ownBits = BigInt(first.bits - NODE_PREFIX[first.bits]);
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
    const { bits, value } = this.first;
    const own = formatAddress({ bits, value: value + (BigInt(index) << this.ownBits) });
    return `${own}/${NODE_PREFIX[bits]}`;
  }

  occupy(cidr: string, node: string): void {
    const address = parseAddress(cidr.split("/")[0] ?? "");
    if (address === undefined || address.bits !== this.first.bits || address.value < this.first.value) return;
    const index = Number((address.value - this.first.value) >> this.ownBits);
    if (index < this.count) this.take(index, node);
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
