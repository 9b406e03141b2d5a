/** How `kubectl set …` changes objects: those named, or those of files alone. Upstream: kubectl pkg/cmd/set/helper.go. */
import type { Container, PodSpec } from "../engine/api/generated/types.ts";
import type { KubeObject } from "../engine/api/meta/object.ts";
import { deepEqual } from "../engine/base/json.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { ALL_FLAG, DRY_RUN_FLAG, fieldManagerFlag, FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG } from "./command.ts";
import { ApiError, CommandError, throwGathered, usageError } from "./errors.ts";
import type { Flag } from "./flags.ts";
import type { Invocation } from "./invocation.ts";
import { updateLive } from "./patch-live.ts";
import { podSpecOf, withPodSpec } from "./pod-spec.ts";
import { recorded, RECORD_FLAG } from "./record.ts";
import { printerFor } from "./printers/object-printer.ts";
import { fetchInfos, type Info, localInfos, refuseLocalServerDryRun } from "./resource-builder.ts";
import { typedForm } from "./typed-form.ts";

export const SET_FLAGS: readonly Flag[] = [
  ...FILE_FLAGS,
  ...PRINT_FLAGS,
  DRY_RUN_FLAG,
  SELECTOR_FLAG,
  ALL_FLAG,
  fieldManagerFlag("kubectl-set"),
  { name: "local", type: "bool", usage: "Only change what the files say and print it: no server is asked." },
];

/** Of the commands that can note what they did on the object. */
export const RECORDED_SET_FLAGS: readonly Flag[] = [...SET_FLAGS, RECORD_FLAG];

/** Changes behind the resources: `name=value`, or `name-` to remove. */
export function splitChanges(
  call: Invocation,
  args: readonly string[],
  noun: string,
): { resources: string[]; changes: string[] } {
  const isChange = (arg: string): boolean => arg.includes("=") || (arg.endsWith("-") && arg !== "-");
  const first = args.findIndex(isChange);
  if (first < 0) return { resources: [...args], changes: [] };
  if (args.slice(first).some((arg) => !isChange(arg))) {
    throw usageError(call.path, `all resources must be specified before ${noun} changes: ${args.join(" ")}`);
  }
  return { resources: args.slice(0, first), changes: args.slice(first) };
}

export function* setInfos(call: Invocation, resources: readonly string[]): Call<{ infos: Info[]; errors: Error[] }> {
  if (call.flags.bool("local")) {
    if (resources.length > 0) {
      throw new CommandError(LOCAL_NEEDS_FILES);
    }
    refuseLocalServerDryRun(call);
    const { infos, errors } = yield* localInfos(call);
    return { infos: infos.map((info) => ({ ...info, object: typedForm(info.object as KubeObject) })), errors };
  }
  return yield* fetchInfos(call, {
    args: resources,
    selector: call.flags.string("selector"),
    all: call.flags.bool("all"),
  });
}

const LOCAL_NEEDS_FILES =
  "you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'";

export interface ChangeOptions {
  resources: readonly string[];
  /** What is printed behind the name: `image updated`. */
  operation: string;
  /** `failed to patch image update to pod template: `: what a refusal begins with; empty: the refusal alone, at once. */
  failure: string;
  /** Also sends and prints what changes nothing. */
  evenUnchanged?: boolean;
  /** `complain` is for what it can't change of an object that it changes otherwise. */
  change(object: KubeObject, info: Info, complain: (error: CommandError) => void): Call<KubeObject>;
}

/** Changes each object; failures are gathered. `change` throws a `CommandError` for an object that it can't change. */
export function* changeObjects(call: Invocation, options: ChangeOptions): Call<void> {
  const { infos, errors } = yield* setInfos(call, options.resources);
  const complain = (error: CommandError): void => void errors.push(error);
  const printer = printerFor(call, { operation: options.operation });
  for (const info of infos) {
    const live = info.object as KubeObject;
    try {
      const changed = recorded(call, yield* options.change(live, info, complain));
      if (deepEqual(changed, live) && options.evenUnchanged !== true) continue;
      const local = call.flags.bool("local");
      yield* call.out(printer(local ? changed : yield* updateLive(call, info, changed)));
    } catch (error) {
      if (error instanceof CommandError && !error.verbatim) errors.push(new CommandError(`error: ${error.message}`));
      else if (error instanceof ApiError && options.failure !== "")
        errors.push(new CommandError(`${options.failure}${error.message}`));
      else throw error;
    }
  }
  throwGathered(errors);
}

/** The pod spec changed; a `CommandError` for objects that have none. */
export function changedPodSpec(object: KubeObject, info: Info, change: (spec: PodSpec) => PodSpec): KubeObject {
  const spec = podSpecOf(object);
  if (spec === undefined) {
    throw new CommandError(
      `${objectName(info)} the object is not a pod or does not have a pod template: *${info.resource.version}.${object.kind}`,
    );
  }
  return withPodSpec(object, change(spec));
}

/** `deployments/web`: how failures of `set` name an object. */
export function objectName(info: Info): string {
  return `${info.resource.name}/${info.name}`;
}

/** Whether `-c` means this container: a name, or a pattern with `*`. */
export function containerMatcher(pattern: string): (container: Container) => boolean {
  const expression = new RegExp(
    `^${pattern
      .split("*")
      .map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, "\\$&"))
      .join(".*")}$`,
  );
  return (container) => expression.test(container.name);
}
