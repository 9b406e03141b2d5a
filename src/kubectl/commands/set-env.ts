/** `kubectl set env`. Upstream: kubectl pkg/cmd/set/set_env.go, pkg/cmd/set/env. */
import type { Container, EnvVar, PodSpec } from "../../engine/api/generated/types.ts";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { readAll, type Call } from "../../engine/base/syscalls.ts";
import {
  changedPodSpec,
  changeObjects,
  containerMatcher,
  objectName,
  SET_FLAGS,
  setInfos,
  splitChanges,
} from "../change-objects.ts";
import { defineCommand } from "../command.ts";
import { envReference, resolveEnv } from "../env-references.ts";
import { CommandError, throwGathered } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { parseEnvChanges } from "../key-values.ts";
import { podSpecOf } from "../pod-spec.ts";
import { fetchAll, usesFiles } from "../resource-builder.ts";

interface EnvChanges {
  set: EnvVar[];
  remove: string[];
}

export const setEnv = defineCommand({
  name: "env",
  short: "Update environment variables on a pod template",
  usage: "RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
  examples: [
    "kubectl set env deployment/web STORAGE=/data",
    "kubectl set env deployment/web --list",
    "kubectl set env deployment/web --from=secret/db --prefix=DB_",
    "kubectl set env deployment/web STORAGE-",
  ],
  flags: [
    ...SET_FLAGS,
    {
      name: "containers",
      short: "c",
      type: "string",
      default: "*",
      usage: "Containers to change; * in it stands for anything.",
    },
    { name: "env", short: "e", type: "array", usage: "KEY=value; may be repeated." },
    { name: "from", type: "string", usage: "A config map or secret whose keys become variables (configmap/name)." },
    { name: "keys", type: "strings", usage: "Only these keys of --from." },
    { name: "prefix", type: "string", usage: "Put before each name that is set." },
    { name: "list", type: "bool", usage: "Print the variables instead of changing them." },
    { name: "resolve", type: "bool", usage: "With --list: the values behind references." },
    { name: "overwrite", type: "bool", default: true, usage: "Replace variables that have a value already." },
  ],
  completes: "resources",
  *run(call) {
    const { flags } = call;
    const { resources, changes } = splitChanges(call, call.args, "environment");
    if (resources.length === 0 && !usesFiles(call)) {
      throw new CommandError("one or more resources must be specified as <resource> <name> or <resource>/<name>");
    }
    if (flags.bool("list") && flags.string("output") !== "") {
      throw new CommandError("--list and --output may not be specified together");
    }
    if (flags.list("keys").length > 0 && flags.string("from") === "") {
      throw new CommandError("when specifying --keys, a configmap or secret must be provided with --from");
    }
    const env = yield* envChanges(call, [...flags.list("env"), ...changes]);
    if (flags.bool("list")) yield* list(call, resources, env);
    else yield* change(call, resources, env);
  },
});

