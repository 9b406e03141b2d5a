/**
 * What `minikube tunnel` does while it runs: the machine before the cluster gets a route to service addresses, and each
 * LoadBalancer service gets its own cluster address as the load balancer's. Upstream: minikube pkg/minikube/tunnel.
 */
import type { Service } from "../api/generated/types.ts";
import { loopbackUser } from "../api/meta/user-info.ts";
import { services } from "../api/registry.ts";
import { Client } from "../client/client.ts";
import { InformerFactory } from "../client/informer-factory.ts";
import type { Cluster } from "./cluster.ts";

export class ServiceTunnel {
  private readonly cluster: Cluster;
  private readonly informers: InformerFactory;
  private readonly client: Client;
  /** `namespace/name` of the services that it has given an address. */
  private readonly given = new Set<string>();

  constructor(cluster: Cluster, node: string) {
    this.cluster = cluster;
    this.client = new Client(cluster.server, loopbackUser);
    this.informers = new InformerFactory(cluster.sim, this.client);
    cluster.network.setTunnel(node);
    const give = (service: Service): void => this.give(service);
    this.informers.informer(services).addHandler({ onAdd: give, onUpdate: give });
    this.informers.start();
  }

  /** Names of the services that it leads to. */
  get services(): string[] {
    return [...this.given].map((key) => key.slice(key.indexOf("/") + 1)).sort();
  }

  stop(): void {
    this.informers.stop();
    this.cluster.network.setTunnel(undefined);
    for (const key of this.given) {
      const [namespace = "", name = ""] = key.split("/");
      this.write(namespace, name, undefined);
    }
    this.given.clear();
  }

  private give({ metadata, spec, status }: Service): void {
    const { namespace, name } = metadata;
    if (spec.type !== "LoadBalancer" || (status.loadBalancer?.ingress ?? []).length > 0) return;
    if ((spec.loadBalancerClass ?? "") !== "" || spec.clusterIP === undefined) return;
    this.given.add(`${namespace}/${name}`);
    this.write(namespace, name, spec.clusterIP);
  }

  private write(namespace: string, name: string, ip: string | undefined): void {
    if (!this.cluster.server.running) return;
    const found = this.client
      .resource(services)
      .list(namespace)
      .items.find(({ metadata }) => metadata.name === name);
    if (found === undefined) return;
    const loadBalancer = ip === undefined ? {} : { ingress: [{ ip, ipMode: "VIP" }] };
    this.client.resource(services).updateStatus({ ...found, status: { ...found.status, loadBalancer } });
  }
}
