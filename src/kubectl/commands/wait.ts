/** `kubectl wait`. Upstream: kubectl pkg/cmd/wait. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import {
  ALL_NAMESPACES_FLAG,
  defineCommand,
  FIELD_SELECTOR_FLAG,
  FILE_FLAGS,
  PRINT_FLAGS,
  SELECTOR_FLAG,
} from "../command.ts";
import { objectName } from "../change-objects.ts";
import { resourcePath } from "../discovery.ts";
import { CommandError, ErrorList, hasReason, throwGathered } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { findJsonPath, parseJsonPath } from "../printers/jsonpath.ts";
import { parseRelaxedPath } from "../printers/jsonpath-relaxed.ts";
import { printerFor } from "../printers/object-printer.ts";
import { fetchInfos, type Info, infosOfFiles, selectByArgs, usesFiles } from "../resource-builder.ts";
import { waitUntilGone } from "../wait-gone.ts";
import { watchObject } from "../watch-object.ts";

const WEEK_MS = 7 * 24 * 3_600_000;

type Condition = { kind: "delete" } | { kind: "create" } | { kind: "met"; test(object: KubeObject): boolean };

export const wait = defineCommand({
  name: "wait",
  group: "Advanced Commands",
  short: "Experimental: Wait for a specific condition on one or many resources",
  usage:
    "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  examples: ["kubectl wait --for=condition=Ready pod/web", "kubectl wait --for=delete pod/web --timeout=60s"],
  flags: [
    ...FILE_FLAGS,
    ...PRINT_FLAGS,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    ALL_NAMESPACES_FLAG,
    { name: "all", type: "bool", usage: "All objects of the types." },
    { name: "for", type: "string", usage: "create, delete, condition=NAME[=VALUE] or jsonpath='{PATH}'[=VALUE]." },
    {
      name: "timeout",
      type: "duration",
      default: "30s",
      usage: "How long to wait; 0 looks once, negative waits a week.",
    },
    { name: "local", type: "bool", unsupported: true },
  ],
  completes: "resources",
  *run(call) {
    const condition = parseCondition(call.flags.string("for"));
    const timeout = call.flags.duration("timeout");
    const deadline = call.ctx.now() + (timeout < 0 ? WEEK_MS : timeout);
    const infos = yield* targets(call, condition);
    if (infos.length === 0) {
      if (condition.kind === "delete") return;
      throw new CommandError("no matching resources found");
    }
    const errors: Error[] = [];
    const printer = printerFor(call, {
      operation: condition.kind === "delete" ? "deleted" : "condition met",
    });
    for (const info of infos) {
      try {
        const object = yield* waitForOne(call, info, { condition, deadline, once: timeout === 0 });
        yield* call.out(printer(object));
      } catch (error) {
        if (!(error instanceof Error) || (error instanceof CommandError && error.verbatim)) throw error;
        errors.push(error);
      }
    }
    throwGathered(errors);
  },
});

function parseCondition(text: string): Condition {
  const lower = text.toLowerCase();
  if (lower === "delete" || lower === "create") return { kind: lower };
  if (text.startsWith("condition=")) {
    const [name = "", value = "true"] = text.slice("condition=".length).split("=");
    return { kind: "met", test: (object) => conditionIs(object, name, value) };
  }
  if (text.startsWith("jsonpath=")) {
    const { path, wanted } = parseJsonPathCondition(text.slice("jsonpath=".length));
    return {
      kind: "met",
      test(object) {
        const found = findJsonPath(path, object, { allowMissing: true });
        if (wanted === undefined) return found.length > 0;
        if (found.length === 0) return false;
        if (found.length > 1) {
          throw new CommandError("given jsonpath expression matches more than one value");
        }
        if (typeof found[0] === "object") {
          throw new CommandError("jsonpath leads to a nested object or list which is not supported");
        }
        return String(found[0]) === wanted;
      },
    };
  }
  throw new CommandError(`unrecognized condition: ${JSON.stringify(text)}`);
}

/** `{.status.phase}=Running`: the equal sign that separates is the one behind the braces. */
function parseJsonPathCondition(text: string): { path: ReturnType<typeof parseJsonPath>; wanted: string | undefined } {
  const bare = text.replaceAll("'", "").replaceAll('"', "");
  const match = /^(\{.*?\}|[^=]*)(.*)$/s.exec(bare);
  const [, path = "", rest = ""] = match ?? [];
  const parts = rest.split("=");
  if ((parts[0] ?? "") !== "" || parts.length > 2) {
    throw new CommandError(
      "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
    );
  }
  if (parts[1] === "") {
    throw new CommandError(
      "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
    );
  }
  return { path: parseJsonPath(parseRelaxedPath(path)), wanted: parts[1] };
}

