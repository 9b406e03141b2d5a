import { expect, it } from "vitest";
import { PacketPrinter } from "./packet-line.ts";

const OPTIONS = { numeric: true, quick: false, absolute: false, times: 1, devices: false };

it("names ICMP of both families as tcpdump does", () => {
  const echo = { kind: "icmp", text: "echo request, id 7, seq 1", length: 64 } as const;
  const line = (source: string, destination: string): string =>
    new PacketPrinter(OPTIONS).line({ at: 0, device: "eth0", direction: "Out", source, destination, body: echo });
  expect([line("10.0.0.1", "10.0.0.2"), line("fd00::1", "fd00::2")]).toEqual([
    "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64\n",
    "IP6 fd00::1 > fd00::2: ICMP6, echo request, id 7, seq 1, length 64\n",
  ]);
});

it("counts times from the packet before, or from the first one, hours too", () => {
  const times = (count: number): string[] => {
    const printer = new PacketPrinter({ ...OPTIONS, times: count });
    return [1000, 4000.25, 3_608_000].map((at) => {
      const body = { kind: "udp", sourcePort: 1, destinationPort: 2, length: 3 } as const;
      const packet = {
        at,
        device: "lo",
        direction: "In",
        source: "127.0.0.1",
        destination: "127.0.0.1",
        body,
      } as const;
      return printer.line(packet).split("IP")[0] ?? "";
    });
  };
  expect([times(3), times(5)]).toEqual([
    [" 00:00:00.000000 ", " 00:00:03.000250 ", " 01:00:03.999750 "],
    [" 00:00:00.000000 ", " 00:00:03.000250 ", " 01:00:07.000000 "],
  ]);
});
