/** `kubectl exec` and `kubectl attach`. Upstream: kubectl pkg/cmd/exec/exec.go, pkg/cmd/attach/attach.go. */
import type { Pod } from "../../engine/api/generated/types.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { resourcePath } from "../discovery.ts";
import { CommandError, usageError } from "../errors.ts";
import type { Flag } from "../flags.ts";
import { PODS } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { allContainers, containerNames, defaultContainer, pickPod } from "../pick-pod.ts";
import { remoteCommand } from "../remote-command.ts";

const STREAM_FLAGS: readonly Flag[] = [
  { name: "container", short: "c", type: "string", usage: "Container of the pod." },
  { name: "stdin", short: "i", type: "bool", usage: "Pass stdin to the container." },
  { name: "tty", short: "t", type: "bool", usage: "Stdin is a terminal." },
  { name: "quiet", short: "q", type: "bool", usage: "Print only what the remote process prints." },
  { name: "pod-running-timeout", type: "duration", default: "1m0s", usage: "How long to wait for a pod." },
];

export const NOT_A_TERMINAL = "Unable to use a TTY - input is not a terminal or the right kind of file\n";

/** Whether the remote side gets a terminal; says so when it can't. */
export function* wantsTty(call: Invocation): Call<boolean> {
  if (!call.flags.bool("tty")) return false;
  if (call.ctx.tty(0) !== undefined) return true;
  yield* call.err(NOT_A_TERMINAL);
  return false;
}

/** The container that was named, as the server will judge it, or the pod's first. */
function* chooseContainer(call: Invocation, pod: Pod): Call<string> {
  const named = call.flags.string("container");
  if (named !== "") return named;
  const { name, note } = defaultContainer(pod);
  if (note !== "" && !call.flags.bool("quiet")) yield* call.err(note);
  return name;
}

/** attach looks for itself. */
function refuseUnknown(call: Invocation, pod: Pod): void {
  const named = call.flags.string("container");
  if (named !== "" && !containerNames(pod).includes(named)) throw new CommandError(`container not found (${named})`);
}

function refuseCompleted(pod: Pod, verb: string): void {
  const phase = pod.status?.phase;
  if (phase === "Succeeded" || phase === "Failed") {
    throw new CommandError(`cannot ${verb} a container in a completed pod; current phase is ${phase}`);
  }
}

export const exec = defineCommand({
  name: "exec",
  group: "Troubleshooting and Debugging Commands",
  short: "Execute a command in a container",
  usage: "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
  examples: ["kubectl exec web -- date", "kubectl exec -it deploy/web -- sh"],
  flags: [...STREAM_FLAGS, { name: "filename", short: "f", type: "strings", unsupported: true }],
  completes: "pods",
  *run(call) {
    if (call.args.length === 0 || call.dash === 0) {
      throw new CommandError("pod, type/name or --filename must be specified");
    }
    if (call.dash < 0 && call.args.length > 1) {
      throw usageError(call.path, "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead");
    }
    const command = call.dash < 0 ? [] : call.args.slice(call.dash);
    if (call.dash > 1)
      throw usageError(call.path, "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead");
    if (command.length === 0) throw new CommandError("you must specify at least one command for the container");
    const { pod } = yield* pickPod(call, call.args[0] ?? "");
    refuseCompleted(pod, "exec into");
    const container = yield* chooseContainer(call, pod);
    return yield* remoteCommand(call, {
      path: resourcePath(PODS, {
        namespace: String(pod.metadata.namespace),
        name: pod.metadata.name,
        subresource: "exec",
      }),
      container,
      command,
      stdin: call.flags.bool("stdin"),
      tty: yield* wantsTty(call),
    });
  },
});

export const attach = defineCommand({
  name: "attach",
  group: "Troubleshooting and Debugging Commands",
  short: "Attach to a running container",
  usage: "(POD | TYPE/NAME) -c CONTAINER",
  flags: STREAM_FLAGS,
  completes: "pods",
  *run(call) {
    if (call.args.length === 0) throw new CommandError("at least 1 argument is required for attach");
    if (call.args.length > 1)
      throw new CommandError(
        `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${call.args.length}: [${call.args.join(" ")}]`,
      );
    const { pod } = yield* pickPod(call, call.args[0] ?? "");
    refuseCompleted(pod, "attach");
    refuseUnknown(call, pod);
    const container = yield* chooseContainer(call, pod);
    return yield* attachTo(call, pod, { container, tty: yield* wantsTty(call) });
  },
});

export function* attachTo(call: Invocation, pod: Pod, options: { container: string; tty: boolean }): Call<number> {
  const spec = allContainers(pod).find((entry) => entry.name === options.container);
  let { tty } = options;
  if (tty && spec?.tty !== true) {
    tty = false;
    if (!call.flags.bool("quiet")) {
      yield* call.err(`error: Unable to use a TTY - container ${options.container} did not allocate one\n`);
    }
  }
  if (tty && !call.flags.bool("quiet")) {
    yield* call.err(
      "All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\n",
    );
    yield* call.err("If you don't see a command prompt, try pressing enter.\n");
  }
  return yield* remoteCommand(call, {
    path: resourcePath(PODS, {
      namespace: String(pod.metadata.namespace),
      name: pod.metadata.name,
      subresource: "attach",
    }),
    container: options.container,
    command: [],
    stdin: call.flags.bool("stdin"),
    tty,
  });
}
