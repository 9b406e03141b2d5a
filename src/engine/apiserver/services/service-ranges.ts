/**
 * The ranges that services get their addresses from: those of the ServiceCIDR objects that are ready. Upstream:
 * pkg/registry/core/service/ipallocator/cidrallocator.go.
 */
import type { ServiceCIDR } from "../../api/generated/types.ts";
import { serviceCIDRs } from "../../api/registry.ts";
import type { LiveLists } from "../storage/live-lists.ts";
import { AddressRange, type IPFamily } from "./address-range.ts";

/** The object that the server makes of the ranges that it is started with. */
export const DEFAULT_RANGE = "kubernetes";

export class ServiceRanges {
  /** The cluster's families, the default one first. */
  readonly families: readonly IPFamily[];
  /** As `--service-cluster-ip-range` has them. */
  readonly configured: readonly string[];
  /** Whether an object stands for the configured ranges, which goes with them. */
  private readonly kept: boolean;
  private readonly lists: LiveLists;
  private readonly known = new Map<string, AddressRange>();
  private list: readonly ServiceCIDR[] | undefined;
  private found: readonly AddressRange[] = [];

  constructor(lists: LiveLists, { configured, kept }: { configured: readonly string[]; kept: boolean }) {
    this.lists = lists;
    this.kept = kept;
    this.configured = configured;
    this.families = configured.map((cidr) => this.range(cidr).family);
  }

  /** The default ones first, then by the names of their objects. */
  ready(): readonly AddressRange[] {
    const list = this.lists.list(serviceCIDRs);
    if (list === this.list) return this.found;
    const sorted = list.toSorted((a, b) => rank(a) - rank(b));
    const own = sorted.filter(isReady).flatMap(({ spec }) => spec?.cidrs ?? []);
    const cidrs = this.kept ? own : [...this.configured, ...own];
    this.list = list;
    this.found = [...new Set(cidrs)].map((cidr) => this.range(cidr));
    return this.found;
  }

  /** What is ready beside an object of that name. */
  besides(name: string): AddressRange[] {
    const others = this.lists.list(serviceCIDRs).filter((range) => range.metadata.name !== name && isReady(range));
    return others.flatMap(({ spec }) => (spec?.cidrs ?? []).map((cidr) => this.range(cidr)));
  }

  /** Objects that wait for deletion. */
  going(): readonly ServiceCIDR[] {
    return this.lists.list(serviceCIDRs).filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  }

  range(cidr: string): AddressRange {
    let range = this.known.get(cidr);
    if (range === undefined) this.known.set(cidr, (range = new AddressRange(cidr)));
    return range;
  }
}

function rank({ metadata }: ServiceCIDR): number {
  return metadata.name === DEFAULT_RANGE ? 0 : 1;
}

/** One that nobody has said anything of yet is taken for ready. */
function isReady({ metadata, status }: ServiceCIDR): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  return (status?.conditions ?? []).find(({ type }) => type === "Ready")?.status !== "False";
}
