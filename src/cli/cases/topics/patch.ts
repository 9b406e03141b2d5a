/** Strategic merge patches and JSON merge patches, made and applied. */
import type { Json, JsonObject } from "../../../engine/base/json.ts";
import { applyMergePatch, createThreeWayMergePatch, filterNulls } from "../../../engine/api/patch/merge-patch.ts";
import { PatchError, type PatchField, type PatchType } from "../../../engine/api/patch/patch-schema.ts";
import { applyStrategicPatch } from "../../../engine/api/patch/strategic-apply.ts";
import { createThreeWayPatch, createTwoWayPatch } from "../../../engine/api/patch/strategic-create.ts";
import {
  defineTopic,
  expectEqual,
  thrownBy,
  unknownKind,
  type CaseFile,
  type DataCase,
  type Failure,
} from "../topic.ts";

/** What a schema of the file says of a field. */
interface SchemaField {
  list?: boolean;
  type?: string;
  patchStrategy?: string[];
  patchMergeKey?: string;
}

type Schemas = Readonly<Record<string, Readonly<Record<string, SchemaField>>>>;

interface PatchFile extends CaseFile<PatchCase> {
  schemas: Schemas;
}

/** Which fields a case has depends on its kind. */
interface PatchCase extends DataCase {
  schema: string;
  original: JsonObject | null;
  modified: JsonObject;
  current: JsonObject;
  lastApplied: JsonObject | null;
  conflict?: boolean;
  patch?: JsonObject;
  result?: JsonObject;
  diffErrorContains?: string;
  applyErrorContains?: string;
  originalJSON: string;
  modifiedJSON: string;
  patchJSON: string;
  resultJSON: string;
  object: JsonObject;
  withNull: JsonObject;
  withoutNull: JsonObject;
}

export const patch = defineTopic<PatchCase, PatchFile>({
  topic: "patch",
  doesNotApply: {
    "TestNumberConversion#4": "numbers are doubles here: the largest int64 is not one of them",
  },
  run,
});

function run(item: PatchCase, { schemas }: PatchFile): Failure {
  switch (item.kind) {
    case "twoWay":
      return twoWay(item, typeNamed(item.schema, schemas));
    case "threeWay":
      return threeWay(item, typeNamed(item.schema, schemas));
    case "apply": {
      const type = typeNamed(item.schema, schemas);
      const apply = (): JsonObject => applyStrategicPatch(item.original ?? {}, item.patch ?? {}, type);
      if (item.applyErrorContains !== undefined) return failsWith(item.applyErrorContains, apply);
      return expectEqual(item.result, apply());
    }
    case "twoWayText": {
      const type = typeNamed(item.schema, schemas);
      const read = (text: string): JsonObject => JSON.parse(text) as JsonObject;
      const made = createTwoWayPatch(read(item.originalJSON), read(item.modifiedJSON), type);
      return (
        expectEqual(item.patchJSON, JSON.stringify(made)) ??
        expectEqual(item.resultJSON, JSON.stringify(applyStrategicPatch(read(item.originalJSON), made, type)))
      );
    }
    case "jsonThreeWay": {
      const { lastApplied, modified, current } = item;
      const made = createThreeWayMergePatch({ original: lastApplied ?? {}, modified, current });
      return expectEqual(item.patch, made) ?? expectEqual(item.result, applyMergePatch(current as Json, made as Json));
    }
    case "jsonFilterNull":
      return (
        expectEqual(item.withNull, filterNulls(item.object, "keep")) ??
        expectEqual(item.withoutNull, filterNulls(item.object, "drop"))
      );
    default:
      return unknownKind(item.kind);
  }
}

function failsWith(text: string, action: () => unknown): Failure {
  const thrown = thrownBy(action) ?? "no error";
  return thrown.includes(text) ? undefined : { expected: text, got: thrown };
}

function twoWay({ original, modified, patch: wanted, result, diffErrorContains }: PatchCase, type: PatchType): Failure {
  const base = original ?? {};
  if (diffErrorContains !== undefined)
    return failsWith(diffErrorContains, () => createTwoWayPatch(base, modified, type));
  const made = createTwoWayPatch(base, modified, type);
  return expectEqual(wanted, made) ?? expectEqual(result, applyStrategicPatch(base, made, type));
}

function threeWay(item: PatchCase, type: PatchType): Failure {
  const { modified, current } = item;
  const versions = { original: item.lastApplied ?? {}, modified, current: current ?? {} };
  if (item.diffErrorContains !== undefined) {
    return failsWith(item.diffErrorContains, () => createThreeWayPatch(versions, type));
  }
  if (
    item.conflict === true &&
    thrownBy(() => createThreeWayPatch(versions, type, { overwrite: false })) === undefined
  ) {
    return { expected: "a conflict", got: "none" };
  }
  if (item.patch === undefined) return undefined;
  const made = createThreeWayPatch(versions, type, { overwrite: item.conflict === true });
  return expectEqual(item.patch, made) ?? expectEqual(item.result, applyStrategicPatch(versions.current, made, type));
}

function typeNamed(name: string, schemas: Schemas): PatchType {
  return {
    field(key): PatchField {
      const found = schemas[name]?.[key];
      if (found === undefined)
        throw new PatchError(`unable to find api field in struct ${name} for the json field "${key}"`);
      const strategies = found.patchStrategy ?? [];
      return {
        type: found.type === undefined ? UNTYPED : typeNamed(found.type, schemas),
        merges: strategies.includes("merge"),
        replaces: strategies.includes("replace"),
        retainsKeys: strategies.includes("retainKeys"),
        mergeKey: found.patchMergeKey ?? "",
      };
    },
  };
}

const UNTYPED: PatchType = {
  field: () => ({ type: UNTYPED, merges: false, replaces: false, retainsKeys: false, mergeKey: "" }),
};
