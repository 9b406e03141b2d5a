/** What CoreDNS' metrics page shows. Simplified: counters of queries and of the cache alone, no histograms. */
import type { DnsServer } from "./dns-server.ts";

export function metricsText({ counts, settings }: DnsServer, version: string): string {
  const lines: string[] = [];
  const family = (name: string, help: string, type: "counter" | "gauge"): void =>
    void lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  family("coredns_build_info", "A metric with a constant '1' value labeled by version.", "gauge");
  lines.push(`coredns_build_info{goversion="go1.25.3",revision="1c2f0f2",version="${version}"} 1`);
  const byType = new Map<string, number>();
  const byCode = new Map<string, number>();
  for (const [key, count] of counts) {
    const [type = "", code = ""] = key.split(" ");
    byType.set(type, (byType.get(type) ?? 0) + count);
    byCode.set(code, (byCode.get(code) ?? 0) + count);
  }
  const where = `server="dns://:53",view="",zone="."`;
  family("coredns_dns_requests_total", "Counter of DNS requests made per zone, protocol and family.", "counter");
  for (const [type, count] of byType)
    lines.push(`coredns_dns_requests_total{family="1",proto="udp",${where},type="${type}"} ${count}`);
  family("coredns_dns_responses_total", "Counter of response status codes.", "counter");
  for (const [code, count] of byCode)
    lines.push(`coredns_dns_responses_total{plugin="",rcode="${code}",${where}} ${count}`);
  family("coredns_cache_hits_total", "The count of cache hits.", "counter");
  lines.push(`coredns_cache_hits_total{${where}} ${settings.cacheHits}`);
  family("coredns_cache_misses_total", "The count of cache misses.", "counter");
  lines.push(`coredns_cache_misses_total{${where}} ${settings.cacheMisses}`);
  return `${lines.join("\n")}\n`;
}
