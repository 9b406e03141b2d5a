/**
 * Where the service `kubernetes` leads: to the instances of kube-apiserver that run. Each adds itself when it starts; who
 * has gone is taken out when its lease has run out. Upstream: pkg/controlplane/reconcilers/lease.go.
 *
 * **Simplified:** leases are timers; the last instance stays in the list.
 */
import { endpoints, endpointSlices } from "../api/registry.ts";
import type { Client } from "../client/client.ts";
import { isNotFound } from "../api/meta/status-error.ts";
import type { Simulation } from "../sim/simulation.ts";
import { kubernetesEndpoints, kubernetesEndpointSlice } from "./bootstrap.ts";

/** `DefaultEndpointReconcilerTTL` */
const LEASE_MS = 15_000;
const [NAMESPACE, NAME] = ["default", "kubernetes"];

export interface ServerEndpointsOptions {
  sim: Simulation;
  client: Client;
  port: number;
  /** Whether the API can be written. */
  able(): boolean;
  /** Of the instances that run. */
  addresses(): readonly string[];
}

export class ServerEndpoints {
  private readonly options: ServerEndpointsOptions;

  constructor(options: ServerEndpointsOptions) {
    this.options = options;
  }

  /** An instance has come or gone. */
  changed(): void {
    const { sim, addresses } = this.options;
    this.write((present) => [...present, ...addresses().filter((each) => !present.includes(each))]);
    sim.after(LEASE_MS, () => this.write((present) => present.filter((each) => addresses().includes(each))), {
      background: true,
    });
  }

  private write(change: (present: readonly string[]) => readonly string[]): void {
    const { client, port, able } = this.options;
    if (!able()) return;
    try {
      const found = client.resource(endpoints).get(NAMESPACE, NAME);
      const present = (found.subsets ?? []).flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip));
      const next = change(present);
      if (next.length === 0 || next.join() === present.join()) return;
      client.resource(endpoints).update({ ...found, subsets: kubernetesEndpoints(next, port).subsets ?? [] });
      const slice = client.resource(endpointSlices).get(NAMESPACE, NAME);
      client
        .resource(endpointSlices)
        .update({ ...slice, endpoints: kubernetesEndpointSlice(next, port).endpoints ?? [] });
    } catch (error) {
      // Somebody has deleted them.
      if (!isNotFound(error)) throw error;
    }
  }
}
