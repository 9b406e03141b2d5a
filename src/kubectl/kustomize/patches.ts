/** patches, patchesStrategicMerge, patchesJson6902. Upstream: kustomize api/internal/builtins/PatchTransformer.go. */
import { parse, parseAllDocuments } from "yaml";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { applyJsonPatch, parseJsonPatch } from "../../engine/api/patch/json-patch.ts";
import { PatchError } from "../../engine/api/patch/patch-schema.ts";
import { isObject, type JsonObject } from "../../engine/base/json.ts";
import { CommandError } from "../errors.ts";
import { asJson, asObject } from "../as-object.ts";
import { YAML_OPTIONS } from "./parse-objects.ts";
import type { PatchEntry } from "./kustomization.ts";
import { mergePatch } from "./merge.ts";
import { groupOf, idText, namespaceOf, idsOf, type Res, selects } from "./res-map.ts";

type Operation = JsonObject;

/** `all` changes in place: a patch may delete objects. */
export function applyPatch(all: Res[], text: string, entry: PatchEntry): void {
  const operations = jsonOperations(text);
  if (operations !== undefined) {
    if (entry.target === undefined)
      throw new CommandError(`must specify a target for JSON patch ${patchSource(entry)}`);
    const target = entry.target;
    for (const res of all.filter((candidate) => selects(target, candidate)))
      res.object = operated(res.object, operations);
    return;
  }
  for (const patch of strategicPatches(text)) {
    const target = entry.target;
    const found = target === undefined ? [resFor(all, patch)] : all.filter((candidate) => selects(target, candidate));
    for (const res of found) applyStrategic(all, res, patch);
  }
}

/** `[path: "a.yaml"]` */
function patchSource({ path, patch }: PatchEntry): string {
  return path === undefined ? `[patch: ${JSON.stringify(patch ?? "")}]` : `[path: ${JSON.stringify(path)}]`;
}

function jsonOperations(text: string): Operation[] | undefined {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    return undefined;
  }
  return Array.isArray(value) && value.every((item) => isObject(item) && typeof item["op"] === "string")
    ? (value as Operation[])
    : undefined;
}

function strategicPatches(text: string): KubeObject[] {
  const documents = parseAllDocuments(text, YAML_OPTIONS);
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) {
      throw new CommandError(`unable to parse SM or JSON patch from [${text}]`);
    }
    const value = document.toJS() as unknown;
    if (value === null || value === undefined) return [];
    if (!isObject(value) || value["kind"] === undefined) {
      throw new CommandError(
        `trouble configuring builtin PatchTransformer with config: \`\npatch: ${text.trimEnd()}\n\`: unable to parse SM or JSON patch from [patch: ${JSON.stringify(text)}]`,
      );
    }
    return [asObject(value)];
  });
}

function resFor(all: readonly Res[], patch: KubeObject): Res {
  const name = patch.metadata?.name ?? "";
  const namespace = patch.metadata?.namespace ?? "";
  const found = all.filter(
    (res) =>
      res.object.kind === patch.kind &&
      groupOf(res.object) === groupOf(patch) &&
      idsOf(res).some(
        (id) => id.name === name && (namespace === "" || id.namespace === namespace || id.namespace === ""),
      ),
  );
  const [first] = found.length > 1 ? found.filter((res) => namespaceOf(res.object) === namespace) : found;
  if (first === undefined) {
    throw new CommandError(
      `no resource matches strategic merge patch ${JSON.stringify(idText(patch))}: no matches for Id ${idText(patch)}; failed to find unique target for patch ${idText(patch)}`,
    );
  }
  return first;
}

function applyStrategic(all: Res[], res: Res, patch: KubeObject): void {
  const { metadata } = patch;
  const merged = mergePatch(res.object.kind, res.object, {
    ...patch,
    apiVersion: res.object.apiVersion,
    kind: res.object.kind,
    ...(metadata !== undefined && {
      metadata: {
        ...metadata,
        name: res.object.metadata.name,
        ...(res.object.metadata.namespace !== undefined && { namespace: res.object.metadata.namespace }),
      },
    }),
  });
  if (merged === undefined) all.splice(all.indexOf(res), 1);
  else res.object = asObject(merged);
}

function operated(object: KubeObject, operations: readonly Operation[]): KubeObject {
  try {
    return asObject(applyJsonPatch(asJson(object), parseJsonPatch(operations)) as JsonObject);
  } catch (error) {
    if (error instanceof PatchError) throw new CommandError(error.message);
    throw error;
  }
}
