/** `kubectl set resources`. Upstream: kubectl pkg/cmd/set/set_resources.go. */
import type { Container } from "../../engine/api/generated/types.ts";
import { changedPodSpec, changeObjects, containerMatcher, RECORDED_SET_FLAGS } from "../change-objects.ts";
import { defineCommand } from "../command.ts";
import { CommandError } from "../errors.ts";
import { resourceAmounts } from "../resource-amounts.ts";

export const setResources = defineCommand({
  name: "resources",
  short: "Update resource requests/limits on objects with pod templates",
  usage: "(-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS]",
  examples: ["kubectl set resources deployment web --limits=cpu=200m,memory=512Mi --requests=cpu=100m"],
  flags: [
    ...RECORDED_SET_FLAGS,
    {
      name: "containers",
      short: "c",
      type: "string",
      default: "*",
      usage: "Containers to change; * in it stands for anything.",
    },
    { name: "limits", type: "string", usage: "Limits, resource=amount,…" },
    { name: "requests", type: "string", usage: "Requests, resource=amount,…" },
  ],
  completes: "resources",
  *run(call) {
    const { flags } = call;
    if (flags.bool("all") && flags.string("selector") !== "") {
      throw new CommandError("cannot set --all and --selector at the same time");
    }
    if (flags.string("limits") === "" && flags.string("requests") === "") {
      throw new CommandError("you must specify an update to requests or limits (in the form of --requests/--limits)");
    }
    const limits = resourceAmounts(flags.string("limits"));
    const requests = resourceAmounts(flags.string("requests"));
    const chosen = containerMatcher(flags.string("containers"));
    const change = (container: Container): Container => {
      if (!chosen(container)) return container;
      const resources = { ...container.resources };
      if (Object.keys(limits).length > 0) resources.limits = { ...resources.limits, ...limits };
      if (Object.keys(requests).length > 0) resources.requests = { ...resources.requests, ...requests };
      return { ...container, resources };
    };
    yield* changeObjects(call, {
      resources: call.args,
      operation: "resource requirements updated",
      failure: "failed to patch resources update to pod template ",
      *change(object, info) {
        return changedPodSpec(object, info, (spec) => {
          if (!spec.containers.some(chosen)) {
            throw new CommandError(`unable to find container named ${flags.string("containers")}`);
          }
          return {
            ...spec,
            containers: spec.containers.map(change),
            ...(spec.initContainers != null && { initContainers: spec.initContainers.map(change) }),
          };
        });
      },
    });
  },
});
