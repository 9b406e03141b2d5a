/** Changes fields by path, through lists on the way. Upstream: kustomize api/filters/fieldspec. */
import { isObject } from "../../engine/base/json.ts";

export interface FieldOptions {
  /** Makes objects that are not there on the way, and the field itself. */
  create?: boolean;
}

/**
 * The value with the field at `path` changed; lists on the way have each item changed. `change` gets undefined for a
 * field that is to be made; answering undefined leaves things as they are.
 */
export function changeField(
  value: unknown,
  path: readonly string[],
  change: (value: unknown) => unknown,
  options: FieldOptions = {},
): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change(value) ?? value;
  if (Array.isArray(value)) {
    const next = value.map((item) => changeField(item, path, change, options));
    return next.some((item, index) => item !== value[index]) ? next : value;
  }
  if (!isObject(value)) return value;
  const present = value[key];
  if (present === undefined || present === null) {
    if (options.create !== true) return value;
    const made = rest.length === 0 ? change(undefined) : changeField({}, rest, change, options);
    return made === undefined ? value : { ...value, [key]: made };
  }
  const next = changeField(present, rest, change, options);
  return next === present ? value : { ...value, [key]: next };
}

/** `spec/template/metadata/labels`; a backslash keeps a slash in a name. */
export function pathOf(text: string): string[] {
  return text.split(/(?<!\\)\//).map((part) => part.replaceAll("\\/", "/"));
}

/** Where kinds keep their pod template, its metadata and its spec. */
const TEMPLATES: Readonly<Record<string, string>> = {
  Deployment: "spec/template",
  ReplicaSet: "spec/template",
  ReplicationController: "spec/template",
  StatefulSet: "spec/template",
  DaemonSet: "spec/template",
  Job: "spec/template",
  CronJob: "spec/jobTemplate/spec/template",
};

export function templatePath(kind: string): string[] | undefined {
  const text = TEMPLATES[kind];
  return text === undefined ? undefined : pathOf(text);
}

export function podSpecPath(kind: string): string[] | undefined {
  if (kind === "Pod") return ["spec"];
  const template = templatePath(kind);
  return template === undefined ? undefined : [...template, "spec"];
}
