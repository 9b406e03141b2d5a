/** A real API server, network, runtime and kubelets, without controllers and scheduler: pods are bound by the test. */
import { configMaps, namespaces, pods, serviceAccounts } from "../../api/registry.ts";
import { events } from "../../api/core/event.ts";
import type { Pod, PodSpec } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { MASTERS, userInfo } from "../../api/meta/user-info.ts";
import { ApiServer } from "../../apiserver/server.ts";
import { Client } from "../../client/client.ts";
import { Store } from "../../etcd/store.ts";
import { imageSource, images } from "../../images/registry.ts";
import { Network } from "../../network/network.ts";
import { ContainerRuntime } from "../../runtime/containers/container-runtime.ts";
import type { ImageDefinition } from "../../runtime/containers/image.ts";
import { Kernel } from "../../runtime/kernel.ts";
import type { MemoryFileSystem } from "../../runtime/memory-file-system.ts";
import { Simulation } from "../../sim/simulation.ts";
import { Kubelet } from "../kubelet.ts";
import type { StaticPodManifest } from "../static-pod-file.ts";

const GIB = 1024 ** 3;

export interface TestNodeOptions {
  seed?: number;
  images?: readonly ImageDefinition[];
  staticPods?: readonly StaticPodManifest[];
  cpu?: number;
  /** Makes the node's disk when somebody first looks at it. */
  disk?: () => MemoryFileSystem;
}

export class TestNode {
  readonly sim: Simulation;
  readonly server: ApiServer;
  readonly admin: Client;
  readonly network: Network;
  readonly kernel: Kernel;
  readonly kubelet: Kubelet;
  readonly runtime: ContainerRuntime;

  constructor(options: TestNodeOptions = {}) {
    const sim = new Simulation({ seed: options.seed ?? 1 });
    this.sim = sim;
    this.server = new ApiServer({ sim, store: new Store<KubeObject>(sim) });
    this.admin = new Client(this.server, userInfo("admin", MASTERS));
    for (const name of ["default", "kube-system", "kube-node-lease"]) {
      this.admin.resource(namespaces).create({ metadata: { name }, spec: {}, status: {} });
    }
    // What controllers would make, and every pod needs.
    this.admin.resource(serviceAccounts).create({ metadata: { name: "default", namespace: "default" } });
    this.admin.resource(configMaps).create({
      metadata: { name: "kube-root-ca.crt", namespace: "default" },
      data: { "ca.crt": "the authority" },
    });
    this.network = new Network({ sim, client: this.admin, policyClient: this.admin });
    this.kernel = new Kernel(sim);
    const { kubelet, runtime } = this.addNode("worker-1", {
      ...options,
      address: "192.168.49.3",
      podCIDR: "10.244.1.0/24",
    });
    this.kubelet = kubelet;
    this.runtime = runtime;
  }

  addNode(
    name: string,
    options: TestNodeOptions & { address: string; podCIDR: string },
  ): { kubelet: Kubelet; runtime: ContainerRuntime } {
    const { sim, kernel } = this;
    const runtime = new ContainerRuntime({
      sim,
      node: name,
      images: imageSource([...(options.images ?? []), ...images]),
      createMachine: (machine) => kernel.createMachine(machine),
      hostNode() {
        throw new Error(`${name} is a kubelet without a machine`);
      },
    });
    const kubelet = new Kubelet({
      sim,
      transport: this.server,
      node: {
        name,
        address: options.address,
        podCIDR: options.podCIDR,
        capacity: { cpu: options.cpu ?? 4, memory: 8 * GIB, pods: 110, ephemeral: 100 * GIB },
      },
      runtime,
      network: this.network.addNode({ name, address: options.address }),
      ...(options.disk !== undefined && { disk: options.disk }),
      manifests: () =>
        (options.staticPods ?? []).map((manifest) => ({
          path: `/etc/kubernetes/manifests/${manifest.metadata.name}.yaml`,
          text: "",
          manifest,
        })),
    });
    kubelet.powerOn();
    return { kubelet, runtime };
  }

  /** Creates a pod that is bound to the node already. */
  bind(name: string, spec: Partial<PodSpec> & Pick<PodSpec, "containers">, metadata: object = {}): Pod {
    return this.admin.resource(pods).create({
      metadata: { name, namespace: "default", ...metadata },
      spec: { nodeName: "worker-1", ...spec },
      status: {},
    });
  }

  pod(name: string, namespace = "default"): Pod {
    return this.admin.resource(pods).get(namespace, name);
  }

  /** What a shell script in the pod's first container, or the one of that name, prints within a second. */
  exec(name: string, script: string, container?: string): string {
    const slots = this.kubelet.worker("default", name)?.slots ?? [];
    const slot = slots.find((each) => (container === undefined ? each.kind === "app" : each.name === container));
    if (slot?.current === undefined) throw new Error(`no container in ${name}`);
    let output = "";
    const sink = { write: (text: string) => void (output += text) };
    slot.current.startProcess(["sh", "-c", script], { stdin: "none", stdout: sink, stderr: sink }, () => undefined);
    this.sim.runUntil(this.sim.now + 1000);
    return output;
  }

  /** `reason message` of events about the pod, oldest first; with `×n` when counted up. */
  events(name: string): string[] {
    return this.admin
      .resource(events)
      .list("default")
      .items.filter(({ involvedObject }) => involvedObject.name === name)
      .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map(({ reason, message, count }) => `${reason} ${message}${(count ?? 1) > 1 ? ` ×${count}` : ""}`);
  }

  /** STATUS as kubectl would show it, roughly: phase, or the first container's waiting or terminated reason. */
  state(name: string): string {
    const { status } = this.pod(name);
    const [first] = status.containerStatuses ?? [];
    return first?.state?.waiting?.reason ?? first?.state?.terminated?.reason ?? status.phase ?? "";
  }
}
