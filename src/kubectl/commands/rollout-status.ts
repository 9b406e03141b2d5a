/** `kubectl rollout status`. Upstream: kubectl pkg/cmd/rollout/rollout_status.go, polymorphichelpers/rollout_status.go. */
import type { DaemonSet, Deployment, StatefulSet } from "../../engine/api/generated/types.ts";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { defineCommand, FILE_FLAGS, SELECTOR_FLAG } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import type { Info } from "../resource-builder.ts";
import { REVISION, rolloutTargets } from "../rollout-revisions.ts";
import { watchObject } from "../watch-object.ts";

export const rolloutStatus = defineCommand({
  name: "status",
  short: "Show the status of the rollout",
  usage: "(TYPE NAME | TYPE/NAME) [flags]",
  flags: [
    ...FILE_FLAGS,
    SELECTOR_FLAG,
    { name: "watch", short: "w", type: "bool", default: true, usage: "Wait until the rollout is done." },
    { name: "timeout", type: "duration", default: "0s", usage: "How long to wait; 0 waits on." },
    { name: "revision", type: "int", default: 0, usage: "Fail when another revision is rolled out meanwhile." },
  ],
  completes: "resources",
  *run(call) {
    if (call.flags.int("revision") < 0)
      throw new CommandError(`revision must be a positive integer: ${call.flags.int("revision")}`);
    const infos = yield* rolloutTargets(
      call,
      (info) =>
        `no status viewer has been implemented for ${info.object?.apiVersion ?? ""}, Kind=${info.resource.kind}`,
    );
    for (const info of infos) yield* follow(call, info);
  },
});

function* follow(call: Invocation, info: Info): Call<void> {
  let object = info.object as KubeObject;
  const deadline = call.ctx.now() + call.flags.duration("timeout");
  for (;;) {
    const { text, done } = statusText(object, call.flags.int("revision"));
    yield* call.out(text);
    if (done || !call.flags.bool("watch")) return;
    const timeoutMs = call.flags.duration("timeout") > 0 ? Math.max(1, deadline - call.ctx.now()) : 0;
    const watch = yield* watchObject(call, info, {
      resourceVersion: object.metadata.resourceVersion ?? "",
      timeoutMs,
    });
    for (let event = yield* watch.next(); event !== null; event = yield* watch.next()) {
      if (event.type === "DELETED") throw new CommandError("object has been deleted");
      object = event.object;
      const status = statusText(object, call.flags.int("revision"));
      yield* call.out(status.text);
      if (status.done) {
        yield* watch.close();
        return;
      }
    }
    if (timeoutMs > 0 && call.ctx.now() >= deadline) throw new CommandError("timed out waiting for the condition");
  }
}

interface Progress {
  text: string;
  done: boolean;
}

function statusText(object: KubeObject, revision: number): Progress {
  switch (object.kind) {
    case "StatefulSet":
      return statefulSetText(object as StatefulSet);
    case "DaemonSet":
      return daemonSetText(object as DaemonSet);
    default:
      return rolloutText(object as Deployment, revision);
  }
}

const ONLY_ROLLING = "rollout status is only available for RollingUpdate strategy type";

function daemonSetText({ metadata, spec, status }: DaemonSet): Progress {
  if (spec.updateStrategy?.type !== "RollingUpdate") throw new CommandError(ONLY_ROLLING);
  if ((metadata.generation ?? 0) > (status?.observedGeneration ?? 0)) {
    return { text: "Waiting for daemon set spec update to be observed...\n", done: false };
  }
  const name = JSON.stringify(metadata.name);
  const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status ?? {};
  const waiting = (what: string): Progress => ({
    text: `Waiting for daemon set ${name} rollout to finish: ${what}...\n`,
    done: false,
  });
  if (updatedNumberScheduled < desiredNumberScheduled) {
    return waiting(`${updatedNumberScheduled} out of ${desiredNumberScheduled} new pods have been updated`);
  }
  if (numberAvailable < desiredNumberScheduled) {
    return waiting(`${numberAvailable} of ${desiredNumberScheduled} updated pods are available`);
  }
  return { text: `daemon set ${name} successfully rolled out\n`, done: true };
}

function statefulSetText({ metadata, spec, status }: StatefulSet): Progress {
  if (spec.updateStrategy?.type !== "RollingUpdate") throw new CommandError(ONLY_ROLLING);
  const { observedGeneration = 0, readyReplicas = 0, updatedReplicas = 0, currentReplicas = 0 } = status ?? {};
  if (observedGeneration === 0 || (metadata.generation ?? 0) > observedGeneration) {
    return { text: "Waiting for statefulset spec update to be observed...\n", done: false };
  }
  const { replicas } = spec;
  if (replicas !== undefined && readyReplicas < replicas) {
    return { text: `Waiting for ${replicas - readyReplicas} pods to be ready...\n`, done: false };
  }
  const { rollingUpdate } = spec.updateStrategy;
  if (rollingUpdate !== undefined) {
    const wanted = (replicas ?? 0) - (rollingUpdate.partition ?? 0);
    return updatedReplicas < wanted
      ? {
          text: `Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${wanted} new pods have been updated...\n`,
          done: false,
        }
      : { text: `partitioned roll out complete: ${updatedReplicas} new pods have been updated...\n`, done: true };
  }
  const { updateRevision = "", currentRevision = "" } = status ?? {};
  if (updateRevision !== currentRevision) {
    return {
      text: `waiting for statefulset rolling update to complete ${updatedReplicas} pods at revision ${updateRevision}...\n`,
      done: false,
    };
  }
  return {
    text: `statefulset rolling update complete ${currentReplicas} pods at revision ${currentRevision}...\n`,
    done: true,
  };
}

/** One line about where the rollout stands. Throws when it will not get there. */
export function rolloutText(deployment: Deployment, revision: number): { text: string; done: boolean } {
  const { name, generation = 0 } = deployment.metadata;
  const { status, spec } = deployment;
  const shown = JSON.stringify(name);
  if (revision > 0 && deployment.metadata.annotations?.[REVISION] !== String(revision)) {
    throw new CommandError(
      `desired revision (${revision}) is different from the running revision (${deployment.metadata.annotations?.[REVISION] ?? 0})`,
    );
  }
  if (generation > (status?.observedGeneration ?? 0)) {
    return { text: "Waiting for deployment spec update to be observed...\n", done: false };
  }
  const progressing = status?.conditions?.find((entry) => entry.type === "Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded") {
    throw new CommandError(`deployment ${shown} exceeded its progress deadline`);
  }
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status ?? {};
  const waiting = (what: string): { text: string; done: boolean } => ({
    text: `Waiting for deployment ${shown} rollout to finish: ${what}...\n`,
    done: false,
  });
  const wanted = spec?.replicas ?? 1;
  if (updatedReplicas < wanted) return waiting(`${updatedReplicas} out of ${wanted} new replicas have been updated`);
  if (replicas > updatedReplicas) return waiting(`${replicas - updatedReplicas} old replicas are pending termination`);
  if (availableReplicas < updatedReplicas) {
    return waiting(`${availableReplicas} of ${updatedReplicas} updated replicas are available`);
  }
  return { text: `deployment ${shown} successfully rolled out\n`, done: true };
}