/** A condition that was seen before the object's present generation does not count. */
function conditionIs(object: KubeObject, name: string, value: string): boolean {
  const { status } = object as {
    status?: {
      observedGeneration?: number;
      conditions?: { type: string; status: string; observedGeneration?: number }[];
    };
  };
  const found = status?.conditions?.find((entry) => entry.type.toLowerCase() === name.toLowerCase());
  if (found === undefined) return false;
  const observed = found.observedGeneration ?? status?.observedGeneration;
  if (observed !== undefined && observed < (object.metadata.generation ?? 0)) return false;
  return found.status.toLowerCase() === value.toLowerCase();
}

function* targets(call: Invocation, condition: Condition): Call<Info[]> {
  if (usesFiles(call)) {
    const { infos, errors } = yield* infosOfFiles(call);
    throwGathered(errors);
    return infos;
  }
  const options = {
    selector: call.flags.string("selector"),
    fieldSelector: call.flags.string("field-selector"),
    all: call.flags.bool("all"),
    allNamespaces: call.flags.bool("all-namespaces"),
  };
  const selection = yield* selectByArgs(call, options);
  if (selection.how === "list") return (yield* fetchInfos(call, options)).infos;
  if (condition.kind === "create") return selection.infos;
  const { infos, errors } = yield* fetchInfos(call, options);
  const failures = condition.kind === "delete" ? errors.filter((error) => !hasReason(error, "NotFound")) : errors;
  if (failures.length > 0) throw failures.length === 1 ? failures[0] : new ErrorList(failures);
  return infos;
}

function* waitForOne(
  call: Invocation,
  info: Info,
  { condition, deadline, once }: { condition: Condition; deadline: number; once: boolean },
): Call<KubeObject> {
  // What should come up is looked for again and again, by a piece that knows no name.
  const why = once ? "condition not met for" : "timed out waiting for the condition on";
  const late = (): CommandError =>
    new CommandError(
      condition.kind === "create" ? "timed out waiting for the condition" : `${why} ${objectName(info)}`,
    );
  const left = (): number => deadline - call.ctx.now();
  if (condition.kind === "delete") {
    if (once) throw late();
    yield* waitUntilGone(call, info, { uid: info.object?.metadata.uid ?? "", timeoutMs: Math.max(1, left()) });
    return info.object as KubeObject;
  }
  const test = condition.kind === "create" ? (): boolean => true : condition.test;
  let live: KubeObject | undefined;
  try {
    live = yield* call.rest.json<KubeObject>({ path: resourcePath(info.resource, info) });
  } catch (error) {
    if (condition.kind !== "create" || !hasReason(error, "NotFound")) throw error;
  }
  if (live !== undefined && test(live)) return live;
  while (left() > 0) {
    const watch = yield* watchObject(call, info, {
      resourceVersion: live?.metadata.resourceVersion ?? "",
      timeoutMs: left(),
    });
    for (let event = yield* watch.next(); event !== null; event = yield* watch.next()) {
      if (event.type === "DELETED") continue;
      live = event.object;
      if (test(live)) {
        yield* watch.close();
        return live;
      }
    }
  }
  throw late();
}
