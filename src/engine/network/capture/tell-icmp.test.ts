import { expect, it } from "vitest";
import { unreachable } from "./tell-icmp.ts";

it("an error has the words of its family, and as many bytes as the packet that it carries", () => {
  const port = "udp port 53";
  expect([
    unreachable({ host: "10.0.0.1", port, datagram: 40 }),
    unreachable({ host: "10.0.0.1", port: "tcp port 80" }),
    unreachable({ host: "10.0.0.1", port, datagram: 9000 }),
    unreachable({ host: "fd00::1", port, datagram: 40 }),
    unreachable({ host: "fd00::1" }),
    unreachable({ host: "fd00::1", reason: " - admin prohibited", datagram: 56 }),
  ]).toEqual([
    { kind: "icmp", text: "10.0.0.1 udp port 53 unreachable", length: 76 },
    { kind: "icmp", text: "10.0.0.1 tcp port 80 unreachable", length: 68 },
    { kind: "icmp", text: "10.0.0.1 udp port 53 unreachable", length: 556 },
    { kind: "icmp", text: "destination unreachable, unreachable port, fd00::1 udp port 53", length: 96 },
    { kind: "icmp", text: "destination unreachable, unreachable address fd00::1", length: 88 },
    { kind: "icmp", text: "destination unreachable, unreachable prohibited fd00::1", length: 112 },
  ]);
});
