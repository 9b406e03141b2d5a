/** kube-controller-manager: starts and stops the controllers. Upstream: cmd/kube-controller-manager/app/controllermanager.go. */
import { serviceAccountUser, userInfo } from "../api/meta/user-info.ts";
import type { UserInfo } from "../api/meta/user-info.ts";
import { Client } from "../client/client.ts";
import { Recorder } from "../client/event-recorder.ts";
import { InformerFactory } from "../client/informer-factory.ts";
import type { Transport } from "../client/transport.ts";
import type { Simulation } from "../sim/simulation.ts";
import { isControllerEnabled } from "./controller-names.ts";
import { ControllerRunner } from "./controller-runner.ts";
import type { ControllerDefinition } from "./define-controller.ts";
import { DEFAULT_MANAGER_SETTINGS } from "./manager-settings.ts";
import type { ManagerSettings } from "./manager-settings.ts";
import { controllers } from "./registry.ts";

/** The component itself; each controller has an account of its own. */
export const MANAGER_USER = userInfo("system:kube-controller-manager");

export class ControllerManager {
  private readonly sim: Simulation;
  private readonly transport: Transport;
  private readonly controllers: readonly ((settings: ManagerSettings) => ControllerDefinition)[];
  private readonly user: UserInfo;
  private informers: InformerFactory | undefined;
  private runners: ControllerRunner[] = [];

  constructor(options: {
    sim: Simulation;
    transport: Transport;
    controllers?: readonly ((settings: ManagerSettings) => ControllerDefinition)[];
    /** As whom its informers read. Default: the component's own. */
    user?: UserInfo;
  }) {
    this.sim = options.sim;
    this.transport = options.transport;
    this.controllers = options.controllers ?? controllers;
    this.user = options.user ?? MANAGER_USER;
  }

  get running(): boolean {
    return this.informers !== undefined;
  }

  /** How many controllers have work waiting. */
  get busy(): number {
    let count = 0;
    for (const runner of this.runners) if (runner.busy) count++;
    return count;
  }

  /** Nothing survives from an earlier run: stores, queues and what controllers remembered are made anew. */
  start(settings = DEFAULT_MANAGER_SETTINGS): void {
    if (this.informers !== undefined) return;
    const { sim, transport } = this;
    const informers = new InformerFactory(sim, new Client(transport, this.user));
    this.informers = informers;
    const definitions = this.controllers.map((create) => create(settings));
    const enabled = definitions.filter(({ name }) => isControllerEnabled(settings.controllers, name));
    this.runners = enabled.map((definition) => {
      const { name, account = name, eventSource = name } = definition;
      const user = typeof account === "string" ? serviceAccountUser("kube-system", account) : account;
      const client = new Client(transport, user);
      const events = new Recorder(sim, client, { component: eventSource });
      return new ControllerRunner(definition, { sim, client, events, informers });
    });
    informers.whenSynced(() => {
      for (const runner of this.runners) runner.run();
    });
    informers.start();
  }

  stop(): void {
    for (const runner of this.runners) runner.stop();
    this.runners = [];
    this.informers?.stop();
    this.informers = undefined;
  }
}
