/**
 * `kubectl diff`: what apply would change, as `diff -u -N` shows it. Upstream: kubectl pkg/cmd/diff/diff.go.
 * Simplified: the comparison is made here, not by a program: KUBECTL_EXTERNAL_DIFF and --prune fail.
 */
import { structuredPatch } from "diff";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { isObject } from "../../engine/base/json.ts";
import { formatTime } from "../../engine/base/time.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { APPLY_PATCH, serverSideQuery, SERVER_SIDE_FLAGS, checkServerSide } from "../server-side.ts";
import { defineCommand, fieldManagerFlag, FILE_FLAGS, SELECTOR_FLAG } from "../command.ts";
import { LAST_APPLIED, withoutLastApplied } from "../create-object.ts";
import { apiVersionOf, resourcePath } from "../discovery.ts";
import { ApiError, CommandError, ErrorList, hasReason, SilentExit, throwGathered } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { labelsMatch } from "../label-match.ts";
import { withoutManagedFields } from "../printers/object-printer.ts";
import { toYaml } from "../printers/yaml.ts";
import { type Info, infosOfFiles, usesFiles } from "../resource-builder.ts";
import { threeWayPatch } from "../three-way.ts";

const MAX_RETRIES = 3;
/** Exit code 1 says that there are differences; failures have a higher one. */
const FAILED = 2;

export const diff = defineCommand({
  name: "diff",
  group: "Advanced Commands",
  short: "Diff the live version against a would-be applied version",
  usage: "-f FILENAME",
  examples: ["kubectl diff -f web.yaml", "cat web.yaml | kubectl diff -f -"],
  flags: [
    ...FILE_FLAGS,
    SELECTOR_FLAG,
    ...SERVER_SIDE_FLAGS,
    fieldManagerFlag("kubectl-client-side-apply"),
    { name: "show-managed-fields", type: "bool", usage: "Keep managedFields in the comparison." },
    { name: "concurrency", type: "int", default: 1, usage: "Objects to compare at once; here they are taken in turn." },
    { name: "prune", type: "bool", unsupported: true },
    { name: "prune-allowlist", type: "array", unsupported: true },
  ],
  completes: "files",
  *run(call) {
    try {
      return yield* run(call);
    } catch (error) {
      if (error instanceof CommandError && error.exitCode === 1) {
        throw new CommandError(error.message, { exitCode: FAILED, verbatim: error.verbatim });
      }
      if (!(error instanceof ApiError || error instanceof ErrorList)) throw error;
      yield* call.fail(error);
      throw new SilentExit(FAILED);
    }
  },
});

function* run(call: Invocation): Call<number> {
  const { flags } = call;
  if (call.args.length > 0) {
    throw new CommandError(`Unexpected args: [${call.args.join(" ")}]\nSee '${call.path} -h' for help and examples`);
  }
  if (!usesFiles(call)) throw new CommandError("must specify one of -f and -k");
  checkServerSide(call);
  if ((call.ctx.env["KUBECTL_EXTERNAL_DIFF"] ?? "") !== "") {
    throw new CommandError("KUBECTL_EXTERNAL_DIFF is not supported by this kubectl");
  }
  const { infos, errors } = yield* infosOfFiles(call);
  const [from, to] = ["LIVE", "MERGED"].map((side) => `/tmp/${side}-${call.ctx.random(2 ** 31)}`);
  const shown: { name: string; text: string }[] = [];
  for (const info of infos) {
    if (!labelsMatch(flags.string("selector"), info.object?.metadata.labels)) continue;
    const { live, merged } = yield* versions(call, info);
    const name = fileName(info);
    const text = comparison(call, { live: shownYaml(call, live), merged: shownYaml(call, merged) }, [
      `${from}/${name}`,
      `${to}/${name}`,
    ]);
    if (text !== "") shown.push({ name, text });
  }
  shown.sort((a, b) => (a.name < b.name ? -1 : 1));
  yield* call.out(shown.map((entry) => entry.text).join(""));
  throwGathered(errors);
  return shown.length > 0 ? 1 : 0;
}

/** `apps.v1.Deployment.default.web` */
function fileName({ resource, namespace, name }: Info): string {
  const group = resource.group === "" ? "" : `${resource.group}.`;
  return `${group}${resource.version}.${resource.kind}.${namespace}.${name}`;
}

interface Versions {
  live: KubeObject | undefined;
  merged: KubeObject;
}

