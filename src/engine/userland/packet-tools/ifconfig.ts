/** ifconfig and route, as busybox prints interfaces and routes. Upstream: busybox networking/interface.c, route.c. */
import { write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { interfacesOf } from "./interfaces.ts";
import type { InterfaceAddress, NetworkInterface } from "./interfaces.ts";
import { lengthOf, routesFrom } from "./ip-route.ts";
import { sockets } from "./sockets.ts";

const INDENT = " ".repeat(10);

function maskOf(prefix: number): string {
  return [0, 8, 16, 24].map((at) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefix - at)))).join(".");
}

function addressLine({ address, prefix, family, broadcast, scope }: InterfaceAddress): string {
  if (family === 6) return `inet6 addr: ${address}/${prefix} Scope:${scope === "host" ? "Host" : "Global"}`;
  return `inet addr:${address}${broadcast === "" ? "" : `  Bcast:${broadcast}`}  Mask:${maskOf(prefix)}`;
}

/** **Simplified:** packets and bytes are not counted. */
function interfaceText({ name, kind, mac, mtu, state, addresses }: NetworkInterface): string {
  const local = kind === "loopback";
  const link = local ? "Local Loopback" : `Ethernet  HWaddr ${mac.toUpperCase()}`;
  const lines = [
    ...addresses.map(addressLine),
    `${state === "DOWN" ? "" : "UP "}${local ? "LOOPBACK RUNNING" : `BROADCAST${state === "DOWN" ? "" : " RUNNING MULTICAST"}`}  MTU:${mtu}  Metric:1`,
    "RX packets:0 errors:0 dropped:0 overruns:0 frame:0",
    "TX packets:0 errors:0 dropped:0 overruns:0 carrier:0",
    `collisions:0 txqueuelen:${local ? 1000 : 0} `,
    "RX bytes:0 (0.0 B)  TX bytes:0 (0.0 B)",
  ];
  return `${name.padEnd(9)} Link encap:${link}  \n${lines.map((line) => `${INDENT}${line}\n`).join("")}\n`;
}

export const ifconfig = defineCommand({
  name: "ifconfig",
  usage: "Usage: ifconfig [-a] [IFACE]\n\nShow network interfaces",
  options: { flags: "a" },
  directory: "/sbin",
  *run(io) {
    const [wanted, ...changes] = io.operands;
    if (changes.length > 0) {
      yield* write(2, `ifconfig: changing interfaces is not simulated: ${io.operands.join(" ")}\n`);
      return 1;
    }
    const all = interfacesOf(yield* sockets()).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const shown = all.filter(({ name, state }) =>
      wanted === undefined ? io.has("a") || state !== "DOWN" : name === wanted,
    );
    if (wanted !== undefined && shown.length === 0) {
      yield* io.complain(`${wanted}: error fetching interface information: Device not found`);
      return 1;
    }
    yield* io.out(shown.map(interfaceText).join(""));
    return 0;
  },
});

export const route = defineCommand({
  name: "route",
  usage: "Usage: route [-ne]\n\nShow the kernel routing table",
  options: { flags: "ne" },
  directory: "/sbin",
  *run(io) {
    if (io.operands.length > 0) {
      yield* write(2, `route: changing routes is not simulated: ${io.operands.join(" ")}\n`);
      return 1;
    }
    const routes = routesFrom(yield* sockets()).filter(({ to, via = "" }) => !`${to}${via}`.includes(":"));
    const rows = routes.map(({ to, via, dev }) => {
      const [network = ""] = to.split("/");
      const target = to === "default" && io.has("n") ? "0.0.0.0" : network;
      const gateway = via ?? (io.has("n") ? "0.0.0.0" : "*");
      const mask = maskOf(lengthOf(to));
      const flags = via === undefined ? "U" : "UG";
      return `${target.padEnd(15)} ${gateway.padEnd(15)} ${mask.padEnd(15)} ${flags.padEnd(5)} 0      0        0 ${dev}\n`;
    });
    yield* io.out(
      `Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n${rows.join("")}`,
    );
    return 0;
  },
});
