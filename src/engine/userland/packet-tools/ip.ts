/** iproute2's ip, as far as addresses go. */
import { write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { sockets } from "./sockets.ts";

/** First octets of the addresses that the network plugins of containers give their interfaces. */
const MAC_PREFIX = "0a:58";
const FOREVER = "       valid_lft forever preferred_lft forever";

/** Simplified: only addresses; a node has one interface besides loopback. */
export const ip = defineCommand({
  name: "ip",
  directory: "/usr/sbin",
  usage: "Usage: ip [ -4 | -6 ] address [ show [ dev ] NAME ]\n\nShow the addresses of network interfaces",
  badUsageStatus: 255,
  options: { flags: "46" },
  *run(io) {
    const [object = "", verb = "show", ...rest] = io.operands;
    if (object === "" || !"address".startsWith(object)) {
      yield* write(2, `Object "${object}" is not simulated here, try "ip address".\n`);
      return 1;
    }
    const shown = ["show", "list", "ls"].includes(verb) ? rest : [verb, ...rest];
    const name = shown.filter((word) => word !== "dev")[0];
    const { addresses, node } = yield* sockets();
    const four = addresses.filter((address) => !address.includes(":"));
    const six = addresses.filter((address) => address.includes(":"));
    const inet = !io.has("6");
    const inet6 = !io.has("4");
    const mac = macOf(four[0] ?? "0.0.0.0");
    const link = inet && inet6 ? [`    link/ether ${mac} brd ff:ff:ff:ff:ff:ff${node ? "" : " link-netnsid 0"}`] : [];
    const interfaces = [
      {
        name: "lo",
        lines: [
          "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000",
          ...(inet && inet6 ? ["    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00"] : []),
          ...(inet ? ["    inet 127.0.0.1/8 scope host lo", FOREVER] : []),
          ...(inet6 ? ["    inet6 ::1/128 scope host ", FOREVER] : []),
        ],
      },
      {
        name: "eth0",
        lines: [
          `2: eth0${node ? "" : "@if3"}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default `,
          ...link,
          ...(inet ? four.flatMap((address) => inetLines(address, node)) : []),
          ...(inet6 ? six.flatMap((address) => [`    inet6 ${address}/64 scope global `, FOREVER]) : []),
        ],
      },
    ];
    const found = interfaces.filter((each) => name === undefined || each.name === name);
    if (found.length === 0) {
      yield* write(2, `Device "${name}" does not exist.\n`);
      return 1;
    }
    yield* io.out(found.map(({ lines }) => `${lines.join("\n")}\n`).join(""));
    return 0;
  },
});

/** Pods are in their node's /24; docker's networks of nodes are /16, minikube's is a /24. */
function inetLines(address: string, node: boolean): string[] {
  const wide = node && address.startsWith("172.");
  const kept = address.split(".").slice(0, wide ? 2 : 3);
  const broadcast = [...kept, ...Array.from({ length: 4 - kept.length }, () => "255")].join(".");
  return [`    inet ${address}/${wide ? 16 : 24} brd ${broadcast} scope global eth0`, FOREVER];
}

function macOf(address: string): string {
  const octets = address.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0"));
  return [MAC_PREFIX, ...octets].join(":");
}
