/** A scheduler over a real API server, for tests. */
import type { Node, Pod } from "../../api/generated/types.ts";
import { MASTERS, userInfo } from "../../api/meta/user-info.ts";
import { events, namespaces, nodes, pods } from "../../api/registry.ts";
import { deviceSelectors } from "../../apiserver/cel/devices.ts";
import { ApiServer } from "../../apiserver/server.ts";
import { Client } from "../../client/client.ts";
import { Store } from "../../etcd/store.ts";
import { Simulation } from "../../sim/simulation.ts";
import { Scheduler } from "../scheduler.ts";

export interface NodeDraft {
  cpu?: string;
  memory?: string;
  pods?: string;
  labels?: Record<string, string>;
  taints?: { key: string; value?: string; effect: string }[];
  unschedulable?: boolean;
}

export type PodDraft = Partial<Pod["spec"]> & {
  labels?: Record<string, string>;
  cpu?: string;
  memory?: string;
  ports?: NonNullable<Pod["spec"]["containers"][0]["ports"]>;
};

export function createTestScheduler(options: { seed?: number } = {}) {
  const sim = new Simulation({ seed: options.seed ?? 1 });
  const server = new ApiServer({ sim, store: new Store(sim) });
  const client = new Client(server, userInfo("system:admin", MASTERS));
  client.resource(namespaces).create({ metadata: { name: "default" }, spec: {} });
  const scheduler = new Scheduler({ sim, transport: server, selectors: deviceSelectors() });
  scheduler.start();
  const settle = (ms = 0): void => {
    sim.runUntil(sim.now + ms + 20);
  };
  settle();
  return {
    sim,
    server,
    client,
    scheduler,
    settle,
    node(name: string, draft: NodeDraft = {}): Node {
      const { cpu = "2", memory = "4Gi", labels = {}, taints, unschedulable } = draft;
      const allocatable = { cpu, memory, pods: draft.pods ?? "110" };
      const created = client.resource(nodes).create({
        metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels } },
        spec: { taints, unschedulable },
        status: { allocatable, capacity: allocatable },
      });
      // No controller takes away the taint of a node that is not ready yet.
      return client.resource(nodes).update({ ...created, spec: { taints, unschedulable } });
    },
    pod(name: string, draft: PodDraft = {}): Pod {
      const { labels, cpu, memory, ports, ...spec } = draft;
      const requests = { ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) };
      return client.resource(pods).create({
        metadata: { name, namespace: "default", ...(labels && { labels }) },
        spec: { containers: [{ name: "main", image: "nginx", resources: { requests }, ports }], ...spec },
      });
    },
    /** Where a pod is; "" while it waits. */
    where: (name: string): string => client.resource(pods).get("default", name).spec.nodeName ?? "",
    remove: (name: string): void => client.resource(pods).delete("default", name, { gracePeriodSeconds: 0 }),
    /** `reason: message` of the events about a pod, oldest first. */
    eventsOf(name: string): string[] {
      const all = client.resource(events).list("default").items;
      return all
        .filter(({ involvedObject }) => involvedObject.name === name)
        .map(({ reason, message }) => `${reason}: ${message}`);
    },
  };
}
