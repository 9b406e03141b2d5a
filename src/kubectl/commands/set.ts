/** `kubectl set image`. Upstream: kubectl pkg/cmd/set. */
import type { Container, PodSpec } from "../../engine/api/generated/types.ts";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { deepEqual } from "../../engine/base/json.ts";
import { defineCommand, DRY_RUN_FLAG, fieldManagerFlag, FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG } from "../command.ts";
import { printedKind } from "../discovery.ts";
import { ApiError, CommandError, throwGathered } from "../errors.ts";
import { updateLive } from "../patch-live.ts";
import { podSpecOf, withPodSpec } from "../pod-spec.ts";
import { printerFor } from "../printers/object-printer.ts";
import { fetchInfos, NO_RESOURCES, usesFiles } from "../resource-builder.ts";
import { parseEnv } from "../key-values.ts";
import type { Command } from "../command.ts";
import type { Invocation } from "../invocation.ts";
import type { Call } from "../../engine/base/syscalls.ts";

const SET_FLAGS = [
  ...FILE_FLAGS,
  ...PRINT_FLAGS,
  DRY_RUN_FLAG,
  SELECTOR_FLAG,
  fieldManagerFlag("kubectl-set"),
  { name: "all", type: "bool", usage: "All objects of the types." },
  { name: "local", type: "bool", unsupported: true },
] as const;

/** Arguments with `=` are changes, those before name resources. */
function splitArgs(args: readonly string[]): { resources: string[]; changes: string[] } {
  const first = args.findIndex((arg) => /=|^[^/]+-$/.test(arg));
  return first < 0
    ? { resources: [...args], changes: [] }
    : { resources: args.slice(0, first), changes: args.slice(first) };
}

/** Changes the pod spec of each object; `change` returns undefined for one that has nothing to change. */
function* changePodSpecs(
  call: Invocation,
  options: { resources: readonly string[]; operation: string; change: (spec: PodSpec) => PodSpec },
): Call<void> {
  if (options.resources.length === 0 && !usesFiles(call)) throw new CommandError(NO_RESOURCES);
  const { infos, errors } = yield* fetchInfos(call, {
    args: options.resources,
    selector: call.flags.string("selector"),
    all: call.flags.bool("all"),
  });
  const printer = printerFor(call, { operation: options.operation });
  for (const info of infos) {
    const live = info.object as KubeObject;
    const spec = podSpecOf(live);
    const shown = `${printedKind(info.resource)}/${info.name}`;
    if (spec === undefined) {
      errors.push(new CommandError(`${shown} the object is not a pod or does not have a pod template`));
      continue;
    }
    try {
      const changed = withPodSpec(live, options.change(spec));
      if (deepEqual(changed, live)) continue;
      yield* call.out(printer(yield* updateLive(call, info, changed)));
    } catch (error) {
      if (error instanceof CommandError) errors.push(error);
      else if (error instanceof ApiError) {
        errors.push(
          new CommandError(
            `failed to patch ${options.operation.split(" ")[0]} update to pod template: ${error.message}`,
          ),
        );
      } else throw error;
    }
  }
  throwGathered(errors);
}

const image = defineCommand({
  name: "image",
  short: "Update the image of a pod template",
  usage: "(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
  examples: ["kubectl set image deployment/web nginx=nginx:1.27"],
  flags: SET_FLAGS,
  completes: "resources",
  *run(call) {
    const { resources, changes } = splitArgs(call.args);
    if (resources.length === 0 && !usesFiles(call)) throw new CommandError(NO_RESOURCES);
    if (changes.length === 0) throw new CommandError("at least one image update is required");
    const images = changes.map((change) => {
      const equals = change.indexOf("=");
      return [change.slice(0, equals), change.slice(equals + 1)] as const;
    });
    yield* changePodSpecs(call, {
      resources,
      operation: "image updated",
      change: (spec) => images.reduce((current, [name, value]) => setImage(current, name, value), spec),
    });
  },
});

function setImage(spec: PodSpec, name: string, value: string): PodSpec {
  const matches = (container: Container): boolean => name === "*" || container.name === name;
  const change = (containers: Container[] | undefined): Container[] | undefined =>
    containers?.map((container) => (matches(container) ? { ...container, image: value } : container));
  if (![...spec.containers, ...(spec.initContainers ?? [])].some(matches)) {
    throw new CommandError(`unable to find container named ${JSON.stringify(name)}`);
  }
  const initContainers = change(spec.initContainers);
  return {
    ...spec,
    containers: change(spec.containers) ?? [],
    ...(initContainers !== undefined && { initContainers }),
  };
}

const env: Command = defineCommand({
  name: "env",
  short: "Update environment variables on a pod template",
  usage: "RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
  flags: [
    ...SET_FLAGS,
    { name: "containers", short: "c", type: "string", default: "*", usage: "Container to change, * for all." },
    { name: "env", short: "e", type: "array", usage: "KEY=value; may be repeated." },
    { name: "list", type: "bool", unsupported: true },
    { name: "from", type: "string", unsupported: true },
  ],
  completes: "resources",
  *run(call) {
    const { resources, changes } = splitArgs(call.args);
    const specs = [...changes, ...call.flags.list("env")];
    if (specs.length === 0) throw new CommandError("at least one environment variable must be provided");
    const removed = specs.filter((spec) => !spec.includes("=")).map((spec) => spec.slice(0, -1));
    const wanted = parseEnv(specs.filter((spec) => spec.includes("=")));
    const only = call.flags.string("containers");
    const change = (container: Container): Container => {
      if (only !== "*" && container.name !== only) return container;
      const kept = (container.env ?? []).filter((entry) => !removed.includes(entry.name));
      const updated = kept.map((entry) => wanted.find((other) => other.name === entry.name) ?? entry);
      const added = wanted.filter((entry) => !kept.some((other) => other.name === entry.name));
      const { env: _, ...rest } = container;
      const all = [...updated, ...added];
      return all.length === 0 ? rest : { ...rest, env: all };
    };
    yield* changePodSpecs(call, {
      resources,
      operation: "env updated",
      change: (spec) => ({ ...spec, containers: spec.containers.map(change) }),
    });
  },
});

export const set = defineCommand({
  name: "set",
  group: "Basic Commands (Beginner)",
  short: "Set specific features on objects",
  usage: "SUBCOMMAND",
  subcommands: [env, image],
});
