/** Records of type SRV, and the addresses that they lead to. Upstream: coredns plugin/backend_lookup.go. */
import type { DnsRecord } from "../../base/dns.ts";
import { isIPv6 } from "../../base/dns.ts";
import type { Target } from "./kubernetes-zone.ts";

/** `targets` are addresses; one without a port has no record. */
export function srvRecords(
  name: string,
  { targets, ttl }: { targets: readonly Target[]; ttl: number },
): { answer: DnsRecord[]; additional: DnsRecord[] } {
  const weight = Math.max(1, Math.floor(100 / targets.length));
  const answer = new Map<string, DnsRecord>();
  const additional = new Map<string, DnsRecord>();
  for (const { host, port, name: own } of targets) {
    if (port === -1) continue;
    const data = `0 ${weight} ${port} ${own}.`;
    if (!answer.has(`${own} ${port}`)) answer.set(`${own} ${port}`, { name, type: "SRV", ttl, data });
    additional.set(`${own} ${host}`, { name: own, type: isIPv6(host) ? "AAAA" : "A", ttl, data: host });
  }
  return { answer: [...answer.values()], additional: [...additional.values()] };
}
