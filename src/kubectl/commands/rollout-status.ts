/** `kubectl rollout status`. Upstream: kubectl pkg/cmd/rollout/rollout_status.go, polymorphichelpers/rollout_status.go. */
import type { Deployment } from "../../engine/api/generated/types.ts";
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
  let deployment = info.object as Deployment;
  const deadline = call.ctx.now() + call.flags.duration("timeout");
  for (;;) {
    const { text, done } = rolloutText(deployment, call.flags.int("revision"));
    yield* call.out(text);
    if (done || !call.flags.bool("watch")) return;
    const timeoutMs = call.flags.duration("timeout") > 0 ? Math.max(1, deadline - call.ctx.now()) : 0;
    const watch = yield* watchObject(call, info, {
      resourceVersion: deployment.metadata.resourceVersion ?? "",
      timeoutMs,
    });
    for (let event = yield* watch.next(); event !== null; event = yield* watch.next()) {
      if (event.type === "DELETED") throw new CommandError("object has been deleted");
      deployment = event.object as Deployment;
      const status = rolloutText(deployment, call.flags.int("revision"));
      yield* call.out(status.text);
      if (status.done) {
        yield* watch.close();
        return;
      }
    }
    if (timeoutMs > 0 && call.ctx.now() >= deadline) throw new CommandError("timed out waiting for the condition");
  }
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
