/**
 * `vars`: `$(NAME)` in commands, arguments, variables, mounts, hosts, labels and annotations stands for a field of an object.
 * Upstream: kustomize api/resmap, api/internal/accumulator (ResolveVars), builtinpluginconsts/varreference.go.
 */
import { isObject } from "../../engine/base/json.ts";
import { CommandError } from "../errors.ts";
import { asJson, asObject } from "../as-object.ts";
import { changeField, pathOf, podSpecPath } from "./field-paths.ts";
import type { Var } from "./kustomization.ts";
import { idsOf, type Res } from "./res-map.ts";

const CONTAINER_FIELDS = ["args", "command", "env/value", "volumeMounts/mountPath", "volumeMounts/subPath"];
const POD_FIELDS = [
  ...["containers", "initContainers"].flatMap((list) => CONTAINER_FIELDS.map((field) => `${list}/${field}`)),
  "volumes/nfs/server",
];
const INGRESS_FIELDS = ["spec/rules/host", "spec/tls/hosts", "spec/tls/secretName"];
const REFERENCE = /\$(\$?)\(([\w.-]+)\)/g;

/** Changes the objects in place of their old ones. */
export function resolveVars(all: readonly Res[], vars: readonly Var[]): void {
  if (vars.length === 0) return;
  const values = new Map(vars.map((entry) => [entry.name, valueOf(all, entry)]));
  const change = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(change);
    if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, change(inner)]));
    return typeof value === "string" ? substituted(value, values) : value;
  };
  for (const res of all) {
    for (const path of pathsOf(res)) {
      res.object = asObject(changeField(asJson(res.object), path, change) as object);
    }
  }
}

function pathsOf({ object }: Res): string[][] {
  const spec = podSpecPath(object.kind);
  return [
    ...(spec === undefined ? [] : POD_FIELDS.map((field) => [...spec, ...pathOf(field)])),
    ...(object.kind === "Ingress" ? INGRESS_FIELDS.map(pathOf) : []),
    ["metadata", "labels"],
    ["metadata", "annotations"],
  ];
}

/** A value that is nothing but a reference keeps the type of what it stands for. */
function substituted(text: string, values: ReadonlyMap<string, unknown>): unknown {
  const whole = /^\$\(([\w.-]+)\)$/.exec(text)?.[1];
  if (whole !== undefined && values.has(whole)) return values.get(whole);
  return text.replace(REFERENCE, (reference, escaped: string, name: string) => {
    if (!values.has(name)) return reference;
    return escaped === "" ? String(values.get(name)) : `$(${name})`;
  });
}

function valueOf(all: readonly Res[], { name, objref, fieldref }: Var): unknown {
  const res = all.find(
    (candidate) =>
      candidate.object.kind === objref.kind &&
      (objref.apiVersion === undefined || candidate.object.apiVersion === objref.apiVersion) &&
      idsOf(candidate).some(
        (id) => id.name === objref.name && (objref.namespace === undefined || id.namespace === objref.namespace),
      ),
  );
  const path = (fieldref?.fieldpath ?? fieldref?.fieldPath ?? "metadata.name").match(/[^.[\]]+/g) ?? [];
  const value = path.reduce<unknown>(
    (inner, key) => (Array.isArray(inner) ? inner[Number(key)] : isObject(inner) ? inner[key] : undefined),
    res?.object,
  );
  if (value === undefined) {
    throw new CommandError(`var '${name}' cannot be mapped to a field in the set of known resources`);
  }
  return value;
}
