/** An API server with what client tests need around it. */
import type { ConfigMap } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { MASTERS, userInfo } from "../../api/meta/user-info.ts";
import { configMaps, namespaces } from "../../api/registry.ts";
import { ApiServer } from "../../apiserver/server.ts";
import { Store } from "../../etcd/store.ts";
import { Simulation } from "../../sim/simulation.ts";
import { Client } from "../client.ts";

export class TestServer {
  readonly sim: Simulation;
  readonly store: Store<KubeObject>;
  readonly server: ApiServer;
  readonly client: Client;

  constructor(seed = 1) {
    this.sim = new Simulation({ seed });
    this.store = new Store<KubeObject>(this.sim);
    this.server = new ApiServer({ sim: this.sim, store: this.store });
    this.client = new Client(this.server, userInfo("tester", MASTERS));
    for (const name of ["default", "shop"]) this.client.resource(namespaces).create({ metadata: { name }, spec: {} });
  }

  put(name: string, value: string, namespace = "default"): ConfigMap {
    const client = this.client.resource(configMaps);
    const present = client.list(namespace).items.find(({ metadata }) => metadata.name === name);
    if (present === undefined) return client.create({ metadata: { name, namespace }, data: { value } });
    return client.update({ ...present, data: { value } });
  }

  drop(name: string, namespace = "default"): void {
    this.client.resource(configMaps).delete(namespace, name);
  }

  pass(ms: number): void {
    this.sim.runUntil(this.sim.now + ms);
  }
}