/** The object as it is, and as the server says it would be. Secret values are hidden in both. */
function* versions(call: Invocation, info: Info): Call<Versions> {
  for (let attempt = 0; ; attempt++) {
    const live = yield* liveObject(call, info);
    try {
      return masked(live, yield* mergedObject(call, info, live));
    } catch (error) {
      if (!hasReason(error, "Conflict") || attempt >= MAX_RETRIES || call.flags.bool("server-side")) throw error;
    }
  }
}

function* liveObject(call: Invocation, info: Info): Call<KubeObject | undefined> {
  try {
    return yield* call.rest.json<KubeObject>({ path: resourcePath(info.resource, info) });
  } catch (error) {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  }
}

function* mergedObject(call: Invocation, info: Info, live: KubeObject | undefined): Call<KubeObject> {
  const local = info.object as KubeObject;
  if (call.flags.bool("server-side")) {
    return yield* call.rest.json<KubeObject>({
      method: "PATCH",
      path: resourcePath(info.resource, info),
      query: { ...serverSideQuery(call), dryRun: "All" },
      body: local,
      contentType: APPLY_PATCH,
    });
  }
  const query = { dryRun: "All", fieldManager: call.flags.string("field-manager") };
  if (live === undefined) {
    return yield* call.rest.json<KubeObject>({
      method: "POST",
      path: resourcePath(info.resource, { namespace: info.namespace }),
      query,
      body: local,
    });
  }
  // The annotation stays as it was: only an apply would bring it up to date.
  const last = live.metadata.annotations?.[LAST_APPLIED];
  const wanted = withoutLastApplied(local);
  const modified =
    last === undefined
      ? wanted
      : {
          ...wanted,
          metadata: { ...wanted.metadata, annotations: { ...wanted.metadata.annotations, [LAST_APPLIED]: last } },
        };
  const { patch, contentType } = threeWayPatch(info.resource, { modified, live, overwrite: true });
  if (Object.keys(patch).length === 0) return live;
  const at = { method: "PATCH", path: resourcePath(info.resource, info) } as const;
  return yield* call.rest.json<KubeObject>({ ...at, query, body: patch, contentType });
}

/** `***` for what stays, `*** (before)` and `*** (after)` for what changes. Upstream: diff.go (Masker). */
function masked(live: KubeObject | undefined, merged: KubeObject): Versions {
  if (merged.kind !== "Secret" || apiVersionOf({ group: "", version: "v1" }) !== merged.apiVersion)
    return { live, merged };
  const before = dataOf(live);
  const after = dataOf(merged);
  const hide = (
    object: KubeObject,
    own: Record<string, unknown>,
    other: Record<string, unknown>,
    word: string,
  ): KubeObject => {
    if (Object.keys(own).length === 0) return object;
    const data = Object.fromEntries(
      Object.entries(own).map(([key, value]) => [
        key,
        other[key] === undefined || other[key] === value ? "***" : `*** (${word})`,
      ]),
    );
    return { ...object, data } as KubeObject;
  };
  return {
    live: live === undefined ? undefined : hide(live, before, after, "before"),
    merged: hide(merged, after, before, "after"),
  };
}

function dataOf(object: KubeObject | undefined): Record<string, unknown> {
  const { data } = (object ?? {}) as { data?: unknown };
  return isObject(data) ? data : {};
}

function shownYaml(call: Invocation, object: KubeObject | undefined): string {
  if (object === undefined) return "";
  return toYaml(call.flags.bool("show-managed-fields") ? object : withoutManagedFields(object));
}

/** Empty when the texts are the same. */
function comparison(call: Invocation, texts: { live: string; merged: string }, [from, to]: [string, string]): string {
  if (texts.live === texts.merged) return "";
  const stamp = `${formatTime(call.ctx.now()).replace("T", " ").replace("Z", "")}.000000000 +0000`;
  const range = (start: number, lines: number): string =>
    lines === 1 ? `${start}` : `${lines === 0 ? start - 1 : start},${lines}`;
  const { hunks } = structuredPatch(from, to, texts.live, texts.merged, "", "", { context: 3 });
  const shown = hunks.map(
    (hunk) =>
      `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@\n${hunk.lines.join("\n")}\n`,
  );
  return `diff -u -N ${from} ${to}\n--- ${from}\t${stamp}\n+++ ${to}\t${stamp}\n${shown.join("")}`;
}
