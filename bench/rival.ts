/**
 * The same work in @ngrok/webernetes, for comparison in the same run. Its modules lack file extensions, so it is
 * bundled first. Its clock is stepped by hand, so that what is measured is work and not waiting.
 */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { measure } from "./harness.ts";

const BUNDLE = resolve(".build/rival.mjs");

/** The few parts of its interface that are used here. */
interface RivalPod {
  status?: { conditions?: { type: string; status: string }[]; phase?: string };
  metadata?: { labels?: Record<string, string> };
}
interface RivalCluster {
  clock: { step(ms: number): void };
  registerImage(image: unknown): void;
  init(): Promise<void>;
  pause(): void;
  apply(resources: unknown[]): Promise<unknown>;
  fetch(url: string): Promise<{ status: number; body: string }>;
  informer(
    resource: "pods",
    callback: (type: string, pod: RivalPod & { metadata?: { uid?: string } }) => void,
  ): unknown;
  close(): Promise<void>;
}
interface Rival {
  Cluster: new (options?: { nodes?: number }) => RivalCluster;
  BaseImage: new () => { exec(ctx: unknown, argv: readonly string[]): Promise<number> };
}
interface RivalContext {
  listenHttp(port: number, handler: () => Promise<{ status: number; body: string }>): void;
  waitUntilKilled(): Promise<number>;
}

let loaded: Promise<Rival> | undefined;

async function load(): Promise<Rival> {
  mkdirSync(resolve(".build"), { recursive: true });
  await build({
    entryPoints: ["@ngrok/webernetes"],
    bundle: true,
    format: "esm",
    platform: "node",
    outfile: BUNDLE,
    logLevel: "error",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  return (await import(pathToFileURL(BUNDLE).href)) as Rival;
}

function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function startCluster(nodes: number): Promise<RivalCluster> {
  const { Cluster, BaseImage } = await (loaded ??= load());
  class Hello extends BaseImage {
    static readonly imageName = "hello";
    static readonly imageVersion = "1";
    readonly defaultCommand = ["server"];
    override async exec(ctx: RivalContext): Promise<number> {
      ctx.listenHttp(8080, async () => ({ status: 200, body: "hello\n" }));
      return ctx.waitUntilKilled();
    }
  }
  const cluster = new Cluster({ nodes });
  cluster.registerImage(Hello);
  await cluster.init();
  cluster.pause();
  return cluster;
}

function deployment(replicas: number, probe: boolean): unknown {
  const readinessProbe = { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 };
  const container = {
    name: "hello",
    image: "hello:1",
    ports: [{ containerPort: 8080 }],
    ...(probe && { readinessProbe }),
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "hello" },
    spec: {
      replicas,
      selector: { matchLabels: { app: "hello" } },
      template: { metadata: { labels: { app: "hello" } }, spec: { containers: [container] } },
    },
  };
}

async function settle(cluster: RivalCluster, wanted: number, ready: Set<string>, limitMs: number): Promise<boolean> {
  for (let passed = 0; passed < limitMs && ready.size < wanted; passed += 100) {
    cluster.clock.step(100);
    await breathe();
  }
  return ready.size >= wanted;
}

function follow(cluster: RivalCluster): Set<string> {
  const ready = new Set<string>();
  cluster.informer("pods", (type, pod) => {
    const uid = pod.metadata?.uid ?? "";
    if (pod.metadata?.labels?.["app"] !== "hello") return;
    const isReady = pod.status?.conditions?.some(
      (condition) => condition.type === "Ready" && condition.status === "True",
    );
    if (type !== "delete" && isReady === true) ready.add(uid);
    else ready.delete(uid);
  });
  return ready;
}

/** Wall and CPU seconds from apply to all ready; undefined when it did not get there in a virtual hour. */
export async function rivalRollout(
  replicas: number,
  nodes: number,
): Promise<{ wallMs: number; cpuMs: number } | undefined> {
  const cluster = await startCluster(nodes);
  const ready = follow(cluster);
  const cpu = process.cpuUsage();
  const wall = performance.now();
  await cluster.apply([deployment(replicas, false)]);
  const done = await settle(cluster, replicas, ready, 3_600_000);
  const wallMs = performance.now() - wall;
  const used = process.cpuUsage(cpu);
  await cluster.close();
  return done ? { wallMs, cpuMs: (used.user + used.system) / 1000 } : undefined;
}

/** HTTP requests per second of CPU, a hundred at a time, to ten pods through `url` of their service. */
async function rivalRate(cluster: RivalCluster, url: string, requests: number): Promise<number> {
  const { cpuMs } = await measure(async () => {
    for (let sent = 0; sent < requests; sent += 100) {
      const responses = await Promise.all(Array.from({ length: 100 }, () => cluster.fetch(url)));
      if (responses.some(({ status }) => status !== 200)) throw new Error(`${url}: a request failed`);
    }
  });
  return (requests * 1000) / cpuMs;
}

/** Requests per second of CPU through a ClusterIP and through a node port. */
export async function rivalRequests(requests: number): Promise<{ clusterIP: number; nodePort: number }> {
  const cluster = await startCluster(3);
  const ready = follow(cluster);
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "hello" },
    spec: {
      type: "NodePort",
      clusterIP: "10.96.7.7",
      selector: { app: "hello" },
      ports: [{ port: 80, targetPort: 8080, nodePort: 31000 }],
    },
  };
  await cluster.apply([deployment(10, false), service]);
  if (!(await settle(cluster, 10, ready, 600_000))) throw new Error("not ready");
  await settle(cluster, Infinity, ready, 10_000);
  const rates = {
    clusterIP: await rivalRate(cluster, "http://10.96.7.7/", requests),
    nodePort: await rivalRate(cluster, "http://node-1:31000/", requests),
  };
  await cluster.close();
  return rates;
}

/** Simulated seconds per wall second with 100 probed pods. */
export async function rivalWarp(pods: number, seconds: number): Promise<number> {
  const cluster = await startCluster(3);
  const ready = follow(cluster);
  await cluster.apply([deployment(pods, true)]);
  if (!(await settle(cluster, pods, ready, 600_000))) throw new Error("not ready");
  const wall = performance.now();
  for (let passed = 0; passed < seconds; passed++) {
    cluster.clock.step(1000);
    await breathe();
  }
  const perSecond = (seconds * 1000) / (performance.now() - wall);
  await cluster.close();
  return perSecond;
}
