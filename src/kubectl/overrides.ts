/** `--overrides`: a patch of an object that a command built. Upstream: kubectl pkg/cmd/util/override_options.go. */
import type { KubeObject } from "../engine/api/meta/object.ts";
import { applyJsonPatch, parseJsonPatch } from "../engine/api/patch/json-patch.ts";
import { applyMergePatch } from "../engine/api/patch/merge-patch.ts";
import { PatchError, patchTypeOf } from "../engine/api/patch/patch-schema.ts";
import { applyStrategicPatch } from "../engine/api/patch/strategic-apply.ts";
import { byKind } from "../engine/api/registry.ts";
import { isObject, type Json, type JsonObject } from "../engine/base/json.ts";
import { scanJson } from "../engine/base/json-scan.ts";
import { asJson, asObject } from "./as-object.ts";
import { CommandError } from "./errors.ts";
import { typedForm } from "./typed-form.ts";

export function mergeOverrides(object: KubeObject, text: string, type: string): KubeObject {
  const override = OVERRIDES[type];
  if (override === undefined) throw new CommandError(`invalid override type: ${type}`);
  let changed;
  try {
    changed = override(object, text);
  } catch (error) {
    if (error instanceof PatchError) throw new CommandError(error.message);
    throw error;
  }
  if (!isObject(changed)) {
    const struct =
      'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
    throw new CommandError(
      `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${struct}`,
    );
  }
  const { apiVersion, kind } = changed;
  if (byKind(String(apiVersion), String(kind)) === undefined) {
    const scheme = "pkg/scheme/scheme.go:28";
    throw new CommandError(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme ${JSON.stringify(scheme)}`,
    );
  }
  return typedForm(asObject(changed));
}

const OVERRIDES: Readonly<Record<string, (object: KubeObject, text: string) => Json>> = {
  merge(object, text) {
    const patch = scanJson(text).problem === undefined ? (JSON.parse(text) as Json) : null;
    if (typeof patch !== "object" || patch === null) throw new CommandError("Invalid JSON Patch");
    return applyMergePatch(asJson(object), patch);
  },
  strategic(object, text) {
    const { problem } = scanJson(text);
    if (problem !== undefined) throw new CommandError(problem);
    return applyStrategicPatch(asJson(object), JSON.parse(text) as JsonObject, patchTypeOf(object.kind));
  },
  json(object, text) {
    const { problem } = scanJson(text);
    if (problem !== undefined) throw new CommandError(problem);
    return applyJsonPatch(asJson(object), parseJsonPatch(JSON.parse(text)));
  },
};
