/** A learner's laptop before the engine's real API server, without nodes: runs kubectl lines and transcripts. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { MASTERS, userInfo } from "../../engine/api/meta/user-info.ts";
import { namespaces } from "../../engine/api/registry.ts";
import { ApiServer } from "../../engine/apiserver/server.ts";
import { Client } from "../../engine/client/client.ts";
import { Store } from "../../engine/etcd/store.ts";
import { Simulation } from "../../engine/sim/simulation.ts";
import { kubectl } from "../index.ts";
import { type DriveOptions, drive, memoryFiles, type RunResult } from "./drive.ts";

const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: drydock
clusters:
- name: drydock
  cluster: {server: "https://127.0.0.1:6443"}
contexts:
- name: drydock
  context: {cluster: drydock, user: admin}
users:
- name: admin
  user: {}
`;

export class Laptop {
  readonly sim = new Simulation({ seed: 1 });
  readonly server: ApiServer;
  readonly client: Client;
  readonly files: Record<string, string> = { "/root/.kube/config": KUBECONFIG };

  constructor() {
    this.server = new ApiServer({ sim: this.sim, store: new Store<KubeObject>(this.sim) });
    this.client = new Client(this.server, userInfo("admin", MASTERS));
    for (const name of ["default", "kube-system"])
      this.client.resource(namespaces).create({ metadata: { name } } as never);
  }

  run(line: string | readonly string[], options: Partial<DriveOptions> = {}): RunResult {
    return drive(kubectl, {
      argv: typeof line === "string" ? splitWords(line) : line,
      fs: memoryFiles(this.files),
      carrier: this.server.http,
      now: () => this.sim.now,
      step: () => this.advance(),
      ...options,
    });
  }

  /** The next event of the simulation; false when none is left. */
  advance(): boolean {
    return this.sim.step();
  }

  /** Runs each `$ command` of a transcript and puts its real output below it. */
  replay(transcript: string): string {
    return transcript
      .split("\n")
      .filter((line) => line.startsWith("$ "))
      .map((line) => {
        const { stdout, stderr } = this.run(line.slice(2));
        return `${line}\n${stdout}${stderr}`;
      })
      .join("");
  }
}

/** A line's words; quotes keep spaces. */
export function splitWords(line: string): string[] {
  const words = line.match(/(?:'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"])+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /'([^']*)'|"((?:\\.|[^"\\])*)"/g,
      (_, single?: string, double?: string) => single ?? (double ?? "").replace(/\\(["\\$`])/g, "$1"),
    ),
  );
}
