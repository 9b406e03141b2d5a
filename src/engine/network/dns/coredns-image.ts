/**
 * The program of CoreDNS' container: starts its servers from the Corefile, or says why it doesn't, and reads it again when
 * it has changed. Upstream: coredns coremain/run.go, plugin/{reload,ready,health,metrics,loop}.
 */
import { SystemError } from "../../base/program.ts";
import { utf8Encode } from "../../base/base64.ts";
import { sha512 } from "../../base/sha512.ts";
import type { ImageDefinition, ServerContext, ServerHooks } from "../../runtime/containers/image.ts";
import type { Listener, ServedResponse } from "../../runtime/network-port.ts";
import { CorefileError, fingerprintOf, readTokens } from "./corefile-tokens.ts";
import type { DnsRecords } from "./dns-records.ts";
import { DnsServer } from "./dns-server.ts";
import { metricsText } from "./metrics-text.ts";
import type { DnsHost } from "./plugin.ts";

const NAME = "registry.k8s.io/coredns/coredns";
const VERSIONS = ["v1.11.1", "v1.11.3", "v1.12.0", "v1.12.1", "v1.12.4", "v1.13.1", "v1.14.0", "v1.14.1", "v1.14.2"];
const SIZE = 22_400_000;
const QUERY_TIMEOUT_MS = 2_000;
/** How often it looks whether the API's objects have come, and when it goes on without. */
const SYNC_CHECK_MS = 100;
const SYNC_LOG_MS = 500;
const SYNC_LIMIT_MS = 5_000;
/** From its start until it has found that its queries come back to itself. */
const LOOP_MS = 2_000;

export function corednsImage(records: DnsRecords): ImageDefinition {
  return {
    name: NAME,
    tags: Object.fromEntries(VERSIONS.map((tag) => [tag, { size: SIZE }])),
    entrypoint: ["/coredns"],
    user: 65532,
    exposedPorts: [53],
    userland: "none",
    programs: (tag) => ({
      "/coredns": { kind: "server", start: (ctx) => new CoreDns(ctx, records, tag.slice(1)).start() },
    }),
  };
}

class CoreDns {
  private readonly ctx: ServerContext;
  private readonly records: DnsRecords;
  private readonly version: string;
  private readonly file: string;
  private readonly host: DnsHost;
  private server: DnsServer | undefined;
  /** The Corefile that was looked at last, good or bad, with its imports. */
  private seen = "";
  /** Its text alone. */
  private looked = "";
  private endUse: (() => void) | undefined;
  /** Ports that are taken; none is ever given back. */
  private readonly bound = new Set<string>();

  constructor(ctx: ServerContext, records: DnsRecords, version: string) {
    this.ctx = ctx;
    this.records = records;
    this.version = version;
    const at = ctx.argv.indexOf("-conf");
    this.file = at < 0 ? "/Corefile" : (ctx.argv[at + 1] ?? "");
    this.host = {
      source: records,
      fs: ctx.fs,
      podIP: ctx.podIP,
      now: () => ctx.now(),
      random: (bound) => ctx.random(bound),
      log: (line) => ctx.log(line),
      after: (delayMs, run) => ctx.after(delayMs, run),
      ask(server, question, tcp) {
        const [address = "", port] = server.split(":");
        const to = {
          server: address,
          tcp,
          timeoutMs: QUERY_TIMEOUT_MS,
          ...(port !== undefined && { port: Number(port) }),
        };
        const { message, errno, latencyMs } = ctx.network.query?.(question, to) ?? { latencyMs: 0 };
        if (message !== undefined) return { message, latencyMs };
        return errno === "ECONNREFUSED" ? "refused" : undefined;
      },
    };
  }

  start(): ServerHooks {
    const { ctx } = this;
    ctx.use({ cpuMillicores: 2, memoryBytes: 14 * 1024 * 1024 });
    this.endUse = this.records.use();
    try {
      const server = new DnsServer(this.read(), this.file, this.host);
      this.seen = server.fingerprint;
      for (const warning of server.warnings) ctx.log(warning);
      this.whenSynced(server, ctx.now(), () => this.serve(server));
    } catch (error) {
      if (!(error instanceof CorefileError)) throw error;
      ctx.log(error.message);
      ctx.exit(1);
    }
    return { signals: { SIGTERM: () => this.stop(), SIGINT: () => this.stop() }, ended: () => this.endUse?.() };
  }

  private read(): string {
    try {
      return this.ctx.fs.readFile(this.file);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      throw new CorefileError(`loading Caddyfile via flag: open ${this.file}: no such file or directory`);
    }
  }

  /** Waits for the API as long as CoreDNS does. */
  private whenSynced(server: DnsServer, since: number, then: () => void): void {
    const { ctx, records } = this;
    const waited = ctx.now() - since;
    if (!server.usesKubernetes || records.synced) return then();
    if (waited >= SYNC_LIMIT_MS) {
      ctx.log("[WARNING] plugin/kubernetes: starting server with unsynced Kubernetes API");
      return then();
    }
    if (waited > 0 && waited % SYNC_LOG_MS === 0)
      ctx.log("[INFO] plugin/kubernetes: waiting for Kubernetes API before starting server");
    ctx.after(SYNC_CHECK_MS, () => this.whenSynced(server, since, then));
  }

  private serve(server: DnsServer): void {
    const { ctx } = this;
    this.put(server);
    for (const title of server.titles) ctx.log(title);
    if (server.settings.reloadMs > 0) this.tellSum(server);
    ctx.log(`CoreDNS-${this.version}`);
    ctx.log("linux/amd64, go1.25.3, 1c2f0f2");
    this.lookForLoop(server);
    this.watchFile();
  }

