/**
 * Which controller manager leads: the one that has the lease. The others stand by. An instance that is told not to elect
 * (`--leader-elect=false`, as minikube does with its one node) leads at once.
 * Upstream: cmd/kube-controller-manager/app/controllermanager.go.
 */
import { uuid } from "../base/hex.ts";
import { keyed, sayKlog } from "../base/klog.ts";
import type { KlogLevel } from "../base/klog.ts";
import type { ServerSettings } from "../apiserver/settings/server-settings.ts";
import { Client } from "../client/client.ts";
import { Recorder } from "../client/event-recorder.ts";
import { LeaderElector } from "../client/leader-elector.ts";
import type { Transport } from "../client/transport.ts";
import { MANAGER_USER } from "../controllers/controller-manager.ts";
import type { ControllerManager } from "../controllers/controller-manager.ts";
import { managerSettings } from "../controllers/manager-settings.ts";
import type { ManagerSettings } from "../controllers/manager-settings.ts";
import { readComponentFlags } from "./component-flags.ts";
import { electionTimes } from "./election-times.ts";
import { hex64 } from "../runtime/containers/identity.ts";
import type { Listener } from "../runtime/network-port.ts";
import type { Simulation } from "../sim/simulation.ts";

const NAME = "kube-controller-manager";

/** The process that an instance of a component is. */
export interface ComponentProcess {
  readonly argv: readonly string[];
  /** Of an API server: what its flags say. */
  readonly settings?: ServerSettings;
  /** The same: where it listens, and whether its etcd answers. */
  readonly port?: number;
  /** False: it can't, and ends. */
  readonly listen?: (listener: Listener) => boolean;
  readonly healthy?: () => boolean;
  /** The same: what it shows its clients, if its file is there. PEM. */
  readonly certificate?: () => string | undefined;
  /** The tag of its image. */
  readonly version?: string;
  /** A line on standard error; a function is called with the moment when somebody reads it. */
  log(line: string | ((time: number) => string)): void;
  exit(code: number): void;
}

export interface Leadership {
  /** An instance has started on a node. */
  join(node: string, process: ComponentProcess): void;
  /** The instance on that node has ended. */
  leave(node: string): void;
}

/** `lineOf`: how the instance on a node reaches the API. */
export function managerLeadership(
  sim: Simulation,
  lineOf: (node: string) => Transport,
  manager: ControllerManager,
): Leadership {
  /** By node: instances that take part. */
  const electors = new Map<string, LeaderElector>();
  /** The node whose instance leads. */
  let leader: string | undefined;
  let started = 0;
  const lead = (node: string, settings: ManagerSettings): void => {
    leader = node;
    manager.start(settings);
  };
  const drop = (node: string): void => {
    if (leader !== node) return;
    leader = undefined;
    manager.stop();
  };
  return {
    join(node, process) {
      const read = readComponentFlags(NAME, process.argv);
      const flag = (name: string): string | undefined =>
        read.problem === undefined ? read.flags.get(name) : undefined;
      const settings = managerSettings(flag);
      if (flag("leader-elect") !== undefined && !/^[1tT]/.test(flag("leader-elect") ?? "")) {
        if (leader === undefined) lead(node, settings);
        return;
      }
      const times = electionTimes(flag);
      if (typeof times === "string") {
        process.log(`panic: ${times}`);
        process.exit(2);
        return;
      }
      const client = new Client(lineOf(node), MANAGER_USER);
      const log = (level: KlogLevel, place: string, text: string): void => sayKlog(process, level, place, text);
      const elector = new LeaderElector({
        sim,
        client,
        events: new Recorder(sim, client, { component: NAME }),
        lease: { namespace: "kube-system", name: NAME },
        identity: instanceIdentity(node, `${NAME}/${started++}`),
        times,
        log,
        started: () => lead(node, settings),
        lost() {
          log("E", "controllermanager.go:352", keyed("leaderelection lost", {}));
          drop(node);
          process.exit(1);
        },
      });
      electors.set(node, elector);
      elector.start();
    },
    leave(node) {
      electors.get(node)?.stop({ release: false });
      electors.delete(node);
      drop(node);
    },
  };
}

/** `control-plane_8a6b1c2d-…`: the host and a UUID that no other start of the component has. */
export function instanceIdentity(host: string, start: string): string {
  return `${host}_${uuid(hex64(`${host}/${start}`))}`;
}
