/** Stands in for scheduler and kubelets: binds pods, runs them after a while, and ends those that are deleted. */
import type { Pod, PodCondition } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { pods } from "../../api/registry.ts";
import { formatTime } from "../../base/time.ts";
import { Client } from "../../client/client.ts";
import { InformerFactory } from "../../client/informer-factory.ts";
import type { Lister } from "../../client/informer.ts";
import type { Transport } from "../../client/transport.ts";
import type { Simulation } from "../../sim/simulation.ts";

export interface FakeKubeletOptions {
  nodes: readonly string[];
  /** Milliseconds from creation to Ready; undefined: never. */
  startMs(pod: Pod): number | undefined;
  /** Milliseconds from the delete to the end. */
  stopMs: number;
}

export class FakeKubelet {
  private readonly sim: Simulation;
  private readonly client: Client;
  private readonly options: FakeKubeletOptions;
  private readonly lister: Lister<Pod>;
  private readonly informers: InformerFactory;
  private count = 0;

  constructor(sim: Simulation, transport: Transport, options: FakeKubeletOptions) {
    this.sim = sim;
    this.client = new Client(transport, "system:fake-kubelet");
    this.options = options;
    this.informers = new InformerFactory(sim, this.client);
    const informer = this.informers.informer(pods);
    this.lister = informer.lister;
    informer.addHandler({
      onAdd: (pod) => this.onAdd(pod),
      onUpdate: (pod, old) => {
        const isGoing = pod.metadata.deletionTimestamp !== undefined;
        if (isGoing && old.metadata.deletionTimestamp === undefined)
          this.sim.after(this.options.stopMs, () => this.end(pod));
      },
    });
    this.informers.start();
  }

  private onAdd(pod: Pod): void {
    if (pod.metadata.deletionTimestamp !== undefined) return;
    const delay = this.options.startMs(pod);
    const node = this.options.nodes[this.count++ % this.options.nodes.length] as string;
    if ((pod.spec.nodeName ?? "") === "") this.bind(pod, node);
    if (delay !== undefined) this.sim.after(delay, () => this.run(pod));
  }

  private bind(pod: Pod, node: string): void {
    const { namespace, name } = pod.metadata;
    this.client.post(
      pods,
      { namespace, name, subresource: "binding" },
      { metadata: { name }, target: { kind: "Node", name: node } },
    );
  }

  private run(pod: Pod): void {
    const current = this.lister.get(keyOf(pod));
    if (current?.metadata.uid !== pod.metadata.uid || current.metadata.deletionTimestamp !== undefined) return;
    const ip = `10.244.${this.count % 250}.${(this.count >> 8) + 2}`;
    this.setStatus(current, { ready: true, ip });
  }

  /** Makes a running pod ready or not. */
  setReady(key: string, ready: boolean): void {
    const pod = this.lister.get(key);
    if (pod !== undefined) this.setStatus(pod, { ready, ip: pod.status.podIP ?? "10.244.0.2" });
  }

  private setStatus(pod: Pod, { ready, ip }: { ready: boolean; ip: string }): void {
    const condition: PodCondition = {
      type: "Ready",
      status: ready ? "True" : "False",
      lastTransitionTime: formatTime(this.sim.now),
    };
    const conditions = [...(pod.status.conditions ?? []).filter(({ type }) => type !== "Ready"), condition];
    const status = { ...pod.status, phase: "Running", podIP: ip, podIPs: [{ ip }], conditions };
    this.client.resource<Pod>(pods).updateStatus({ ...pod, status });
  }

  private end(pod: Pod): void {
    if (this.lister.get(keyOf(pod))?.metadata.uid !== pod.metadata.uid) return;
    const { namespace, name } = pod.metadata;
    this.client.resource(pods).delete(namespace, name, { gracePeriodSeconds: 0 });
  }
}