  /** Lets a server answer from now on. */
  private put(server: DnsServer): void {
    this.server = server;
    const { health, ready, prometheus } = server.settings;
    for (const port of server.ports) {
      this.bind(`udp/${port}`, () => {
        this.ctx.listenNames(port, (question, client, tcp) => this.server?.answer(question, client, { port, tcp }));
        this.ctx.listenTcp(port, () => ({}));
      });
    }
    this.bindHttp(health, () => this.server?.settings.health, { path: "/health", answer: () => ok("OK") });
    this.bindHttp(ready, () => this.server?.settings.ready, { path: "/ready", answer: () => this.ready() });
    this.bindHttp(prometheus, () => this.server?.settings.prometheus, {
      path: "/metrics",
      answer: () => ok(metricsText(this.server as DnsServer, this.version)),
    });
  }

  /** A port stays bound once it is; whether it answers is what the present Corefile says. */
  private bindHttp(
    port: number | undefined,
    present: () => number | undefined,
    page: { path: string; answer: () => ServedResponse },
  ): void {
    if (port === undefined) return;
    const listener: Listener = ({ path }) =>
      path === page.path && present() === port ? page.answer() : { status: 404, body: "404 page not found\n" };
    this.bind(`tcp/${port}`, () => this.ctx.listen(port, listener));
  }

  private bind(key: string, take: () => void): void {
    if (this.bound.has(key)) return;
    this.bound.add(key);
    take();
  }

  private ready(): ServedResponse {
    if (this.server?.usesKubernetes !== true || this.records.synced) return ok("OK");
    this.ctx.log('[INFO] plugin/ready: Plugins not ready: "kubernetes"');
    return { status: 503, headers: PLAIN, body: "kubernetes" };
  }

  /** The sum covers what is imported, as what makes it read its configuration again does. */
  private tellSum({ fingerprint }: DnsServer): void {
    this.ctx.log(`[INFO] plugin/reload: Running configuration SHA512 = ${sumOf(fingerprint)}`);
  }

  private lookForLoop({ settings }: DnsServer): void {
    const { ctx } = this;
    const own = settings.upstreams.find((server) => server.startsWith("127.") || server === ctx.podIP);
    if (!settings.loop || own === undefined) return;
    ctx.after(LOOP_MS, () => {
      const query = `${ctx.random(2 ** 31)}${ctx.random(2 ** 31)}.${ctx.random(2 ** 31)}${ctx.random(2 ** 31)}`;
      ctx.log(
        `[FATAL] plugin/loop: Loop (${own}:${40_000 + ctx.random(20_000)} -> :53) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO ${query}."`,
      );
      ctx.exit(1);
    });
  }

  /** Looks at the Corefile at the pace that the running one asks for. */
  private watchFile(): void {
    const { ctx } = this;
    const { reloadMs = 0, reloadJitterMs = 0 } = this.server?.settings ?? {};
    if (reloadMs === 0) return;
    ctx.after(reloadMs + (reloadJitterMs > 0 ? ctx.random(reloadJitterMs) : 0), () => {
      this.reload();
      this.watchFile();
    });
  }

  private reload(): void {
    const { ctx } = this;
    let text: string;
    try {
      text = this.read();
    } catch {
      return;
    }
    if (text === this.looked && !/^\s*import\s/m.test(text)) return;
    this.looked = text;
    const fingerprint = this.fingerprint(text);
    if (fingerprint === this.seen) return;
    this.seen = fingerprint;
    ctx.log("[INFO] Reloading");
    try {
      const server = new DnsServer(text, this.file, this.host);
      for (const warning of server.warnings) ctx.log(warning);
      this.put(server);
      if (server.settings.reloadMs > 0) this.tellSum(server);
      ctx.log("[INFO] Reloading complete");
      this.lookForLoop(server);
    } catch (error) {
      if (!(error instanceof CorefileError)) throw error;
      ctx.log(`[ERROR] Restart failed: ${error.message}`);
      const why = `starting with listener file descriptors: ${error.message}`;
      ctx.log(`[ERROR] plugin/reload: Corefile changed but reload failed: ${why}`);
    }
  }

  /** The words of a Corefile and of what it imports; the text itself where they can't be read. */
  private fingerprint(text: string): string {
    try {
      return fingerprintOf(readTokens(text, this.file, this.ctx.fs).tokens);
    } catch (error) {
      if (!(error instanceof CorefileError)) throw error;
      return text;
    }
  }

  private stop(): void {
    const { ctx } = this;
    ctx.log("[INFO] SIGTERM: Shutting down servers then terminating");
    const { health, lameduckMs = 0 } = this.server?.settings ?? {};
    if (health === undefined || lameduckMs === 0) return ctx.exit(0);
    ctx.log(`[INFO] plugin/health: Going into lameduck mode for ${lameduckMs / 1000}s`);
    ctx.after(lameduckMs, () => ctx.exit(0));
  }
}

const PLAIN = { "content-type": "text/plain; charset=utf-8" };

function ok(body: string): ServedResponse {
  return { status: 200, headers: PLAIN, body };
}

let lastSum = { text: "", sum: "" };

/** Replicas start from one text: its sum is made once. */
function sumOf(text: string): string {
  if (lastSum.text !== text) lastSum = { text, sum: sha512(utf8Encode(text)) };
  return lastSum.sum;
}
