/**
 * Which traffic a node's proxy takes for that of pods: what else comes to a service's address is hidden behind the node's.
 * Upstream: pkg/proxy/util/localdetector.go.
 */
import type { IptablesRule } from "../../base/packet-filter.ts";
import { inRange, parseRange, rangeOfFamily } from "../address.ts";
import type { Family } from "../address.ts";

/** By where addresses come from (one range, or one of each family), or by the interface that packets come in by: `cni0`, `veth+`. */
export type LocalMode = { readonly ranges: string } | { readonly interface: string };

type Match = Pick<IptablesRule, "source" | "inInterface">;

export interface LocalTraffic {
  readonly is: Match;
  readonly isNot: Match;
  /** The same in words of nft. */
  readonly nft: { readonly is: string; readonly isNot: string };
  /** `bridged`: it comes from a pod of the node itself. */
  takes(source: number, bridged: boolean): boolean;
}

/** The bridge between a node's pods. */
const BRIDGE = "cni0";

/** Undefined where the proxy can't tell: then it hides nobody. */
export function localTraffic(mode: LocalMode, family: Family): LocalTraffic | undefined {
  if ("interface" in mode) {
    const { interface: name } = mode;
    const named = name.endsWith("+") ? BRIDGE.startsWith(name.slice(0, -1)) : name === BRIDGE;
    const word = name.endsWith("+") ? `"${name.slice(0, -1)}*"` : `"${name}"`;
    return {
      is: { inInterface: name },
      isNot: { inInterface: `! ${name}` },
      nft: { is: `iifname ${word}`, isNot: `iifname != ${word}` },
      takes: (_, bridged) => named && bridged,
    };
  }
  const text = rangeOfFamily(mode.ranges, family);
  if (text === "") return undefined;
  const range = parseRange(text);
  const ip = family === "IPv4" ? "ip" : "ip6";
  return {
    is: { source: text },
    isNot: { source: `! ${text}` },
    nft: { is: `${ip} saddr ${text}`, isNot: `${ip} saddr != ${text}` },
    takes: (source) => inRange(range, source),
  };
}
