/** `kubectl run`. Upstream: kubectl pkg/cmd/run/run.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import type { ExitCode } from "../../engine/base/program.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { attachToRunPod } from "../attach-run.ts";
import {
  defineCommand,
  DRY_RUN_FLAG,
  fieldManagerFlag,
  FILE_FLAGS,
  PRINT_FLAGS,
  SAVE_CONFIG_FLAG,
} from "../command.ts";
import { builtObject, postObject, withLastApplied } from "../create-object.ts";
import { DELETION_FLAGS, propagationOf } from "../delete-object.ts";
import { CommandError, usageError } from "../errors.ts";
import { isImageReference, runPod } from "../generators/pod.ts";
import { PODS, SERVICES } from "../generators/resources.ts";
import { recorded, RECORD_FLAG } from "../record.ts";
import type { Invocation } from "../invocation.ts";
import { parseLabels } from "../key-values.ts";
import { mergeOverrides } from "../overrides.ts";
import { printerFor } from "../printers/object-printer.ts";

export const run = defineCommand({
  name: "run",
  group: "Basic Commands (Beginner)",
  short: "Run a particular image on the cluster",
  usage:
    'NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
  examples: ["kubectl run nginx --image=nginx", "kubectl run -i -t busybox --image=busybox --restart=Never --rm -- sh"],
  flags: [
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    fieldManagerFlag("kubectl-run"),
    SAVE_CONFIG_FLAG,
    RECORD_FLAG,
    // As upstream, flags of deletion of which only --cascade has an effect.
    ...FILE_FLAGS,
    ...DELETION_FLAGS,
    { name: "wait", type: "bool", usage: "Has no effect." },
    { name: "image", type: "string", required: true, usage: "Image of the container." },
    { name: "port", type: "string", usage: "Port that the container exposes." },
    { name: "env", type: "array", usage: "Environment of the container, NAME=value." },
    { name: "labels", short: "l", type: "string", usage: "Labels of the pod, a=b,c=d." },
    { name: "annotations", type: "array", usage: "Annotations of the pod." },
    { name: "restart", type: "string", default: "Always", usage: "Always, OnFailure or Never." },
    { name: "image-pull-policy", type: "string", usage: "Always, IfNotPresent or Never." },
    { name: "command", type: "bool", usage: "Words after -- are the command instead of its arguments." },
    { name: "overrides", type: "string", usage: "JSON that patches the pod." },
    { name: "override-type", type: "string", default: "merge", usage: "json, merge or strategic." },
    { name: "expose", type: "bool", usage: "Make a ClusterIP service for the pod too; needs --port." },
    { name: "privileged", type: "bool", usage: "Run the container privileged." },
    { name: "stdin", short: "i", type: "bool", usage: "Keep the container's stdin open and attach to it." },
    { name: "tty", short: "t", type: "bool", usage: "Give the container a terminal." },
    { name: "attach", type: "bool", usage: "Wait until the pod runs, then attach to it." },
    { name: "rm", type: "bool", usage: "Delete the pod after the command ends; attached pods only." },
    { name: "leave-stdin-open", type: "bool", usage: "Keep stdin open after the first attach ends." },
    { name: "quiet", short: "q", type: "bool", usage: "Print no prompts." },
    { name: "pod-running-timeout", type: "duration", default: "1m0s", usage: "How long to wait for the pod to run." },
  ],
  completes: "none",
  *run(call) {
    propagationOf(call);
    const pod = buildPod(call);
    const attach = call.flags.bool("attach") || call.flags.bool("stdin") || call.flags.bool("tty");
    if (call.flags.changed("dry-run") && call.dryRun !== "none" && attach) {
      throw usageError(
        call.path,
        "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
      );
    }
    if (call.flags.bool("rm") && !attach)
      throw usageError(call.path, "--rm should only be used for attached containers");
    const service = call.flags.bool("expose") ? buildService(call) : undefined;
    const objects: KubeObject[] = [];
    for (const [resource, object] of [
      ...(service === undefined ? [] : [[SERVICES, service] as const]),
      [PODS, pod] as const,
    ]) {
      const noted = recorded(call, object);
      const sent = call.flags.bool("save-config") ? withLastApplied(noted, { built: true }) : noted;
      objects.push(call.dryRun === "client" ? sent : yield* postObject(call, resource, sent));
    }
    if (attach) return yield* attachToRunPod(call, objects.at(-1) as KubeObject);
    const printer = printerFor(call, { operation: "created", built: true });
    for (const [index, object] of objects.entries()) {
      // Upstream separates the service from the pod itself, beside what its YAML printer does.
      if (index > 0 && call.flags.string("output") === "yaml") yield* call.out("---\n");
      yield* call.out(printer(object));
    }
    return yield* done();
  },
});

function* done(): Call<ExitCode> {
  return 0;
}

function buildPod(call: Invocation): KubeObject {
  const image = call.flags.string("image");
  const [name] = call.args;
  if (name === undefined || call.dash === 0) {
    throw usageError(call.path, "NAME is required for run");
  }
  if (image === "") throw new CommandError("--image is required");
  if (!isImageReference(image)) {
    throw new CommandError(`Invalid image name ${JSON.stringify(image)}: invalid reference format`);
  }
  const restart = call.flags.string("restart");
  if (restart !== "Always" && restart !== "OnFailure" && restart !== "Never") {
    throw usageError(call.path, `invalid restart policy: ${restart}`);
  }
  const pullPolicy = call.flags.string("image-pull-policy");
  if (!["", "Always", "IfNotPresent", "Never"].includes(pullPolicy)) {
    throw usageError(call.path, `invalid image pull policy: ${pullPolicy}`);
  }
  if (call.flags.bool("expose") && call.flags.string("port") === "") {
    throw usageError(call.path, "--port must be set when exposing a service");
  }
  if (call.flags.bool("tty") && !call.flags.bool("stdin")) {
    throw usageError(call.path, "-i/--stdin is required for containers with -t/--tty=true");
  }
  const stdin = call.flags.bool("stdin");
  const built = runPod({
    name,
    image,
    labels: call.flags.string("labels"),
    annotations: call.flags.list("annotations"),
    env: call.flags.list("env"),
    port: call.flags.string("port"),
    restart,
    pullPolicy,
    words: call.args.slice(1),
    asCommand: call.flags.bool("command"),
    stdin,
    tty: call.flags.bool("tty"),
    stdinOnce: stdin && !call.flags.bool("leave-stdin-open"),
    privileged: call.flags.bool("privileged"),
  });
  const object = builtObject(call, PODS, built);
  const overrides = call.flags.string("overrides");
  return overrides === "" ? object : mergeOverrides(object, overrides, call.flags.string("override-type"));
}

function buildService(call: Invocation): KubeObject {
  const [name = ""] = call.args;
  const labels = call.flags.string("labels");
  const port = Number(call.flags.string("port"));
  return builtObject(call, SERVICES, {
    metadata: { name, ...(labels !== "" && { labels: parseLabels(labels) }) },
    spec: {
      ports: [{ protocol: "TCP", port, targetPort: port }],
      selector: labels === "" ? { run: name } : parseLabels(labels),
    },
    status: { loadBalancer: {} },
  });
}
