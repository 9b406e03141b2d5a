/** `kubectl set serviceaccount`. Upstream: kubectl pkg/cmd/set/set_serviceaccount.go. */
import { changedPodSpec, changeObjects, RECORDED_SET_FLAGS } from "../change-objects.ts";
import { defineCommand } from "../command.ts";
import { CommandError } from "../errors.ts";

export const setServiceAccount = defineCommand({
  name: "serviceaccount",
  aliases: ["sa"],
  short: "Update the service account of a resource",
  usage: "(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
  examples: ["kubectl set serviceaccount deployment web builder"],
  flags: RECORDED_SET_FLAGS.filter((flag) => flag.name !== "selector"),
  completes: "resources",
  *run(call) {
    const name = call.args.at(-1);
    if (name === undefined) throw new CommandError("serviceaccount is required");
    yield* changeObjects(call, {
      resources: call.args.slice(0, -1),
      operation: "serviceaccount updated",
      failure: "failed to patch ServiceAccountName ",
      evenUnchanged: true,
      *change(object, info) {
        return changedPodSpec(object, info, (spec) => ({ ...spec, serviceAccountName: name }));
      },
    });
  },
});
