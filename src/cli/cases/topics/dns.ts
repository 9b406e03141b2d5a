/** The records that the DNS specification asks for, answered by CoreDNS as a new cluster configures it. */
import type { EndpointSlice, Service } from "../../../engine/api/generated/types.ts";
import type { RecordType } from "../../../engine/base/dns.ts";
import { normalName } from "../../../engine/base/dns.ts";
import { KUBEADM_COREFILE } from "../../../engine/cluster/bootstrap-dns.ts";
import { DnsServer } from "../../../engine/network/dns/dns-server.ts";
import { memoryRecords } from "../../../engine/network/dns/memory-records.ts";
import { MemoryFileSystem } from "../../../engine/runtime/memory-file-system.ts";
import type { DataCase } from "../topic.ts";
import { defineTopic, expectEqual } from "../topic.ts";

interface DnsCase extends DataCase {
  service?: {
    name: string;
    namespace: string;
    clusterIP: string;
    ports: { name?: string; port: number; protocol: string }[];
  };
  endpoints?: { ip: string; ready: boolean; hostname?: string }[];
  query: { name: string; type: RecordType };
  rcode?: string;
  answers: { type: string; data?: string; port?: number; target?: string }[];
}

export const dns = defineTopic<DnsCase>({
  topic: "dns",
  run(item) {
    const { message } = serverOf(item).answer(item.query, "10.3.1.1");
    const got = message.answer.map(({ type, data }) => {
      if (type !== "SRV") return { type, data: type === "TXT" ? data.replaceAll('"', "") : data };
      const [, , port, target] = data.split(" ");
      return { type, port: Number(port), target };
    });
    const missing = item.answers.filter(
      (wanted) => !got.some((each) => JSON.stringify(each) === JSON.stringify(wanted)),
    );
    if (missing.length > 0) return { expected: item.answers, got };
    if (item.answers.length === 0 && got.length > 0) return { expected: [], got };
    return expectEqual(item.rcode ?? message.rcode, message.rcode);
  },
});

function serverOf({ service, endpoints = [] }: DnsCase): DnsServer {
  const files = new MemoryFileSystem();
  files.mkdir("/etc", { recursive: true });
  files.writeFile("/etc/resolv.conf", "nameserver 192.0.2.1\n");
  const slice: object = {
    metadata: {
      name: `${service?.name}-1`,
      namespace: service?.namespace,
      labels: { "kubernetes.io/service-name": service?.name },
    },
    addressType: "IPv4",
    endpoints: endpoints.map(({ ip, ready, hostname }) => ({ addresses: [ip], conditions: { ready }, hostname })),
    ports: service?.ports,
  };
  const object: object = { metadata: service, spec: service };
  const source = memoryRecords({
    services: service === undefined ? [] : [object as Service],
    slices: endpoints.length === 0 ? [] : [slice as EndpointSlice],
    pods: [],
  });
  return new DnsServer(KUBEADM_COREFILE, "/etc/coredns/Corefile", {
    source,
    fs: files,
    podIP: "10.3.2.2",
    now: () => 0,
    random: () => 0,
    log: () => {},
    after: () => {},
    ask: (_server, { name }) => ({
      message: { ...UNKNOWN, authority: [{ name: normalName(name), type: "SOA", ttl: 60, data: "" }] },
      latencyMs: 1,
    }),
  });
}

const UNKNOWN = {
  rcode: "NXDOMAIN",
  authoritative: false,
  recursion: true,
  answer: [],
  authority: [],
  additional: [],
} as const;
