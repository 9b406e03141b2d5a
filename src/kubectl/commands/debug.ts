/**
 * `kubectl debug`: an ephemeral container in a pod, a copy of a pod, or a pod on a node. Upstream: kubectl pkg/cmd/debug.
 */
import type { Pod } from "../../engine/api/generated/types.ts";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { asObject } from "../as-object.ts";
import { attachToContainer } from "../attach-container.ts";
import { defineCommand, FILE_FLAGS } from "../command.ts";
import { postObject } from "../create-object.ts";
import { checkProfile } from "../debug-profiles.ts";
import { customProfile, ephemeralContainer, nodePod, podCopy } from "../debug-pods.ts";
import { resourcePath } from "../discovery.ts";
import { CommandError } from "../errors.ts";
import { isImageReference } from "../generators/pod.ts";
import { PODS } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { sendPatch } from "../patch-live.ts";
import { fetchAll, type Info, infoFromObject, usesFiles } from "../resource-builder.ts";
import { twoWayPatch } from "../three-way.ts";

const LEGACY =
  '--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example "--profile=general".';

export const debug = defineCommand({
  name: "debug",
  group: "Troubleshooting and Debugging Commands",
  short: "Create debugging sessions for troubleshooting workloads and nodes",
  usage: "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
  examples: [
    "kubectl debug web -it --image=busybox --target=app",
    "kubectl debug node/worker-1 -it --image=busybox",
    "kubectl debug web -it --copy-to=web-debug --image=busybox",
  ],
  flags: [
    { name: "image", type: "string", usage: "Image of the debugging container." },
    { name: "container", short: "c", type: "string", usage: "Name of the debugging container." },
    { name: "copy-to", type: "string", usage: "Name of the copy of the pod." },
    { name: "same-node", type: "bool", usage: "With --copy-to: the copy goes to the same node." },
    {
      name: "share-processes",
      type: "bool",
      default: true,
      usage: "With --copy-to: containers see each other's processes.",
    },
    { name: "env", type: "array", usage: "KEY=value of the container; may be repeated." },
    { name: "image-pull-policy", type: "string", usage: "When to pull the image." },
    { name: "stdin", short: "i", type: "bool", usage: "Keep stdin open." },
    { name: "tty", short: "t", type: "bool", usage: "Give the container a terminal." },
    { name: "attach", type: "bool", usage: "Attach to the container; so by default with -i." },
    { name: "quiet", short: "q", type: "bool", usage: "Say nothing besides." },
    {
      name: "profile",
      type: "string",
      default: "general",
      usage: "legacy, general, baseline, netadmin, restricted or sysadmin.",
    },
    { name: "custom", type: "string", usage: "File with parts of a container that change the debugging container." },
    { name: "target", type: "string", usage: "Container whose processes the ephemeral container is to see." },
    { name: "arguments-only", type: "bool", usage: "What stands behind -- are the arguments, not the command." },
    { name: "set-image", type: "strings", usage: "With --copy-to: CONTAINER=IMAGE pairs, * for all containers." },
    { name: "replace", type: "bool", usage: "With --copy-to: delete the pod that was copied." },
    { name: "keep-labels", type: "bool", usage: "With --copy-to: keep the labels." },
    { name: "keep-annotations", type: "bool", usage: "With --copy-to: keep the annotations." },
    { name: "keep-liveness", type: "bool", usage: "With --copy-to: keep liveness probes." },
    { name: "keep-readiness", type: "bool", usage: "With --copy-to: keep readiness probes." },
    { name: "keep-startup", type: "bool", usage: "With --copy-to: keep startup probes." },
    { name: "keep-init-containers", type: "bool", default: true, usage: "With --copy-to: run init containers too." },
    ...FILE_FLAGS.filter(({ name }) => name === "filename"),
  ],
  completes: "pods",
  *run(call) {
    const { flags } = call;
    checkProfile(flags.string("profile"));
    customProfile(call);
    const images = imagesOf(call);
    const names = call.dash < 0 ? call.args : call.args.slice(0, call.dash);
    checkFlags(call, images);
    if (names.length === 0 && !usesFiles(call)) throw new CommandError("NAME or filename is required for debug");
    if (flags.string("target") !== "" && !flags.bool("quiet")) {
      yield* call.out(
        `Targeting container ${JSON.stringify(flags.string("target"))}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
      );
    }
    if (flags.string("profile") === "legacy") yield* call.err(`${LEGACY}\n`);
    const [target = ""] = names;
    const args = names.length === 0 ? [] : target.includes("/") ? [...names] : ["pods", ...names];
    for (const info of yield* fetchAll(call, { args, asInFiles: true })) yield* debugOne(call, info, images);
    return 0;
  },
});

function* debugOne(call: Invocation, info: Info, images: ReadonlyMap<string, string>): Call<void> {
  const { kind, group, version } = info.resource;
  if (kind !== "Pod" && kind !== "Node") {
    throw new CommandError(`"${group === "" ? "" : group}/${version}, Kind=${kind}" not supported by debug`);
  }
  if (kind === "Pod" && call.flags.string("copy-to") === "") {
    const container = yield* addEphemeral(call, info);
    if (attaches(call)) yield* attachToContainer(call, info, container);
    return;
  }
  let container = call.flags.string("container") || "debugger";
  let built: KubeObject;
  if (kind === "Node") built = yield* nodePod(call, info.name);
  else {
    const copy = yield* podCopy(call, info.object as Pod, images);
    ({ container } = copy);
    built = copy.object;
    yield* warnOfUser(call, built as Pod, container);
  }
  const created = yield* postObject(call, PODS, built);
  if (call.flags.bool("replace")) yield* removeOriginal(call, info);
  if (attaches(call) && container !== "") yield* attachToContainer(call, infoFromObject(PODS, created), container);
}

function attaches({ flags }: Invocation): boolean {
  return flags.changed("attach") ? flags.bool("attach") : flags.bool("stdin");
}

function* removeOriginal(call: Invocation, info: Info): Call<void> {
  yield* call.rest.json({
    method: "DELETE",
    path: resourcePath(PODS, info),
    body: { kind: "DeleteOptions", apiVersion: "v1", gracePeriodSeconds: 0 },
  });
}

/** Capabilities that the profile adds are of little use to a user who is not root. */
function* warnOfUser(call: Invocation, { spec }: Pod, name: string): Call<void> {
  const user = spec?.securityContext?.runAsUser;
  const containers = [...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])];
  const context = containers.find((container) => container.name === name)?.securityContext;
  if (user == null || user === 0 || context == null || context.runAsUser === 0) return;
  if (context.privileged !== true && (context.capabilities?.add ?? []).length === 0) return;
  yield* call.err(
    'Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not work. Please consider using "--custom" with a custom profile that specifies "securityContext.runAsUser: 0".\n',
  );
}

/** --set-image's pairs. */
function imagesOf(call: Invocation): Map<string, string> {
  const images = new Map<string, string>();
  for (const pair of call.flags.list("set-image")) {
    const equals = pair.indexOf("=");
    if (equals < 0) {
      throw new CommandError(
        `invalid argument ${JSON.stringify(pair)} for "--set-image" flag: ${pair} must be formatted as key=value`,
      );
    }
    images.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  return images;
}

/** Adds the container and says its name. */
function* addEphemeral(call: Invocation, info: Info): Call<string> {
  const pod = info.object as Pod;
  const container = yield* ephemeralContainer(call, pod);
  const ephemeralContainers = [...(pod.spec?.ephemeralContainers ?? []), container];
  const changed = asObject({ ...pod, spec: { ...pod.spec, ephemeralContainers } });
  yield* warnOfUser(call, changed as Pod, container.name);
  yield* sendPatch(call, info, {
    ...twoWayPatch(info.resource, pod, changed),
    subresource: "ephemeralcontainers",
  });
  return container.name;
}

function checkFlags(call: Invocation, images: ReadonlyMap<string, string>): void {
  const { flags } = call;
  const [image, policy] = [flags.string("image"), flags.string("image-pull-policy")];
  const copying = flags.string("copy-to") !== "";
  const words = call.dash < 0 ? [] : call.args.slice(call.dash);
  if (flags.changed("attach") && flags.bool("attach") && image === "" && flags.string("container") === "") {
    throw new CommandError("you must specify --container or create a new container using --image in order to attach.");
  }
  if (copying) {
    if (image === "" && images.size === 0 && words.length === 0) {
      throw new CommandError("you must specify --image, --set-image or command arguments.");
    }
    if (words.length > 0 && flags.string("container") === "" && image === "") {
      throw new CommandError("you must specify an existing container or a new image when specifying args.");
    }
  } else {
    if (flags.bool("replace")) throw new CommandError("--replace may only be used with --copy-to.");
    if (flags.bool("same-node")) throw new CommandError("--same-node may only be used with --copy-to.");
    if (images.size > 0) throw new CommandError("--set-image may only be used with --copy-to.");
    if (image === "") throw new CommandError("you must specify --image when not using --copy-to.");
  }
  if (image !== "" && !isImageReference(image)) {
    throw new CommandError(`invalid image name ${JSON.stringify(image)}: invalid reference format`);
  }
  if (!["", "Always", "IfNotPresent", "Never"].includes(policy)) {
    throw new CommandError(`invalid image pull policy: ${policy}`);
  }
  for (const [name, wanted] of images) {
    if (isImageReference(wanted)) continue;
    throw new CommandError(
      `invalid image name ${JSON.stringify(wanted)} for container ${JSON.stringify(name)}: invalid reference format`,
    );
  }
  if (flags.string("target") !== "" && copying) {
    throw new CommandError("--target is incompatible with --copy-to. Use --share-processes instead.");
  }
  if (flags.bool("tty") && !flags.bool("stdin")) {
    throw new CommandError("-i/--stdin is required for containers with -t/--tty=true");
  }
}
