/** The interfaces of a network namespace, as iproute2 sees them: loopback and one that leads out. */
import type { NamespaceSockets } from "../../base/sockets.ts";

/** First octets of the addresses that the network plugins of containers give their interfaces. */
const MAC_PREFIX = "0a:58";

export interface InterfaceAddress {
  readonly address: string;
  readonly prefix: number;
  readonly family: 4 | 6;
  /** "" where there is none. */
  readonly broadcast: string;
  readonly scope: "host" | "global";
}

export interface NetworkInterface {
  readonly index: number;
  readonly name: string;
  /** What its other end is, of a pair: `@if3`. */
  readonly peer: string;
  readonly flags: string;
  readonly mtu: number;
  readonly queue: "noqueue" | "noop";
  readonly state: "UP" | "UNKNOWN" | "DOWN";
  readonly mac: string;
  readonly kind: "loopback" | "ether";
  readonly addresses: readonly InterfaceAddress[];
}

/** **Simplified:** a node's bridge and its ends of pods' pairs are not shown. */
export function interfacesOf({ addresses, node, virtualAddresses = [] }: NamespaceSockets): NetworkInterface[] {
  const four = addresses.find((address) => !address.includes(":")) ?? "0.0.0.0";
  return [
    {
      index: 1,
      name: "lo",
      peer: "",
      flags: "LOOPBACK,UP,LOWER_UP",
      mtu: 65_536,
      queue: "noqueue",
      state: "UNKNOWN",
      mac: "00:00:00:00:00:00",
      kind: "loopback",
      addresses: [
        { address: "127.0.0.1", prefix: 8, family: 4, broadcast: "", scope: "host" },
        { address: "::1", prefix: 128, family: 6, broadcast: "", scope: "host" },
      ],
    },
    {
      index: 2,
      name: "eth0",
      peer: node ? "" : "@if3",
      flags: "BROADCAST,MULTICAST,UP,LOWER_UP",
      mtu: 1500,
      queue: "noqueue",
      state: "UP",
      mac: macOf(four),
      kind: "ether",
      addresses: addresses.map((address) => outer(address, node)),
    },
    ...(virtualAddresses.length === 0 ? [] : [virtual(virtualAddresses, macOf(four))]),
  ];
}

/** Where kube-proxy in IPVS mode puts services' addresses, so that the node takes packets to them for its own. */
function virtual(addresses: readonly string[], mac: string): NetworkInterface {
  return {
    index: 3,
    name: "kube-ipvs0",
    peer: "",
    flags: "BROADCAST,NOARP",
    mtu: 1500,
    queue: "noop",
    state: "DOWN",
    mac: mac.replace(MAC_PREFIX, "5e:0b"),
    kind: "ether",
    addresses: addresses.map((address) =>
      address.includes(":")
        ? { address, prefix: 128, family: 6, broadcast: "", scope: "global" }
        : { address, prefix: 32, family: 4, broadcast: "", scope: "global" },
    ),
  };
}

/** Pods are in their node's /24; docker's networks of nodes are /16, minikube's is a /24. */
function outer(address: string, node: boolean): InterfaceAddress {
  if (address.includes(":")) return { address, prefix: 64, family: 6, broadcast: "", scope: "global" };
  const prefix = node && address.startsWith("172.") ? 16 : 24;
  const kept = address.split(".").slice(0, prefix / 8);
  const broadcast = [...kept, ...Array.from({ length: 4 - kept.length }, () => "255")].join(".");
  return { address, prefix, family: 4, broadcast, scope: "global" };
}

export function macOf(address: string): string {
  const octets = address.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0"));
  return [MAC_PREFIX, ...octets].join(":");
}