function* envChanges(call: Invocation, specs: readonly string[]): Call<EnvChanges> {
  const lines = specs.includes("-") ? (yield* readAll(0)).split("\n").filter((line) => /^\s*[^#\s]/.test(line)) : [];
  const parsed = parseEnvChanges(specs.flatMap((spec) => (spec === "-" ? lines : [spec])));
  const set: EnvVar[] = [...parsed.set, ...(call.flags.string("from") === "" ? [] : yield* fromObject(call))];
  const prefix = call.flags.string("prefix");
  return { set: set.map((entry) => ({ ...entry, name: `${prefix}${entry.name}` })), remove: parsed.remove };
}

/** One variable a key. Simplified: keys in their order, where upstream's order changes from run to run. */
function* fromObject(call: Invocation): Call<EnvVar[]> {
  const keys = call.flags.list("keys");
  const found: EnvVar[] = [];
  for (const { object } of yield* fetchAll(call, { args: [call.flags.string("from")], ownArgs: true })) {
    const { kind, metadata, data = {} } = object as KubeObject & { data?: Record<string, string> };
    if (kind !== "Secret" && kind !== "ConfigMap") throw new CommandError("unsupported resource specified in --from");
    for (const key of Object.keys(data ?? {}).sort()) {
      if (keys.length > 0 && !keys.includes(key)) continue;
      const reference = { key, name: metadata.name };
      const name = key.replaceAll(/[^a-zA-Z0-9_]/g, "_").toUpperCase();
      if (name !== key) yield* call.err(`Warning: key ${key} transferred to ${name}\n`);
      found.push({ name, valueFrom: kind === "Secret" ? { secretKeyRef: reference } : { configMapKeyRef: reference } });
    }
  }
  return found;
}

function updated(present: readonly EnvVar[], env: EnvChanges): EnvVar[] {
  const kept = present.filter((entry) => !env.remove.includes(entry.name));
  const newer = (name: string): EnvVar | undefined => env.set.find((entry) => entry.name === name);
  const added = env.set.filter(
    (entry, index) =>
      !env.remove.includes(entry.name) &&
      !kept.some((other) => other.name === entry.name) &&
      env.set.findIndex((other) => other.name === entry.name) === index,
  );
  return [...kept.map((entry) => newer(entry.name) ?? entry), ...added];
}

function* change(call: Invocation, resources: readonly string[], env: EnvChanges): Call<void> {
  const chosen = containerMatcher(call.flags.string("containers"));
  yield* changeObjects(call, {
    resources,
    operation: "env updated",
    failure: "failed to patch env update to pod template: ",
    *change(object, info) {
      const spec = podSpecOf(object);
      if (spec !== undefined && containersOf(spec).filter(chosen).length === 0) yield* noContainers(call, object);
      return changedPodSpec(object, info, (podSpec) => {
        const one = (container: Container): Container => {
          if (!chosen(container)) return container;
          if (!call.flags.bool("overwrite")) refuseOverwrites(container, env, objectName(info));
          const { env: present, ...rest } = container;
          const next = updated(present ?? [], env);
          return next.length === 0 ? rest : { ...rest, env: next };
        };
        return {
          ...podSpec,
          containers: podSpec.containers.map(one),
          ...(podSpec.initContainers != null && { initContainers: podSpec.initContainers.map(one) }),
        };
      });
    },
  });
}

function containersOf(spec: PodSpec): Container[] {
  return [...spec.containers, ...(spec.initContainers ?? [])];
}

function noContainers(call: Invocation, object: KubeObject): Call<void> {
  const pattern = JSON.stringify(call.flags.string("containers"));
  return call.err(`Warning: ${object.kind}/${object.metadata.name} does not have any containers matching ${pattern}\n`);
}

function refuseOverwrites(container: Container, env: EnvChanges, shown: string): void {
  for (const { name } of env.set) {
    const present = container.env?.find((entry) => entry.name === name);
    if (present !== undefined) {
      throw new CommandError(
        `${shown} '${name}' already has a value (${present.value ?? ""}), and --overwrite is false`,
      );
    }
  }
}

function* list(call: Invocation, resources: readonly string[], env: EnvChanges): Call<void> {
  const { infos, errors } = yield* setInfos(call, resources);
  const chosen = containerMatcher(call.flags.string("containers"));
  for (const info of infos) {
    const object = info.object as KubeObject;
    const containers = containersOf(podSpecOf(object) ?? { containers: [] }).filter(chosen);
    if (containers.length === 0 && podSpecOf(object) !== undefined) yield* noContainers(call, object);
    for (const container of containers) yield* listContainer(call, object, { container, env });
  }
  throwGathered(errors);
}

function* listContainer(
  call: Invocation,
  object: KubeObject,
  { container, env }: { container: Container; env: EnvChanges },
): Call<void> {
  yield* call.out(`# ${object.kind} ${object.metadata.name}, container ${container.name}\n`);
  const failures = new Map<string, string[]>();
  for (const entry of updated(container.env ?? [], env)) {
    if (entry.valueFrom == null) {
      yield* call.out(`${entry.name}=${entry.value ?? ""}\n`);
      continue;
    }
    if (call.flags.bool("resolve")) {
      const answer = yield* resolveEnv(call, entry.valueFrom, object);
      if ("value" in answer) {
        yield* call.out(`${entry.name}=${answer.value}\n`);
        continue;
      }
      failures.set(answer.problem, [...(failures.get(answer.problem) ?? []), entry.name]);
    }
    yield* call.out(`# ${entry.name} from ${envReference(entry.valueFrom)}\n`);
  }
  const lines = [...failures].map(
    ([why, names]) => `error retrieving reference for ${names.sort().join(", ")}: ${why}\n`,
  );
  yield* call.err(lines.sort().join(""));
}
