/**
 * The image of the snapshot-controller: while a container of it runs, and leads where several do, the controller does its
 * work, as the pod's account. Upstream: external-snapshotter cmd/snapshot-controller.
 *
 * **Simplified:** of its flags those of leader election count; pauses between tries are the flags' defaults.
 */
import { StatusError } from "../../api/meta/status-error.ts";
import type { Client } from "../../client/client.ts";
import { Recorder } from "../../client/event-recorder.ts";
import { LeaderElector } from "../../client/leader-elector.ts";
import { ControllerManager } from "../../controllers/controller-manager.ts";
import type { ControllerDefinition } from "../../controllers/define-controller.ts";
import { SNAPSHOT_GROUP, snapshotKinds } from "../../controllers/snapshot/kinds.ts";
import { snapshotController } from "../../controllers/snapshot/snapshot-controller.ts";
import { tags } from "../../images/tags.ts";
import { sayKlog } from "../../base/klog.ts";
import type { ImageDefinition, ServerContext, ServerHooks } from "../../runtime/containers/image.ts";
import type { Simulation } from "../../sim/simulation.ts";
import { electionTimes } from "../election-times.ts";
import { processFlags } from "./process-flags.ts";
import { SNAPSHOT_CONTROLLER_IMAGE } from "./snapshot-objects.ts";

const PATH = "/snapshot-controller";
const LEASE = "snapshot-controller-leader";
/** How often and how long it looks for the definitions before it gives up. */
const LOOK_MS = 1000;
const LOOKS = 10;
const FLAGS =
  /^(v|leader-election(-(namespace|lease-duration|renew-deadline|retry-period))?|kubeconfig|resync-period|worker-threads|retry-interval-(start|max)|kube-api-(qps|burst)|http-endpoint|metrics-path)$/;

export function snapshotControllerImage(sim: Simulation, clientOf: (ctx: ServerContext) => Client): ImageDefinition {
  return {
    name: SNAPSHOT_CONTROLLER_IMAGE,
    tags: tags(24, "v6.0.0..1 v6.1.0 v6.2.0..2 v6.3.0..4 v7.0.0..2 v8.0.0..1 v8.1.0 v8.2.0..1 v8.3.0 v8.4.0"),
    entrypoint: [PATH],
    userland: "none",
    programs: () => ({ [PATH]: { kind: "server", start: (ctx) => start(sim, ctx, clientOf) } }),
  };
}

function start(sim: Simulation, ctx: ServerContext, clientOf: (ctx: ServerContext) => Client): ServerHooks {
  const stop = (): void => ctx.exit(0);
  const say = (level: "I" | "E", text: string): void => sayKlog(ctx, level, "main.go:203", text);
  const flags = processFlags(ctx, FLAGS);
  if (flags === undefined) return {};
  ctx.use({ cpuMillicores: 1, memoryBytes: 14 * 1024 * 1024 });
  let client: Client;
  try {
    client = clientOf(ctx);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    say("E", error.message);
    ctx.exit(1);
    return {};
  }
  const controllers = [() => snapshotController(client.user) as ControllerDefinition];
  const manager = new ControllerManager({ sim, transport: client.transport, user: client.user, controllers });
  let elector: LeaderElector | undefined;
  const run = (): void => {
    say("I", '"Starting snapshot controller"');
    if (flags.get("leader-election") !== "true") {
      manager.start();
      return;
    }
    const times = electionTimes((flag) => flags.get(flag.replace("leader-elect-", "leader-election-")));
    if (typeof times === "string") {
      say("E", `failed to initialize leader election: ${times}`);
      ctx.exit(1);
      return;
    }
    elector = new LeaderElector({
      sim,
      times,
      client,
      events: new Recorder(sim, client, { component: LEASE }),
      lease: { namespace: flags.get("leader-election-namespace") ?? ctx.pod.namespace, name: LEASE },
      identity: ctx.pod.name,
      started: () => manager.start(),
      lost() {
        say("E", '"Stopped leading"');
        ctx.exit(1);
      },
    });
    elector.start();
  };
  const look = (left: number): void => {
    if (snapshotKinds(client) !== undefined) run();
    else if (left > 0) ctx.after(LOOK_MS, () => look(left - 1));
    else {
      const missing = `the server could not find the requested resource (get volumesnapshots.${SNAPSHOT_GROUP})`;
      say("E", `"Exiting due to failure to ensure CRDs exist during startup" err="${missing}"`);
      ctx.exit(1);
    }
  };
  look(LOOKS);
  return {
    signals: { SIGTERM: stop, SIGINT: stop },
    ended() {
      elector?.stop({ release: true });
      manager.stop();
    },
  };
}
