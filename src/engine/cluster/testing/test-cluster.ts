/** A whole cluster in a few lines, for tests and benchmarks: real parts, virtual time, nothing mocked. */
import type { KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { adminUser } from "../../api/meta/user-info.ts";
import { Client } from "../../client/client.ts";
import { images } from "../../images/registry.ts";
import type { ImageDefinition } from "../../runtime/containers/image.ts";
import { Kernel } from "../../runtime/kernel.ts";
import { Journal } from "../../sim/journal.ts";
import { Simulation } from "../../sim/simulation.ts";
import { Cluster } from "../cluster.ts";
import { findPreset } from "../presets.ts";

export interface TestClusterOptions {
  seed?: number;
  preset?: string;
  /** Images besides the catalogue. */
  images?: readonly ImageDefinition[];
}

export class TestCluster {
  readonly sim: Simulation;
  readonly cluster: Cluster;
  /** Acts as an administrator. */
  readonly client: Client;

  constructor(options: TestClusterOptions = {}) {
    this.sim = new Simulation({ seed: options.seed ?? 1, journal: new Journal(5000) });
    const kernel = new Kernel(this.sim);
    const preset = findPreset(options.preset ?? "default");
    this.cluster = new Cluster({ sim: this.sim, kernel, preset, images: [...images, ...(options.images ?? [])] });
    this.client = new Client(this.cluster.server, adminUser);
    this.cluster.powerOn();
  }

  /** Runs until every pod of kube-system is Ready; false when that takes longer than `limitMs` of virtual time. */
  boot(limitMs = 120_000): boolean {
    return this.runUntil(() => this.cluster.ready, limitMs);
  }

  /** Runs event by event until `done()`, asking every 50 virtual milliseconds. */
  runUntil(done: () => boolean, limitMs = 600_000): boolean {
    const end = this.sim.now + limitMs;
    while (this.sim.now < end) {
      if (done()) return true;
      this.sim.runUntil(this.sim.now + 50);
    }
    return done();
  }

  run(ms: number): void {
    this.sim.runUntil(this.sim.now + ms);
  }

  /** Runs a shell line in a pod's first container; answers with what it printed and, unless 0, its exit code in brackets. */
  exec(pod: string, line: string | readonly string[], namespace = "default"): string {
    const nodes = [...this.cluster.nodes.values()];
    const container = nodes
      .flatMap(({ runtime }) => [...runtime.list()])
      .find(({ sandbox, running }) => running && sandbox.name === pod && sandbox.namespace === namespace);
    if (container === undefined) throw new Error(`no container of ${namespace}/${pod} runs`);
    let text = "";
    let code: number | undefined;
    const output = { write: (piece: string): void => void (text += piece) };
    const stdio = { stdin: "none", stdout: output, stderr: output } as const;
    const argv = typeof line === "string" ? ["sh", "-c", line] : [...line];
    container.startProcess(argv, stdio, (status) => (code = status));
    this.runUntil(() => code !== undefined, 120_000);
    return code === 0 ? text : `${text}[${code}]`;
  }

  list<T extends KubeObject>(resource: Resource<T>, namespace = "default"): T[] {
    return this.client.resource(resource).list(namespace).items;
  }

  get<T extends KubeObject>(resource: Resource<T>, name: string, namespace = "default"): T {
    return this.client.resource(resource).get(namespace, name);
  }
}

export function createTestCluster(options?: TestClusterOptions): TestCluster {
  const test = new TestCluster(options);
  if (!test.boot()) throw new Error("the cluster did not come up");
  return test;
}
