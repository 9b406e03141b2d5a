/**
 * metrics-server: while a pod of its image runs, the API server has metrics.k8s.io. Nothing is scraped: the numbers are
 * read off the containers when somebody asks, as of the last whole window.
 * Upstream: kubernetes-sigs/metrics-server.
 * Simplified: the API is there iff a server runs that takes kubelets' certificates as they are, whatever its APIService
 * and its rights say; a node's own processes use a fixed amount; no kubelet has a certificate of an authority.
 */
import type { NodeMetrics, PodMetrics } from "../api/metrics/metrics-kinds.ts";
import { nodes, pods } from "../api/registry.ts";
import type { Node, Pod } from "../api/generated/types.ts";
import type { ApiServer } from "../apiserver/server.ts";
import { keyed, sayKlog } from "../base/klog.ts";
import { formatTime } from "../base/time.ts";
import type { Client } from "../client/client.ts";
import type { MachineLoad } from "../runtime/machine-load.ts";
import type { Container } from "../runtime/containers/container.ts";
import { CPU_WINDOW_MS } from "../runtime/containers/cpu-meter.ts";
import type { ImageDefinition, ServerContext } from "../runtime/containers/image.ts";
import { overTls } from "../runtime/network-port.ts";
import type { Simulation } from "../sim/simulation.ts";
import { sayServing } from "./component-log.ts";

const NAME = "registry.k8s.io/metrics-server/metrics-server";
const TAGS = ["v0.6.0", "v0.6.1", "v0.6.2", "v0.6.3", "v0.6.4", "v0.7.0", "v0.7.1", "v0.7.2", "v0.8.0"];
const SIZE = 22_500_000;
const PORT = 10_250;
/** Until the first two readings are there. */
const FIRST_SCRAPE_MS = 18_000;
const RESOLUTION_MS = 15_000;
const FAILED_PROBE = keyed("Failed probe", { probe: "metric-storage-ready", err: "no metrics to serve" });

/** What is read of the machines. */
export interface MeteredNode {
  readonly name: string;
  readonly powered: boolean;
  readonly runtime: { list(): Iterable<Container> };
  load(): Pick<MachineLoad, "cpuMillicores" | "usedBytes">;
}

export class MetricsServer {
  private readonly sim: Simulation;
  private readonly server: ApiServer;
  private readonly client: Client;
  private readonly nodes: () => Iterable<MeteredNode>;
  /** How many instances serve. */
  private instances = 0;

  constructor(
    sim: Simulation,
    { server, client, nodes }: { server: ApiServer; client: Client; nodes: () => Iterable<MeteredNode> },
  ) {
    this.sim = sim;
    this.server = server;
    this.client = client;
    this.nodes = nodes;
  }

  image(): ImageDefinition {
    const start = (ctx: ServerContext) => this.start(ctx);
    return {
      name: NAME,
      tags: Object.fromEntries(TAGS.map((tag) => [tag, { size: SIZE }])),
      entrypoint: ["/metrics-server"],
      userland: "none",
      programs: () => ({ "/metrics-server": { kind: "server", start } }),
    };
  }

  private start(ctx: ServerContext) {
    let serves = false;
    const option = ctx.argv.map((arg) => /^--secure-port=(\d+)$/.exec(arg)?.[1]).find((port) => port !== undefined);
    ctx.use({ cpuMillicores: 3, memoryBytes: 18 * 1024 * 1024 });
    sayServing(ctx, "[::]", option ?? PORT);
    const serve = overTls(({ path }) => {
      const ready = serves || !path.startsWith("/readyz");
      if (ready) return { status: 200, headers: {}, body: "ok" };
      sayKlog(ctx, "I", "server.go:191", FAILED_PROBE);
      return { status: 500, headers: {}, body: "no metrics to serve" };
    });
    ctx.listen(Number(option ?? PORT), serve);
    if (ctx.argv.includes("--kubelet-insecure-tls") || ctx.argv.includes("--kubelet-insecure-tls=true")) {
      ctx.after(FIRST_SCRAPE_MS, () => {
        serves = true;
        this.count(1);
      });
    } else this.distrust(ctx);
    return {
      signals: { SIGTERM: () => ctx.exit(0) },
      ended: () => {
        if (serves) this.count(-1);
      },
    };
  }

