/** replacements: a field of one object goes into fields of others. Upstream: kustomize api/filters/replacement. */
import { isObject } from "../../engine/base/json.ts";
import { CommandError } from "../errors.ts";
import { asObject } from "../as-object.ts";
import type { Replacement } from "./kustomization.ts";
import { type Res, selects } from "./res-map.ts";

/** `spec.containers.[name=web].image`, `metadata.annotations.[a.b/c]` is written with a backslash or brackets. */
function steps(path: string): string[] {
  const parts: string[] = [];
  let current = "";
  let depth = 0;
  for (let at = 0; at < path.length; at++) {
    const letter = path[at] ?? "";
    if (letter === "\\" && path[at + 1] === ".") {
      current += ".";
      at++;
    } else if (letter === "." && depth === 0) {
      if (current !== "") parts.push(current);
      current = "";
    } else {
      if (letter === "[") depth++;
      if (letter === "]") depth--;
      current += letter;
    }
  }
  return current === "" ? parts : [...parts, current];
}

export function applyReplacement(all: readonly Res[], replacement: Replacement): void {
  const { source, targets = [] } = replacement;
  if (source === undefined) throw new CommandError("replacements must specify a source and at least one target");
  const found = all.filter((res) => selects(source, res));
  if (found.length !== 1) {
    throw new CommandError(
      found.length === 0
        ? `nothing selected by ${sourceText(source)}`
        : `multiple matches for selector ${sourceText(source)}`,
    );
  }
  let value = valueAt(found[0]?.object, steps(source.fieldPath ?? "metadata.name"));
  if (value === undefined)
    throw new CommandError(
      `fieldPath \`${source.fieldPath ?? ""}\` is missing for replacement source ${sourceText(source)}`,
    );
  const { delimiter, index = 0 } = source.options ?? {};
  if (delimiter !== undefined) value = String(value).split(delimiter)[index] ?? "";
  for (const target of targets) {
    const select = target.select;
    if (select === undefined) throw new CommandError("target must specify resources to select");
    for (const res of all) {
      if (!selects(select, res) || (target.reject ?? []).some((reject) => selects(reject, res))) continue;
      for (const path of target.fieldPaths ?? ["metadata.name"]) {
        const create = target.options?.create === true;
        const next = put(res.object, steps(path), (present) => inserted(present, value, target.options), create);
        if (next === undefined)
          throw new CommandError(`unable to find field ${JSON.stringify(path)} in replacement target`);
        res.object = asObject(next as object);
      }
    }
  }
}

function sourceText(source: NonNullable<Replacement["source"]>): string {
  const { kind = "", name = "", group = "[noGrp]", version = "[noVer]", namespace = "[noNs]", fieldPath } = source;
  return `${kind}.${version}.${group}/${name}.${namespace}${fieldPath === undefined ? "" : `:${fieldPath}`}`;
}

function inserted(present: unknown, value: unknown, options: { delimiter?: string; index?: number } = {}): unknown {
  if (options.delimiter === undefined) return value;
  const parts = String(present ?? "").split(options.delimiter);
  const at = options.index ?? 0;
  if (at < 0) return [String(value), ...parts].join(options.delimiter);
  if (at >= parts.length) return [...parts, String(value)].join(options.delimiter);
  parts[at] = String(value);
  return parts.join(options.delimiter);
}

function itemTest(step: string): ((item: unknown, index: number) => boolean) | undefined {
  if (step === "*") return () => true;
  if (/^\d+$/.test(step)) return (_, index) => index === Number(step);
  const match = /^\[([^=]+)=(.*)\]$/s.exec(step);
  if (match === null) return undefined;
  return (item) => isObject(item) && String(item[match[1] ?? ""]) === match[2];
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(value)) {
    const test = itemTest(step);
    return test === undefined ? undefined : valueAt(value.find(test), rest);
  }
  const key = step.replace(/^\[(.*)\]$/, "$1");
  return isObject(value) ? valueAt(value[key], rest) : undefined;
}

/** Undefined when the field is not there. */
function put(value: unknown, path: readonly string[], how: (present: unknown) => unknown, create: boolean): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return how(value);
  if (Array.isArray(value)) {
    const test = itemTest(step);
    let any = false;
    const next = value.map((item, index) => {
      if (test?.(item, index) !== true) return item as unknown;
      const changed = put(item, rest, how, create);
      if (changed !== undefined) any = true;
      return changed ?? (item as unknown);
    });
    return any ? next : undefined;
  }
  const key = step.replace(/^\[(.*)\]$/, "$1");
  const holder = isObject(value) ? value : create ? {} : undefined;
  if (holder === undefined || (holder[key] === undefined && !create)) return undefined;
  const changed = put(holder[key], rest, how, create);
  return changed === undefined ? undefined : { ...holder, [key]: changed };
}
