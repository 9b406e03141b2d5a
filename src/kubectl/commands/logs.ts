/** `kubectl logs`. Upstream: kubectl pkg/cmd/logs/logs.go, polymorphichelpers/logsforobject.go. */
import type { Pod } from "../../engine/api/generated/types.ts";
import { type Call, poll, read } from "../../engine/base/syscalls.ts";
import { defineCommand, SELECTOR_FLAG } from "../command.ts";
import { resourcePath } from "../discovery.ts";
import { ApiError, CommandError, hasReason, usageError } from "../errors.ts";
import { PODS } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { containerNames, defaultContainer, listPods, pickPod } from "../pick-pod.ts";

const SELECTOR_TAIL = 10;

interface Source {
  pod: string;
  namespace: string;
  container: string;
}

const USAGE_PROBLEM =
  "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

export const logs = defineCommand({
  name: "logs",
  aliases: ["log"],
  group: "Troubleshooting and Debugging Commands",
  short: "Print the logs for a container in a pod",
  usage: "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]",
  examples: ["kubectl logs web", "kubectl logs -f deploy/web", "kubectl logs -l app=web --prefix --tail=20"],
  flags: [
    SELECTOR_FLAG,
    { name: "follow", short: "f", type: "bool", usage: "Go on as lines are written." },
    { name: "previous", short: "p", type: "bool", usage: "Logs of the container's run before this one." },
    { name: "container", short: "c", type: "string", usage: "Container of the pod." },
    { name: "all-containers", type: "bool", usage: "All containers of the pods." },
    { name: "all-pods", type: "bool", usage: "All pods of the workload, with prefixes." },
    { name: "tail", type: "int", default: -1, usage: "Lines from the end; -1 shows all, 10 with a selector." },
    { name: "since", type: "duration", default: "0s", usage: "Only what is newer than this (5s, 2m, 3h)." },
    { name: "since-time", type: "string", usage: "Only what is newer than this RFC 3339 time." },
    { name: "timestamps", type: "bool", usage: "Each line with its time." },
    { name: "limit-bytes", type: "int", usage: "At most this many bytes." },
    { name: "prefix", type: "bool", usage: "Each line with its pod and container." },
    { name: "ignore-errors", type: "bool", usage: "Go on when one stream fails." },
    { name: "max-log-requests", type: "int", default: 5, usage: "Most streams to follow at once." },
    { name: "pod-running-timeout", type: "duration", default: "20s", usage: "How long to wait for a pod." },
    { name: "insecure-skip-tls-verify-backend", type: "bool", unsupported: true },
  ],
  completes: "pods",
  *run(call) {
    checkArgs(call);
    const sources = yield* chooseSources(call);
    const follow = call.flags.bool("follow");
    const most = call.flags.int("max-log-requests");
    if (follow && sources.length > most) {
      throw new CommandError(
        `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${most}, use --max-log-requests to increase the limit`,
      );
    }
    const prefixed = call.flags.bool("prefix") || call.flags.bool("all-pods");
    const prefixOf = (source: Source): string => (prefixed ? `[pod/${source.pod}/${source.container}] ` : "");
    if (follow && sources.length > 1) yield* followAll(call, sources, prefixOf);
    else for (const source of sources) yield* copy(call, source, prefixOf(source));
  },
});

function checkArgs(call: Invocation): void {
  const { flags, args } = call;
  const selector = flags.string("selector");
  if (args.length === 0 && selector === "") {
    throw usageError(call.path, USAGE_PROBLEM);
  }
  if (args.length > 0 && selector !== "") throw usageError(call.path, "only a selector (-l) or a POD name is allowed");
  if (args.length > 2) {
    throw usageError(call.path, USAGE_PROBLEM);
  }
  if (flags.changed("since") && flags.changed("since-time")) {
    throw new CommandError("at most one of `sinceTime` or `sinceSeconds` may be specified");
  }
  if (flags.bool("all-containers") && (flags.string("container") !== "" || args.length === 2)) {
    throw new CommandError(
      "--all-containers=true should not be specified with container name " +
        (flags.string("container") || (args[1] ?? "")),
    );
  }
  if (flags.int("tail") < -1) throw new CommandError("--tail must be greater than or equal to -1");
}