  /** kubeadm's kubelets show certificates that they made for themselves, for their names alone. */
  private distrust(ctx: ServerContext): void {
    for (const { metadata, status } of this.client.resource(nodes).list("").items as Node[]) {
      const address = status.addresses?.find(({ type }) => type === "InternalIP")?.address ?? metadata.name;
      const why = `tls: failed to verify certificate: x509: cannot validate certificate for ${address} because it doesn't contain any IP SANs`;
      const err = `Get "https://${address}:10250/metrics/resource": ${why}`;
      sayKlog(ctx, "E", "scraper.go:149", keyed("Failed to scrape node", { err, node: metadata.name }));
    }
    ctx.after(RESOLUTION_MS, () => this.distrust(ctx));
  }

  private count(change: number): void {
    this.instances += change;
    const source =
      this.instances === 0 ? undefined : { nodes: () => this.nodeMetrics(), pods: () => this.podMetrics() };
    this.server.connectMetrics(source);
  }

  private sampleTime(): { timestamp: string; window: string; since: number } {
    const end = Math.floor(this.sim.now / CPU_WINDOW_MS) * CPU_WINDOW_MS;
    return { timestamp: formatTime(end), window: "15s", since: end - CPU_WINDOW_MS };
  }

  private nodeMetrics(): NodeMetrics[] {
    const { timestamp, window } = this.sampleTime();
    const metrics: NodeMetrics[] = [];
    for (const node of this.nodes()) {
      const { name } = node;
      if (!node.powered) continue;
      const { cpuMillicores, usedBytes } = node.load();
      metrics.push({
        apiVersion: "metrics.k8s.io/v1beta1",
        kind: "NodeMetrics",
        metadata: this.metadata({ name }),
        timestamp,
        window,
        usage: usageOf({ cpuMillicores, memoryBytes: usedBytes }),
      });
    }
    return metrics;
  }

  /** A container that started within the window has no reading yet, and neither has its pod. */
  private podMetrics(): PodMetrics[] {
    const { timestamp, window, since } = this.sampleTime();
    const byPod = new Map<string, { name: string; usage: { cpu: string; memory: string } }[]>();
    const young = new Set<string>();
    for (const { runtime } of this.nodes()) {
      for (const container of runtime.list()) {
        if (!container.running) continue;
        const key = `${container.sandbox.namespace}/${container.sandbox.name}`;
        if ((container.startedAt ?? Infinity) > since) young.add(key);
        const entry = { name: container.config.name, usage: usageOf(container.used()) };
        const entries = byPod.get(key);
        if (entries === undefined) byPod.set(key, [entry]);
        else entries.push(entry);
      }
    }
    const metrics: PodMetrics[] = [];
    for (const { metadata } of this.client.resource(pods).list("").items as Pod[]) {
      const { name, namespace, labels } = metadata;
      const containers = byPod.get(`${namespace}/${name}`);
      if (containers === undefined || young.has(`${namespace}/${name}`)) continue;
      metrics.push({
        apiVersion: "metrics.k8s.io/v1beta1",
        kind: "PodMetrics",
        metadata: this.metadata({ name, namespace, ...(labels && { labels }) }),
        timestamp,
        window,
        containers: containers.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      });
    }
    return metrics;
  }

  private metadata<T extends object>(fields: T) {
    return { ...fields, creationTimestamp: formatTime(this.sim.now), uid: "", resourceVersion: "" };
  }
}

function usageOf({ cpuMillicores, memoryBytes }: { cpuMillicores: number; memoryBytes: number }) {
  return { cpu: `${Math.round(cpuMillicores * 1e6)}n`, memory: `${Math.round(memoryBytes / 1024)}Ki` };
}
