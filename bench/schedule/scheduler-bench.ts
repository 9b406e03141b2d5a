/** An API server and a scheduler, and no kubelets, as upstream's benchmark has it. */
import type { Node } from "../../src/engine/api/generated/types.ts";
import type { Draft, KubeObject } from "../../src/engine/api/meta/object.ts";
import { MASTERS, userInfo } from "../../src/engine/api/meta/user-info.ts";
import { namespaces, nodes, pods, priorityClasses, serviceAccounts, services } from "../../src/engine/api/registry.ts";
import { ApiServer } from "../../src/engine/apiserver/server.ts";
import { Client } from "../../src/engine/client/client.ts";
import { Store } from "../../src/engine/etcd/store.ts";
import { Scheduler } from "../../src/engine/scheduler/scheduler.ts";
import { Journal } from "../../src/engine/sim/journal.ts";
import { Simulation } from "../../src/engine/sim/simulation.ts";
import { GATED, HOSTNAME, NAMED_NODE, specOf, ZONE } from "./pod-shape.ts";
import type { PodShape } from "./pod-shape.ts";
import type { Workload } from "./workloads.ts";

/** Pods are created as fast as they come, so many in a virtual millisecond. */
const AT_ONCE = 100;
const CHURNED = "churned";

function cpuMsNow(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export class SchedulerBench {
  readonly sim = new Simulation({ seed: 1, journal: new Journal(5000) });
  /** CPU that the clients' requests took: upstream's clients are no part of what it measures. */
  clientCpuMs = 0;
  private readonly client: Client;
  private readonly scheduler: Scheduler;
  private created = 0;
  /** Pods that may be left waiting. */
  private aside = 0;

  constructor({ nodes: count, zones = [], namedNode = false, devices = false, gated = 0 }: Workload) {
    const store = new Store<KubeObject>(this.sim);
    const server = new ApiServer({ sim: this.sim, store, authorizationMode: "AlwaysAllow" });
    this.client = new Client(server, userInfo("bench", MASTERS));
    for (const name of ["default", "sched-0", "sched-1"]) {
      this.client.resource(namespaces).create({ metadata: { name }, spec: {} });
      this.client.resource(serviceAccounts).create({ metadata: { name: "default", namespace: name } });
    }
    this.client.resource(priorityClasses).create({ metadata: { name: "high" }, value: 10 });
    for (let at = 0; at < count; at++) {
      const zone = zones[at % Math.max(1, zones.length)];
      const labels = zone === undefined ? undefined : { [ZONE]: zone };
      this.addNode(`node-${at}`, { labels, more: devices ? { [`foo.com/bar-${at}`]: "1" } : undefined });
    }
    if (namedNode) this.addNode(NAMED_NODE, { pods: "90000" });
    this.scheduler = new Scheduler({ sim: this.sim, transport: server });
    this.scheduler.start();
    for (let at = 0; at < gated; at++) this.createAside(GATED);
    this.sim.runUntil(this.sim.now + 1000);
  }

  private addNode(
    name: string,
    about: {
      pods?: string;
      labels?: Record<string, string> | undefined;
      more?: Record<string, string> | undefined;
    },
  ): void {
    const { pods: room = "110", labels, more } = about;
    const allocatable = { cpu: "4", memory: "32Gi", pods: room, ...more };
    const draft: Draft<Node> = {
      metadata: { name, labels: { [HOSTNAME]: name, ...labels } },
      spec: {},
      status: { allocatable, capacity: allocatable },
    };
    const created = this.client.resource(nodes).create(draft);
    // No controller takes away the taint of a node that is not ready yet.
    this.client.resource(nodes).update({ ...created, spec: {} });
  }

  private createPod(shape: PodShape, name = `pod-${this.created++}`): void {
    const { namespace = "default", labels } = shape;
    const metadata = { name, namespace, ...(labels && { labels }) };
    this.client.resource(pods).create({ metadata, spec: specOf(shape) });
  }

  /** A pod that nobody waits for. */
  createAside(shape: PodShape): void {
    this.createPod(shape);
    this.aside++;
  }

  /** The pod that was created as the `index`th of those that are not gated. */
  removePod(index: number): void {
    this.client.resource(pods).delete("default", `pod-${this.aside + index}`, { gracePeriodSeconds: 0 });
  }

  /** Every other time a node, a pod and a service come, in between they go. */
  recreate(shape: PodShape, round: number): void {
    if (round % 2 === 0) {
      this.addNode(CHURNED, {});
      this.createPod(shape, CHURNED);
      const spec = { selector: { app: CHURNED }, ports: [{ port: 8080, targetPort: 8080 }] };
      this.client.resource(services).create({ metadata: { name: CHURNED, namespace: "default" }, spec } as never);
      this.aside++;
    } else {
      this.client.resource(nodes).delete("", CHURNED);
      this.client.resource(pods).delete("default", CHURNED, { gracePeriodSeconds: 0 });
      this.client.resource(services).delete("default", CHURNED);
      this.aside--;
    }
  }

  /** Creates the pods and runs until all have a node that were not created aside. */
  place(count: number, { shape, meanwhile }: Pick<Workload, "shape" | "meanwhile">, limitMs: number): void {
    const { sim } = this;
    let rounds = 0;
    for (let at = 0; at < count;) {
      const before = cpuMsNow();
      for (const end = Math.min(count, at + AT_ONCE); at < end; at++) {
        this.createPod(typeof shape === "function" ? shape(at) : shape);
        if (meanwhile !== undefined && at % meanwhile.every === 0) meanwhile.act(this, rounds++);
      }
      this.clientCpuMs += cpuMsNow() - before;
      sim.runUntil(sim.now + 1);
    }
    const end = sim.now + limitMs;
    while (this.scheduler.pendingCount > this.aside && sim.now < end) sim.runUntil(sim.now + 10);
    if (this.scheduler.pendingCount > this.aside) throw new Error(`${this.scheduler.pendingCount} pods are left`);
  }
}
