/** Stands in for scheduler and kubelets: binds pods, runs them after a while, and ends those that are deleted. */
import type { Pod, PodCondition } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { leases, nodes, pods } from "../../api/registry.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { MASTERS, userInfo } from "../../api/meta/user-info.ts";
import { formatMicroTime, formatTime } from "../../base/time.ts";
import { Client } from "../../client/client.ts";
import { InformerFactory } from "../../client/informer-factory.ts";
import type { Lister } from "../../client/informer.ts";
import type { Transport } from "../../client/transport.ts";
import { targetNode } from "../daemon-set/pod-template.ts";
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
    this.client = new Client(transport, userInfo("system:fake-kubelet", MASTERS));
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
    for (const node of options.nodes) this.register(node);
  }

  /** Nodes that are powered off: they renew no lease and end no pod. */
  readonly down = new Set<string>();

  /** A node joins. */
  register(name: string): void {
    const time = formatTime(this.sim.now);
    const ready = { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" };
    const conditions = [{ ...ready, lastHeartbeatTime: time, lastTransitionTime: time }];
    const node = this.client.resource(nodes).create({ metadata: { name }, spec: {}, status: {} });
    this.client.resource(nodes).updateStatus({ ...node, status: { ...node.status, conditions } });
    const { uid } = node.metadata;
    this.client.resource(leases).create({
      metadata: {
        name,
        namespace: "kube-node-lease",
        ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid }],
      },
      spec: { holderIdentity: name, leaseDurationSeconds: 40 },
    });
    this.heartbeat(name);
  }

  private heartbeat(name: string): void {
    if (!this.down.has(name)) {
      const spec = { renewTime: formatMicroTime(this.sim.now) };
      try {
        this.client.resource(leases).patch("kube-node-lease", name, { spec });
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        // Its node was deleted; or the server is down, and it tries again.
        if (error.code === 404) return;
      }
    }
    this.sim.after(10_000, () => this.heartbeat(name), { background: true });
  }

  /** The kubelet is back and says so. */
  powerOn(name: string): void {
    this.down.delete(name);
    const node = this.client.resource(nodes).get("", name);
    const conditions = (node.status.conditions ?? []).map((condition) => ({
      ...condition,
      status: condition.type === "Ready" ? "True" : "False",
      lastHeartbeatTime: formatTime(this.sim.now),
    }));
    this.client.resource(nodes).updateStatus({ ...node, status: { ...node.status, conditions } });
    this.heartbeat(name);
  }

  private onAdd(pod: Pod): void {
    if (pod.metadata.deletionTimestamp !== undefined) return;
    const delay = this.options.startMs(pod);
    const turn = this.options.nodes[this.count++ % this.options.nodes.length] as string;
    const node = targetNode(pod) ?? turn;
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
    const current = this.lister.get(keyOf(pod));
    if (current?.metadata.uid !== pod.metadata.uid || this.down.has(current.spec.nodeName ?? "")) return;
    const { namespace, name } = pod.metadata;
    this.client.resource(pods).delete(namespace, name, { gracePeriodSeconds: 0 });
  }
}
