/** A learner's laptop before a whole cluster: what kubectl and time do there is seen as on a screen. */
import {
  createTestCluster,
  type TestCluster,
  type TestClusterOptions,
} from "../../engine/cluster/testing/test-cluster.ts";
import type { Event } from "../../engine/api/generated/types.ts";
import { events } from "../../engine/api/registry.ts";
import { SECOND } from "../../engine/base/time.ts";
import { kubectl } from "../index.ts";
import { drive, memoryFiles, type RunResult } from "./drive.ts";
import { splitWords } from "./laptop.ts";

const MAX_EVENTS = 100_000;
const KUBECONFIG =
  "current-context: c\nclusters: [{name: c, cluster: {server: 'https://127.0.0.1:6443'}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {}}]\n";

export class ClusterLaptop {
  readonly test: TestCluster;

  constructor(options: TestClusterOptions = { seed: 1 }) {
    this.test = createTestCluster(options);
  }

  run(line: string, stdin?: string): RunResult {
    let steps = 0;
    const { test } = this;
    return drive(kubectl, {
      argv: splitWords(line),
      fs: memoryFiles({ "/root/.kube/config": KUBECONFIG }),
      carrier: test.cluster.server.http,
      now: () => test.sim.now,
      step: () => steps++ < MAX_EVENTS && test.sim.step(),
      ...(stdin !== undefined && { stdin }),
    });
  }

  /** What is on the screen after a line of kubectl, without the line's end. */
  kubectl(line: string): string {
    const { stdout, stderr } = this.run(`kubectl ${line}`);
    return `${stdout}${stderr}`.trimEnd();
  }

  /** `kubectl apply -f -` of one object or several. Answers what it says. */
  apply(...objects: object[]): string {
    const list = { apiVersion: "v1", kind: "List", items: objects };
    const { stdout, stderr } = this.run("kubectl apply -f -", JSON.stringify(list));
    return `${stdout}${stderr}`.trimEnd();
  }

  /** A field by its JSONPath (without braces around it), as `kubectl get -o jsonpath` prints it. */
  field(what: string, path: string): string {
    const { stdout, stderr } = this.run(`kubectl get ${what} -o jsonpath='{${path}}'`);
    return `${stdout}${stderr}`;
  }

  /** Virtual seconds pass. */
  wait(seconds: number): void {
    this.test.run(seconds * SECOND);
  }

  /** Asks every second; false when it took too long. */
  waitFor(done: () => boolean, seconds = 120): boolean {
    for (let passed = 0; passed < seconds; passed++) {
      if (done()) return true;
      this.wait(1);
    }
    return done();
  }

  /** `Warning Failed Error: ErrImagePull` of everything whose object's name begins so, in the order in which they came. */
  events(name: string, namespace = "default"): string[] {
    const first = ({ firstTimestamp, eventTime }: Event): string => firstTimestamp ?? eventTime ?? "";
    const written = ({ metadata }: Event): number => Number(metadata.resourceVersion);
    return this.test
      .list(events, namespace)
      .filter(({ involvedObject }) => involvedObject.name?.startsWith(name) === true)
      .toSorted((a, b) => (first(a) < first(b) ? -1 : first(a) > first(b) ? 1 : written(a) - written(b)))
      .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  }
}
