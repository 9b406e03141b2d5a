/**
 * `kubectl debug`: an ephemeral container in a pod, a copy of a pod, or a pod on a node. Upstream: kubectl pkg/cmd/debug.
 * Simplified: of the profiles, general and sysadmin.
 */
import type { Container, EphemeralContainer, Pod, PodSpec } from "../../engine/api/generated/types.ts";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { asObject } from "../as-object.ts";
import { attachToEphemeral } from "../attach-ephemeral.ts";
import { attachToRunPod } from "../attach-run.ts";
import { defineCommand } from "../command.ts";
import { postObject } from "../create-object.ts";
import { CommandError } from "../errors.ts";
import { PODS } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { parseEnv } from "../key-values.ts";
import { sendPatch } from "../patch-live.ts";
import { fetchAll, type Info } from "../resource-builder.ts";
import { twoWayPatch } from "../three-way.ts";

const SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";
const MAX_TRIES = 100;
const MANAGED = { "app.kubernetes.io/managed-by": "kubectl-debug" };

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
    { name: "profile", type: "string", default: "general", usage: "general or sysadmin." },
    ...[
      "arguments-only",
      "replace",
      "keep-labels",
      "keep-annotations",
      "keep-liveness",
      "keep-readiness",
      "keep-startup",
    ].map((name) => ({ name, type: "bool", unsupported: true }) as const),
    { name: "target", type: "string", usage: "Container whose processes the ephemeral container is to see." },
    ...["set-image", "custom", "filename"].map((name) => ({ name, type: "string", unsupported: true }) as const),
  ],
  completes: "pods",
  *run(call) {
    const { flags } = call;
    const names = call.dash < 0 ? call.args : call.args.slice(0, call.dash);
    checkFlags(call);
    if (names.length === 0) throw new CommandError("NAME is required for debug");
    const [target = ""] = names;
    const [info] = yield* fetchAll(call, { args: target.includes("/") ? [target] : ["pods", target] });
    const kind = info?.resource.kind;
    if (info === undefined || (kind !== "Pod" && kind !== "Node")) {
      const { group = "", version = "" } = info?.resource ?? {};
      throw new CommandError(
        `"${group === "" ? "" : `${group}/`}${version}, Kind=${kind ?? ""}" not supported by debug`,
      );
    }
    const attached = flags.changed("attach") ? flags.bool("attach") : flags.bool("stdin");
    if (kind === "Pod" && flags.string("copy-to") === "") {
      const container = yield* addEphemeral(call, info);
      if (attached) yield* attachToEphemeral(call, info, container);
      return 0;
    }
    const built = kind === "Node" ? yield* nodePod(call, info.name) : yield* podCopy(call, info.object as Pod);
    const created = yield* postObject(call, PODS, built);
    return attached && kind === "Node" ? yield* attachToRunPod(call, created) : 0;
  },
});

function checkFlags({ flags }: Invocation): void {
  const [image, copy, profile] = [flags.string("image"), flags.string("copy-to"), flags.string("profile")];
  if (copy === "" && image === "") throw new CommandError("you must specify --image when not using --copy-to.");
  if (copy !== "" && image === "")
    throw new CommandError("you must specify --image, --set-image or command arguments.");
  if (copy === "" && flags.changed("same-node")) throw new CommandError("--same-node may only be used with --copy-to.");
  if (flags.bool("tty") && !flags.bool("stdin")) {
    throw new CommandError("-i/--stdin is required for containers with -t/--tty=true");
  }
  if (["legacy", "baseline", "netadmin", "restricted"].includes(profile)) {
    throw new CommandError(`profile ${profile} is not supported by this kubectl`);
  }
  if (!["general", "sysadmin"].includes(profile)) throw new CommandError(`unknown profile: ${profile}`);
  if (copy !== "" && flags.bool("stdin")) {
    throw new CommandError("-i with --copy-to is not supported by this kubectl: attach to the copy when it runs");
  }
}

function suffix(call: Invocation): string {
  return Array.from({ length: 5 }, () => SUFFIX_LETTERS[call.ctx.random(SUFFIX_LETTERS.length)]).join("");
}

