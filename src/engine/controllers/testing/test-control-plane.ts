/** etcd, API server and controller manager with a fake kubelet: what controllers need to be tried out for real. */
import type { Deployment, Event, Pod, ReplicaSet } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { adminUser, MASTERS, userInfo } from "../../api/meta/user-info.ts";
import { deployments, events, namespaces, pods, replicaSets } from "../../api/registry.ts";
import { ApiServer } from "../../apiserver/server.ts";
import { Client } from "../../client/client.ts";
import { Store } from "../../etcd/store.ts";
import { Simulation } from "../../sim/simulation.ts";
import { ControllerManager } from "../controller-manager.ts";
import type { ControllerDefinition } from "../define-controller.ts";
import { FakeKubelet } from "./fake-kubelet.ts";
import type { FakeKubeletOptions } from "./fake-kubelet.ts";

export interface TestOptions {
  seed?: number;
  controllers?: readonly (() => ControllerDefinition)[];
  kubelet?: Partial<FakeKubeletOptions>;
}

export class TestControlPlane {
  readonly sim: Simulation;
  readonly server: ApiServer;
  readonly manager: ControllerManager;
  readonly kubelet: FakeKubelet;
  readonly client: Client;

  constructor(options: TestOptions = {}) {
    this.sim = new Simulation({ seed: options.seed ?? 1 });
    this.server = new ApiServer({
      sim: this.sim,
      store: new Store<KubeObject>(this.sim),
      // So that each controller shows that its role is enough.
      authorizationMode: "Node,RBAC",
    });
    this.client = new Client(this.server, userInfo(adminUser.name, MASTERS));
    for (const name of ["default", "kube-node-lease"])
      this.client.resource(namespaces).create({ metadata: { name }, spec: {} });
    const { controllers } = options;
    this.manager = new ControllerManager({
      sim: this.sim,
      transport: this.server,
      ...(controllers && { controllers }),
    });
    this.kubelet = new FakeKubelet(this.sim, this.server, {
      nodes: ["worker-1", "worker-2", "worker-3"],
      startMs: () => 500,
      stopMs: 300,
      ...options.kubelet,
    });
    this.manager.start();
    this.settle();
  }

  /** Runs until nothing but background work is left; fails if that takes more than `limitMs` of virtual time. */
  settle(limitMs = 120_000): void {
    const outcome = this.sim.runUntilIdle(limitMs);
    if (outcome === "limit") throw new Error(`not idle after ${limitMs} ms`);
  }

  /** Lets so much virtual time pass, with background work. */
  pass(ms: number): void {
    this.sim.runUntil(this.sim.now + ms);
  }

  create<T extends KubeObject>(resource: Resource<T>, object: object): T {
    const draft = {
      ...object,
      metadata: { ...(resource.namespaced && { namespace: "default" }), ...(object as KubeObject).metadata },
    };
    return this.client.resource(resource).create(draft as never);
  }

  get<T extends KubeObject>(resource: Resource<T>, name: string, namespace = resource.namespaced ? "default" : ""): T {
    return this.client.resource(resource).get(namespace, name);
  }

  list<T extends KubeObject>(resource: Resource<T>, namespace = resource.namespaced ? "default" : ""): T[] {
    return this.client.resource(resource).list(namespace).items;
  }

  /** Changes an object as `kubectl edit` would. */
  edit<T extends KubeObject>(resource: Resource<T>, name: string, change: (object: T) => T): T {
    return this.client.resource(resource).update(change(this.get(resource, name)));
  }

  /** Changes fields of a deployment's spec. */
  editDeployment(name: string, spec: object): Deployment {
    return this.edit(deployments, name, (object) => ({ ...object, spec: { ...object.spec, ...spec } }));
  }

  pods(): Pod[] {
    return this.list(pods);
  }

  replicaSets(): ReplicaSet[] {
    return this.list(replicaSets);
  }

  deployment(name: string): Deployment {
    return this.get(deployments, name);
  }

  /** `Normal ScalingReplicaSet Scaled up …` for each event about `name`, in the order written. */
  events(name: string): string[] {
    return this.list<Event>(events)
      .filter(({ involvedObject }) => involvedObject.name === name)
      .map(({ type, reason, message, count = 1 }) => `${type} ${reason} ${message}${count > 1 ? ` (x${count})` : ""}`);
  }

  keys(resource: Resource<never>): string[] {
    return this.list(resource).map(keyOf);
  }
}

/** A deployment of nginx; `spec` is merged over it. */
export function webDeployment(spec: object = {}, name = "web"): object {
  return {
    metadata: { name },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: name } },
      template: podTemplate(name, "nginx:1.25"),
      ...spec,
    },
  };
}

export function podTemplate(app: string, image: string): object {
  return { metadata: { labels: { app } }, spec: { containers: [{ name: "main", image }] } };
}
