/** A learner's laptop before an API server: what kubectl and time do there is seen as on a screen. */
import type { ApiServer } from "../../engine/apiserver/server.ts";
import { SECOND } from "../../engine/base/time.ts";
import type { Simulation } from "../../engine/sim/simulation.ts";
import { kubectl } from "../index.ts";
import { drive, memoryFiles, type RunResult } from "./drive.ts";
import { splitWords } from "./laptop.ts";

const MAX_EVENTS = 100_000;
const KUBECONFIG =
  "current-context: c\nclusters: [{name: c, cluster: {server: 'https://127.0.0.1:6443'}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {}}]\n";

export class ServerLaptop {
  private readonly sim: Simulation;
  private readonly server: ApiServer;

  constructor({ sim, server }: { sim: Simulation; server: ApiServer }) {
    this.sim = sim;
    this.server = server;
  }

  run(line: string, stdin?: string): RunResult {
    let steps = 0;
    const { sim } = this;
    return drive(kubectl, {
      argv: splitWords(line),
      fs: memoryFiles({ "/root/.kube/config": KUBECONFIG }),
      carrier: this.server.http,
      now: () => sim.now,
      step: () => steps++ < MAX_EVENTS && sim.step(),
      ...(stdin !== undefined && { stdin }),
    });
  }

  /** What is on the screen after a line of kubectl, without the line's end. */
  kubectl(line: string, stdin?: string): string {
    const { stdout, stderr } = this.run(`kubectl ${line}`, stdin);
    return `${stdout}${stderr}`.trimEnd();
  }

  /** `kubectl apply -f -` of one object or several. Answers what it says. */
  apply(...objects: object[]): string {
    return this.kubectl("apply -f -", JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  }

  /** A field by its JSONPath (without braces around it), as `kubectl get -o jsonpath` prints it. */
  field(what: string, path: string): string {
    const { stdout, stderr } = this.run(`kubectl get ${what} -o jsonpath='{${path}}'`);
    return `${stdout}${stderr}`;
  }

  /** Virtual seconds pass. */
  wait(seconds: number): void {
    this.sim.runUntil(this.sim.now + seconds * SECOND);
  }

  /** Asks every second; false when it took too long. */
  waitFor(done: () => boolean, seconds = 120): boolean {
    for (let passed = 0; passed < seconds; passed++) {
      if (done()) return true;
      this.wait(1);
    }
    return done();
  }
}