function debuggingContainer(call: Invocation, name: string): Container {
  const { flags } = call;
  const command = call.dash < 0 ? [] : call.args.slice(call.dash);
  const env = flags.list("env");
  return {
    name,
    image: flags.string("image"),
    ...(command.length > 0 && { command: [...command] }),
    ...(env.length > 0 && { env: parseEnv(env) }),
    ...(flags.string("image-pull-policy") !== "" && { imagePullPolicy: flags.string("image-pull-policy") }),
    ...(flags.bool("stdin") && { stdin: true }),
    ...(flags.bool("tty") && { tty: true }),
    terminationMessagePolicy: "File",
  };
}

/** The name that was asked for, or one that the pod has not, which it tells. */
function* containerName(call: Invocation, { spec }: Pod): Call<string> {
  const asked = call.flags.string("container");
  if (asked !== "") return asked;
  const known = [...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])].map((container) => container.name);
  let name = `debugger-${suffix(call)}`;
  for (let tries = 1; known.includes(name) && tries < MAX_TRIES; tries++) name = `debugger-${suffix(call)}`;
  if (!call.flags.bool("quiet")) yield* call.out(`Defaulting debug container name to ${name}.\n`);
  return name;
}

/** What the profile lets a container do beside those of its pod. */
function profiled(call: Invocation, container: Container): Container {
  const securityContext =
    call.flags.string("profile") === "sysadmin" ? { privileged: true } : { capabilities: { add: ["SYS_PTRACE"] } };
  return { ...container, securityContext };
}

/** Adds the container and says its name. */
function* addEphemeral(call: Invocation, info: Info): Call<string> {
  const target = call.flags.string("target");
  const pod = info.object as Pod;
  const name = yield* containerName(call, pod);
  if (target !== "" && !call.flags.bool("quiet")) {
    yield* call.out(
      `Targeting container ${JSON.stringify(target)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
    );
  }
  const container: EphemeralContainer = {
    ...profiled(call, debuggingContainer(call, name)),
    ...(target !== "" && { targetContainerName: target }),
  };
  const ephemeralContainers = [...(pod.spec?.ephemeralContainers ?? []), container];
  const change = twoWayPatch(info.resource, pod, asObject({ ...pod, spec: { ...pod.spec, ephemeralContainers } }));
  yield* sendPatch(call, info, { ...change, subresource: "ephemeralcontainers" });
  return name;
}

function* nodePod(call: Invocation, node: string): Call<KubeObject> {
  const name = `node-debugger-${node}-${suffix(call)}`;
  const container = call.flags.string("container") || "debugger";
  if (!call.flags.bool("quiet")) {
    yield* call.out(`Creating debugging pod ${name} with container ${container} on node ${node}.\n`);
  }
  const privileged = call.flags.string("profile") === "sysadmin";
  return asObject({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: call.namespace, labels: MANAGED },
    spec: {
      containers: [
        {
          ...debuggingContainer(call, container),
          volumeMounts: [{ mountPath: "/host", name: "host-root" }],
          ...(privileged && { securityContext: { privileged } }),
        },
      ],
      hostIPC: true,
      hostNetwork: true,
      hostPID: true,
      nodeName: node,
      restartPolicy: "Never",
      tolerations: [{ operator: "Exists" }],
      volumes: [{ name: "host-root", hostPath: { path: "/" } }],
    },
  });
}

/** Without labels, so that no service and no controller takes it for one of theirs; without probes. */
function* podCopy(call: Invocation, pod: Pod): Call<KubeObject> {
  const { flags } = call;
  const bare = ({ livenessProbe: _, readinessProbe: __, startupProbe: ___, ...container }: Container): Container =>
    container;
  const containers = (pod.spec?.containers ?? []).map(bare);
  const added = profiled(call, debuggingContainer(call, yield* containerName(call, pod)));
  const known = containers.some((container) => container.name === added.name);
  const { nodeName, ephemeralContainers: _, ...spec } = pod.spec as PodSpec;
  return asObject({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: flags.string("copy-to"), namespace: pod.metadata.namespace, labels: MANAGED },
    spec: {
      ...spec,
      ...(flags.bool("same-node") && nodeName !== undefined && { nodeName }),
      ...(flags.bool("share-processes") && { shareProcessNamespace: true }),
      containers: known
        ? containers.map((container) => (container.name === added.name ? { ...container, ...added } : container))
        : [...containers, added],
    },
  });
}
