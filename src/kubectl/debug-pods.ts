/** What `kubectl debug` makes: an ephemeral container, a pod on a node, a copy of a pod. Upstream: kubectl pkg/cmd/debug/debug.go. */
import type { Container, EphemeralContainer, Pod, PodSpec } from "../engine/api/generated/types.ts";
import type { KubeObject } from "../engine/api/meta/object.ts";
import { patchTypeOf } from "../engine/api/patch/patch-schema.ts";
import { applyStrategicPatch } from "../engine/api/patch/strategic-apply.ts";
import type { JsonObject } from "../engine/base/json.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { readYaml } from "../engine/base/yaml-text.ts";
import { asJson, asObject } from "./as-object.ts";
import { type DebugStyle, profiledContainer, profiledCopy, profiledNodePod } from "./debug-profiles.ts";
import { CommandError } from "./errors.ts";
import type { Invocation } from "./invocation.ts";
import { containerNames } from "./pick-pod.ts";
import { parseEnv } from "./key-values.ts";
import { readText } from "./manifests.ts";

const SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";
const MAX_TRIES = 100;
const MANAGED = { "app.kubernetes.io/managed-by": "kubectl-debug" };
const NOT_CUSTOM = ["name", "command", "image", "lifecycle", "volumeDevices"];

/** What --custom adds to the container, read once before anything is made. */
export function customProfile(call: Invocation): JsonObject | undefined {
  const file = call.flags.string("custom");
  if (file === "") return undefined;
  let text: string;
  try {
    text = readText(call, file);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(
      `must pass a container spec json file for custom profile: open ${file}: no such file or directory`,
    );
  }
  const document = readYaml(text);
  const custom = "problem" in document ? undefined : document.value;
  if (typeof custom !== "object" || custom === null || Array.isArray(custom)) {
    throw new CommandError(`${file} does not contain a valid container spec`);
  }
  if (NOT_CUSTOM.some((field) => field in custom)) {
    throw new CommandError("name, command, image, lifecycle and volume devices are not modifiable via custom profile");
  }
  return custom as JsonObject;
}

function suffix(call: Invocation): string {
  return Array.from({ length: 5 }, () => SUFFIX_LETTERS[call.ctx.random(SUFFIX_LETTERS.length)]).join("");
}

/** What stands behind `--`, as the field that it goes to. */
function words(call: Invocation): Pick<Container, "command" | "args"> {
  const given = call.dash < 0 ? [] : call.args.slice(call.dash);
  if (given.length === 0) return {};
  return call.flags.bool("arguments-only") ? { args: [...given] } : { command: [...given] };
}

/** What flags say of a container, new or known. */
function asked({ flags }: Invocation): Partial<Container> {
  const [image, policy, env] = [flags.string("image"), flags.string("image-pull-policy"), flags.list("env")];
  return {
    ...(image !== "" && { image }),
    ...(env.length > 0 && { env: parseEnv(env) }),
    ...(policy !== "" && { imagePullPolicy: policy }),
    ...(flags.bool("stdin") && { stdin: true }),
    ...(flags.bool("tty") && { tty: true }),
  };
}

function debuggingContainer(call: Invocation, name: string): Container {
  return { name, ...words(call), ...asked(call), terminationMessagePolicy: "File" };
}

/** The container under the profile, changed by the user's own. */
function profiled(call: Invocation, style: DebugStyle, container: Container): Container {
  const made = profiledContainer(call.flags.string("profile"), style, container);
  const custom = customProfile(call);
  if (custom === undefined) return made;
  const changed: object = applyStrategicPatch(asJson(made), custom, patchTypeOf("Container"));
  return changed as Container;
}

/** The name that was asked for, or one that the pod has not, which it tells. */
function* containerName(call: Invocation, pod: Pod): Call<string> {
  const given = call.flags.string("container");
  if (given !== "") return given;
  const known = containerNames(pod);
  let name = `debugger-${suffix(call)}`;
  for (let tries = 1; known.includes(name) && tries < MAX_TRIES; tries++) name = `debugger-${suffix(call)}`;
  if (!call.flags.bool("quiet")) yield* call.out(`Defaulting debug container name to ${name}.\n`);
  return name;
}

export function* ephemeralContainer(call: Invocation, pod: Pod): Call<EphemeralContainer> {
  const target = call.flags.string("target");
  const container = debuggingContainer(call, yield* containerName(call, pod));
  return { ...profiled(call, "ephemeral", container), ...(target !== "" && { targetContainerName: target }) };
}

export function* nodePod(call: Invocation, node: string): Call<KubeObject> {
  const name = `node-debugger-${node}-${suffix(call)}`;
  const container = call.flags.string("container") || "debugger";
  if (!call.flags.bool("quiet")) {
    yield* call.out(`Creating debugging pod ${name} with container ${container} on node ${node}.\n`);
  }
  return asObject({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: call.namespace, labels: MANAGED },
    spec: profiledNodePod(call.flags.string("profile"), {
      containers: [profiled(call, "node", debuggingContainer(call, container))],
      nodeName: node,
      restartPolicy: "Never",
      tolerations: [{ operator: "Exists" }],
    }),
  });
}

export interface PodCopy {
  object: KubeObject;
  /** The container that was added or changed; empty when only images were. */
  container: string;
}

export function* podCopy(call: Invocation, pod: Pod, images: ReadonlyMap<string, string>): Call<PodCopy> {
  const { flags } = call;
  const { nodeName, ephemeralContainers: _, ...spec } = pod.spec as PodSpec;
  const { labels, annotations, namespace } = pod.metadata;
  const containers = spec.containers.map((container) => {
    const image = images.get(container.name) ?? images.get("*");
    return image === undefined ? container : { ...container, image };
  });
  const copy: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: flags.string("copy-to"),
      namespace,
      ...(labels !== undefined && { labels }),
      ...(annotations !== undefined && { annotations }),
    },
    spec: {
      ...spec,
      containers,
      ...(flags.bool("same-node") && nodeName !== undefined && { nodeName }),
      ...(flags.changed("share-processes") && { shareProcessNamespace: flags.bool("share-processes") }),
    },
  } as Pod;
  const given = flags.string("container");
  const known = containers.find(({ name }) => name === given);
  if (known === undefined && flags.string("image") === "") {
    if (images.size > 0) return { object: asObject(copy), container: "" };
    throw new CommandError("you must specify image when creating new container");
  }
  const name = known?.name ?? (yield* containerName(call, pod));
  const changed = known === undefined ? debuggingContainer(call, name) : changedContainer(call, known);
  const profiledPod = profiledCopy(call, {
    ...copy,
    spec: {
      ...(copy.spec as PodSpec),
      containers:
        known === undefined
          ? [...containers, changed]
          : containers.map((container) => (container === known ? changed : container)),
    },
  });
  const inner = profiledPod.spec as PodSpec;
  const object = asObject({
    ...profiledPod,
    spec: {
      ...inner,
      containers: inner.containers.map((container) =>
        container.name === name ? profiled(call, "copy", container) : container,
      ),
    },
  });
  return { object, container: name };
}

/** A container of the pod with what flags and words say; a new command drops the old arguments. */
function changedContainer(call: Invocation, container: Container): Container {
  const { stdin: _, tty: __, ...kept } = container;
  const said = words(call);
  const { args, ...withoutArgs } = kept;
  const base = said.command === undefined || args == null ? kept : withoutArgs;
  return { ...base, ...said, ...asked(call) } as Container;
}
