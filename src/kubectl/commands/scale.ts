/** `kubectl scale`. Upstream: kubectl pkg/cmd/scale/scale.go, pkg/scale. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { defineCommand, DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG } from "../command.ts";
import { CommandError, ApiError, throwGathered } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { merged, recordOn, sendPatch } from "../patch-live.ts";
import { RECORD_FLAG } from "../record.ts";
import { printerFor } from "../printers/object-printer.ts";
import { fetchInfos, getObject, type Info } from "../resource-builder.ts";
import type { Call } from "../../engine/base/syscalls.ts";

interface Scale extends KubeObject {
  spec: { replicas?: number };
}

export const scale = defineCommand({
  name: "scale",
  group: "Deploy Commands",
  short: "Set a new size for a deployment, replica set, or replication controller",
  usage: "[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)",
  examples: [
    "kubectl scale --replicas=3 deployment/web",
    "kubectl scale --current-replicas=2 --replicas=3 deployment/web",
  ],
  flags: [
    ...FILE_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    SELECTOR_FLAG,
    RECORD_FLAG,
    { name: "all", type: "bool", usage: "All objects of the types." },
    { name: "replicas", type: "int", required: true, usage: "Wanted number of pods." },
    { name: "current-replicas", type: "int", default: -1, usage: "Scale only when this is the present size." },
    { name: "resource-version", type: "string", usage: "Scale only when this is the present version." },
    { name: "timeout", type: "duration", default: "0s", unsupported: true },
  ],
  completes: "resources",
  *run(call) {
    const replicas = call.flags.int("replicas");
    if (replicas < 0)
      throw new CommandError(`The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0`);
    const { infos, errors } = yield* fetchInfos(call, {
      selector: call.flags.string("selector"),
      all: call.flags.bool("all"),
    });
    if (infos.length === 0) {
      const why = errors.map((error) => ` ${error.message}`).join("");
      throw new CommandError(`no objects passed to scale${why}`);
    }
    const output = call.flags.string("output");
    const printer = printerFor(call, { operation: "scaled" });
    for (const info of infos) {
      try {
        const object = yield* scaleOne(call, info, replicas);
        yield* call.out(output === "" ? printer(info.object as KubeObject) : printer(object));
      } catch (error) {
        if (!(error instanceof ApiError || error instanceof CommandError)) throw error;
        errors.push(error);
      }
    }
    throwGathered(errors);
  },
});

function* scaleOne(call: Invocation, info: Info, replicas: number): Call<KubeObject> {
  const expected = call.flags.int("current-replicas");
  const version = call.flags.string("resource-version");
  if (!info.resource.subresources.includes("scale")) {
    throw new ApiError({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: "the server could not find the requested resource",
      reason: "NotFound",
      code: 404,
    });
  }
  if (expected !== -1 || version !== "") {
    const live = (yield* getObject(call, info, "scale")) as Scale;
    if (expected !== -1 && (live.spec.replicas ?? 0) !== expected) {
      throw new CommandError(`Expected replicas to be ${expected}, was ${live.spec.replicas ?? 0}`);
    }
    if (version !== "" && live.metadata.resourceVersion !== version) {
      throw new CommandError(`Expected resource version to be ${version}, was ${live.metadata.resourceVersion ?? ""}`);
    }
  }
  const changes = { spec: { replicas } };
  if (call.dryRun === "client") return merged(info.object as KubeObject, changes);
  yield* sendPatch(call, info, { patch: changes, contentType: "application/merge-patch+json", subresource: "scale" });
  yield* recordOn(call, info);
  return yield* getObject(call, info);
}
