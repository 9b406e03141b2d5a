/** `kubectl patch`. Upstream: kubectl pkg/cmd/patch/patch.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { StatusError } from "../../engine/api/meta/status-error.ts";
import { applyJsonPatch, parseJsonPatch } from "../../engine/api/patch/json-patch.ts";
import { applyMergePatch } from "../../engine/api/patch/merge-patch.ts";
import { PatchError, patchTypeOf } from "../../engine/api/patch/patch-schema.ts";
import { applyStrategicPatch } from "../../engine/api/patch/strategic-apply.ts";
import { deepEqual, isObject, type Json, type JsonObject, stableStringify } from "../../engine/base/json.ts";
import { scanJson } from "../../engine/base/json-scan.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { readYaml } from "../../engine/base/yaml-text.ts";
import { defineCommand, DRY_RUN_FLAG, fieldManagerFlag, FILE_FLAGS, PRINT_FLAGS } from "../command.ts";
import { apiVersionOf } from "../discovery.ts";
import { ApiError, CommandError, throwGathered } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { readText } from "../manifests.ts";
import { recordOn, sendPatch } from "../patch-live.ts";
import { RECORD_FLAG } from "../record.ts";
import { operationLine, printerFor } from "../printers/object-printer.ts";
import { fetchInfos, getObject, type Info, localInfos, refuseLocalServerDryRun } from "../resource-builder.ts";
import { asJson, asObject } from "../as-object.ts";
import { structureOf } from "../three-way.ts";

const TYPES = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const;

export const patch = defineCommand({
  name: "patch",
  group: "Advanced Commands",
  short: "Update fields of a resource",
  usage: "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
  examples: [`kubectl patch node worker-1 -p '{"spec":{"unschedulable":true}}'`],
  flags: [
    ...FILE_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    fieldManagerFlag("kubectl-patch"),
    RECORD_FLAG,
    { name: "patch", short: "p", type: "string", usage: "The patch, JSON or YAML." },
    { name: "patch-file", type: "string", usage: "A file with the patch." },
    { name: "type", type: "string", default: "strategic", usage: "json, merge or strategic." },
    { name: "subresource", type: "string", usage: "status or scale." },
    { name: "local", type: "bool", usage: "Patch what the file says and print it: no server is asked." },
  ],
  completes: "resources",
  *run(call) {
    const given = call.flags.string("patch");
    const file = call.flags.string("patch-file");
    const type = call.flags.string("type").toLowerCase() || "strategic";
    if (given !== "" && file !== "") throw new CommandError("cannot specify --patch and --patch-file together");
    if (given === "" && file === "") {
      throw new CommandError("must specify --patch or --patch-file containing the contents of the patch");
    }
    if (!isKnown(type)) {
      throw new CommandError(
        `--type must be one of [json merge strategic], not ${JSON.stringify(call.flags.string("type"))}`,
      );
    }
    const contentType = TYPES[type];
    if (call.flags.bool("local") && call.args.length > 0) {
      throw new CommandError("cannot specify --local and server resources");
    }
    refuseLocalServerDryRun(call);
    const body = readPatch(file === "" ? given : patchFileText(call, file));
    const { infos, errors } = call.flags.bool("local") ? yield* localInfos(call) : yield* fetchInfos(call);
    for (const info of infos) {
      try {
        yield* patchOne(call, info, { body, contentType });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        errors.push(error);
      }
    }
    throwGathered(errors);
  },
});

function isKnown(type: string): type is keyof typeof TYPES {
  return Object.hasOwn(TYPES, type);
}

function* patchOne(call: Invocation, info: Info, patch: { body: string; contentType: string }): Call<void> {
  const alone = call.flags.bool("local") || call.dryRun === "client";
  const subresource = call.flags.string("subresource");
  const live = subresource === "" || alone ? (info.object as KubeObject) : yield* getObject(call, info, subresource);
  const object = alone
    ? locallyPatched(info, patch)
    : yield* sendPatch(call, info, { patch: patch.body, contentType: patch.contentType, subresource });
  if (!alone) yield* recordOn(call, info);
  const bare = (value: KubeObject): object => ({ ...value, metadata: { ...value.metadata, managedFields: undefined } });
  const operation = deepEqual(bare(object), bare(live)) ? "patched (no change)" : "patched";
  // A dry run is not told from a real one here, as upstream.
  const line = `${operationLine(call, object, "").trimEnd()} ${operation}\n`;
  const plain = call.flags.string("output") === "" && !call.flags.changed("template");
  yield* call.out(plain ? line : printerFor(call, { operation })(object));
}

function locallyPatched(info: Info, patch: { body: string; contentType: string }): KubeObject {
  const original = asJson(info.object as KubeObject);
  try {
    return readBack(APPLIED[patch.contentType]?.(original, patch.body, info) ?? original);
  } catch (error) {
    if (error instanceof StatusError || error instanceof PatchError) throw new CommandError(error.message);
    throw error;
  }
}

/** By content type. */
const APPLIED: Readonly<Record<string, (original: JsonObject, body: string, info: Info) => Json>> = {
  [TYPES.json]: (original, body) => {
    const { problem } = scanJson(body);
    if (problem !== undefined) throw new CommandError(problem);
    try {
      return applyJsonPatch(original, parseJsonPatch(JSON.parse(body)));
    } catch (error) {
      const key = /doc is missing key: (.*)$/s.exec((error as Error).message)?.[1];
      throw key === undefined ? error : new CommandError(`Object to be patched is missing field (${key})`);
    }
  },
  [TYPES.merge]: (original, body) => {
    const value = scanJson(body).problem === undefined ? (JSON.parse(body) as Json) : null;
    if (typeof value !== "object" || value === null) throw new CommandError("Invalid JSON Patch");
    return applyMergePatch(original, value);
  },
  [TYPES.strategic]: (original, body, { resource }) => {
    const structure = structureOf(resource);
    if (structure === undefined) {
      throw new CommandError(
        `strategic merge patch is not supported for ${apiVersionOf(resource)}, Kind=${resource.kind} locally, try --type merge`,
      );
    }
    const value = scanJson(body).problem === undefined ? ((JSON.parse(body) ?? {}) as Json) : undefined;
    if (!isObject(value)) throw new CommandError("invalid JSON document");
    return applyStrategicPatch(original, value as JsonObject, patchTypeOf(structure));
  },
};

/** What a patch left, which must still be an object of some kind. */
function readBack(value: Json): KubeObject {
  if (Array.isArray(value)) {
    throw new CommandError("json: cannot unmarshal array into Go value of type unstructured.detector");
  }
  if (!isObject(value) || typeof value["kind"] !== "string" || value["kind"] === "") {
    throw new CommandError(`Object 'Kind' is missing in '${stableStringify(value)}'`);
  }
  return asObject({ ...value, metadata: value["metadata"] ?? {} });
}

function patchFileText(call: Invocation, file: string): string {
  try {
    return readText(call, file);
  } catch (error) {
    if (error instanceof CommandError) throw new CommandError(`unable to read patch file: ${error.message}`);
    throw error;
  }
}

/** JSON goes to the server as it stands; anything else is read as YAML. */
function readPatch(text: string): string {
  if (text.trimStart().startsWith("{")) return text;
  const document = readYaml(text);
  if ("problem" in document) throw new CommandError(`unable to parse ${JSON.stringify(text)}: ${document.problem}`);
  return JSON.stringify(document.value);
}