function* chooseSources(call: Invocation): Call<Source[]> {
  const selector = call.flags.string("selector");
  if (selector !== "") {
    const pods = yield* listPods(call, { namespace: call.namespace, labelSelector: selector });
    if (pods.length === 0) yield* call.err(`No resources found in ${call.namespace} namespace.\n`);
    const sources: Source[] = [];
    for (const pod of pods) sources.push(...(yield* sourcesOf(call, pod)));
    return sources;
  }
  const [argument = ""] = call.args;
  const { pod, found } = yield* namedPod(call, argument);
  if (found > 1) yield* call.err(`Found ${found} pods, using pod/${pod.metadata.name}\n`);
  return yield* sourcesOf(call, pod);
}

function* namedPod(call: Invocation, argument: string): Call<{ pod: Pod; found: number }> {
  try {
    return yield* pickPod(call, argument);
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
    throw new CommandError(
      `error from server (NotFound): ${error.message} in namespace ${JSON.stringify(call.namespace)}`,
    );
  }
}

function* sourcesOf(call: Invocation, pod: Pod): Call<Source[]> {
  const at = { pod: pod.metadata.name, namespace: String(pod.metadata.namespace) };
  if (call.flags.bool("all-containers")) return containerNames(pod).map((container) => ({ ...at, container }));
  const named = call.flags.string("container") || (call.args[1] ?? "");
  if (named === "") {
    const { name, note } = defaultContainer(pod);
    if (note !== "") yield* call.err(note);
    return [{ ...at, container: name }];
  }
  if (!containerNames(pod).includes(named)) {
    throw new CommandError(`container ${named} is not valid for pod ${at.pod}`);
  }
  return [{ ...at, container: named }];
}

function* openLog(call: Invocation, source: Source): Call<number> {
  const { flags } = call;
  const tail = flags.changed("tail") ? flags.int("tail") : flags.string("selector") === "" ? -1 : SELECTOR_TAIL;
  const since = flags.duration("since");
  return yield* call.rest.stream({
    path: resourcePath(PODS, { namespace: source.namespace, name: source.pod, subresource: "log" }),
    accept: "*/*",
    query: {
      container: source.container,
      follow: flags.bool("follow") ? "true" : undefined,
      previous: flags.bool("previous") ? "true" : undefined,
      timestamps: flags.bool("timestamps") ? "true" : undefined,
      sinceSeconds: since > 0 ? String(Math.ceil(since / 1000)) : undefined,
      sinceTime: flags.string("since-time"),
      tailLines: tail >= 0 ? String(tail) : undefined,
      limitBytes: flags.int("limit-bytes") > 0 ? String(flags.int("limit-bytes")) : undefined,
    },
  });
}

function* copy(call: Invocation, source: Source, prefix: string): Call<void> {
  let fd: number;
  try {
    fd = yield* openLog(call, source);
  } catch (error) {
    if (!call.flags.bool("ignore-errors") || !(error instanceof ApiError)) throw error;
    yield* call.err(`error: ${error.message}\n`);
    return;
  }
  const lines = new Prefixer(prefix);
  for (let piece = yield* read(fd); piece !== null; piece = yield* read(fd)) yield* call.out(lines.take(piece));
  yield* call.out(lines.rest());
}

function* followAll(call: Invocation, sources: readonly Source[], prefixOf: (source: Source) => string): Call<void> {
  const open = new Map<number, Prefixer>();
  for (const source of sources) open.set(yield* openLog(call, source), new Prefixer(prefixOf(source), true));
  while (open.size > 0) {
    for (const fd of yield* poll([...open.keys()])) {
      const lines = open.get(fd);
      const piece = yield* read(fd);
      if (lines === undefined) continue;
      yield* call.out(piece === null ? lines.rest() : lines.take(piece));
      if (piece === null) open.delete(fd);
    }
  }
}

/** Puts a prefix before each line of a stream that comes in pieces; whole lines only where streams are mixed. */
class Prefixer {
  private readonly prefix: string;
  private readonly whole: boolean;
  private held = "";

  constructor(prefix: string, whole = false) {
    this.prefix = prefix;
    this.whole = whole || prefix !== "";
  }

  take(piece: string): string {
    if (!this.whole) return piece;
    const lines = (this.held + piece).split("\n");
    this.held = lines.pop() ?? "";
    return lines.map((line) => `${this.prefix}${line}\n`).join("");
  }

  rest(): string {
    const { held } = this;
    this.held = "";
    return held === "" ? "" : `${this.prefix}${held}`;
  }
}
