/** `kubectl rollout pause | resume | restart`. Upstream: kubectl pkg/cmd/rollout, polymorphichelpers/object{pauser,resumer,restarter}.go. */
import type { Deployment } from "../../engine/api/generated/types.ts";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { formatTime } from "../../engine/base/time.ts";
import { type Command, defineCommand, fieldManagerFlag, FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG } from "../command.ts";
import { qualifiedName } from "../discovery.ts";
import { ApiError, CommandError, throwGathered } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { sendPatch } from "../patch-live.ts";
import { printerFor } from "../printers/object-printer.ts";
import { fetchInfos, usesFiles } from "../resource-builder.ts";

const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

interface Change {
  name: "pause" | "resume" | "restart";
  short: string;
  past: string;
  present: string;
  /** Besides deployments. */
  kinds?: readonly string[];
  /** The patch, or why there is none. */
  plan(call: Invocation, workload: Deployment): object | string;
}

function changeCommand(change: Change): Command {
  return defineCommand({
    name: change.name,
    short: change.short,
    usage: "RESOURCE",
    flags: [...FILE_FLAGS, ...PRINT_FLAGS, SELECTOR_FLAG, fieldManagerFlag("kubectl-rollout")],
    completes: "resources",
    *run(call) {
      if (call.args.length === 0 && !usesFiles(call)) {
        throw new CommandError("required resource not specified");
      }
      const { infos, errors } = yield* fetchInfos(call, {
        selector: call.flags.string("selector"),
        listByDefault: true,
      });
      for (const info of infos) {
        const subject = `${qualifiedName(info.resource)} ${JSON.stringify(info.name)}`;
        if (info.resource.kind !== "Deployment" && change.kinds?.includes(info.resource.kind) !== true) {
          errors.push(new CommandError(`${subject} ${change.present} is not supported`));
          continue;
        }
        const patch = change.plan(call, info.object as Deployment);
        if (typeof patch === "string") {
          errors.push(new CommandError(`${subject} ${patch}`));
          continue;
        }
        try {
          const object: KubeObject = yield* sendPatch(call, info, {
            patch,
            contentType: "application/strategic-merge-patch+json",
          });
          yield* call.out(printerFor(call, { operation: change.past })(object));
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          errors.push(new CommandError(`failed to patch: ${error.message}`));
        }
      }
      throwGathered(errors);
    },
  });
}

export const rolloutPause = changeCommand({
  name: "pause",
  short: "Mark the provided resource as paused",
  past: "paused",
  present: "pausing",
  plan: (_, { spec }) => (spec?.paused === true ? "is already paused" : { spec: { paused: true } }),
});

export const rolloutResume = changeCommand({
  name: "resume",
  short: "Resume a paused resource",
  past: "resumed",
  present: "resuming",
  plan: (_, { spec }) => (spec?.paused === true ? { spec: { paused: null } } : "is not paused"),
});

export const rolloutRestart = changeCommand({
  name: "restart",
  short: "Restart a resource",
  past: "restarted",
  present: "restarting",
  kinds: ["StatefulSet", "DaemonSet"],
  plan(call, { spec }) {
    if (spec?.paused === true) return "can't restart paused deployment (run rollout resume first)";
    const at = formatTime(call.ctx.now());
    if (spec?.template.metadata?.annotations?.[RESTARTED_AT] === at) {
      return "if restart has already been triggered within the past second, please wait before attempting to trigger another";
    }
    return { spec: { template: { metadata: { annotations: { [RESTARTED_AT]: at } } } } };
  },
});
