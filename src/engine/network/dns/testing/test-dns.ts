/** A DNS server over objects that a test gives, without a cluster. */
import type { EndpointSlice, Pod, Service } from "../../../api/generated/types.ts";
import type { DnsQuestion, DnsRecord, DnsReply, RecordType } from "../../../base/dns.ts";
import { MemoryFileSystem } from "../../../runtime/memory-file-system.ts";
import { DnsServer } from "../dns-server.ts";
import type { DnsHost } from "../plugin.ts";
import { memoryRecords } from "../memory-records.ts";

export interface TestDns {
  server: DnsServer;
  log: string[];
  files: MemoryFileSystem;
  /** Virtual milliseconds; a test moves it on. */
  clock: { now: number };
  /** What is to happen later; a test lets it. */
  timers: { delayMs: number; run(): void }[];
  /** `tcp`: by a connection; `bufferSize`: bytes that a datagram may bring. */
  ask(
    name: string,
    type?: RecordType,
    how?: { tcp?: boolean; bufferSize?: number },
  ): {
    rcode: string;
    answer: string[];
    authority: string[];
    additional: string[];
    ms: number;
    truncated?: boolean | undefined;
  };
}

export interface TestObjects {
  services?: readonly object[];
  slices?: readonly object[];
  pods?: readonly object[];
  /** Besides resolv.conf, by absolute path. */
  files?: Readonly<Record<string, string>>;
  upstream?: (server: string, question: DnsQuestion, tcp: boolean) => DnsReply | "refused" | undefined;
}

const FILE = "/etc/coredns/Corefile";

export function testDns(corefile: string, objects: TestObjects = {}): TestDns {
  const log: string[] = [];
  const clock = { now: 0 };
  const timers: TestDns["timers"] = [];
  const files = new MemoryFileSystem({ now: () => clock.now });
  files.mkdir("/etc", { recursive: true });
  files.writeFile("/etc/resolv.conf", "nameserver 192.168.49.1\n");
  for (const [path, text] of Object.entries(objects.files ?? {})) {
    files.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    files.writeFile(path, text);
  }
  const host: DnsHost = {
    source: memoryRecords({
      services: (objects.services ?? []) as Service[],
      slices: (objects.slices ?? []) as EndpointSlice[],
      pods: (objects.pods ?? []) as Pod[],
    }),
    fs: files,
    podIP: "10.244.0.2",
    now: () => clock.now,
    random: (bound) => bound - 1,
    log: (line) => void log.push(line),
    after: (delayMs, run) => void timers.push({ delayMs, run }),
    ask: (server, question, tcp) => objects.upstream?.(server, question, tcp),
  };
  const server = new DnsServer(corefile, FILE, host);
  return {
    server,
    log,
    files,
    clock,
    timers,
    ask(name, type = "A", { tcp = false, bufferSize } = {}) {
      const question = { name, type, ...(bufferSize !== undefined && { bufferSize }) };
      const { message, latencyMs } = server.answer(question, "10.244.1.9", { tcp });
      const text = (records: readonly DnsRecord[]): string[] =>
        records.map((record) => `${record.name}. ${record.ttl} ${record.type} ${record.data}`);
      return {
        rcode: message.rcode,
        answer: text(message.answer),
        authority: text(message.authority),
        additional: text(message.additional),
        ms: latencyMs,
        ...(message.truncated === true && { truncated: true }),
      };
    },
  };
}
