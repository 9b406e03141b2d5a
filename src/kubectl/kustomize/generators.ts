/** configMapGenerator and secretGenerator. Upstream: kustomize api/internal/generators, api/kv. */
import { encodeBase64 } from "../../engine/base/base64.ts";
import { CommandError } from "../errors.ts";
import { asObject } from "../as-object.ts";
import type { GeneratorArgs, GeneratorOptions } from "./kustomization.ts";
import { type Res, resOf } from "./res-map.ts";

export interface Reader {
  read(path: string, sources?: string): string;
}

export function generated(
  kind: "ConfigMap" | "Secret",
  args: GeneratorArgs,
  context: { reader: Reader; options: GeneratorOptions | undefined; env: Readonly<Record<string, string>> },
): Res {
  const options = mergedOptions(context.options, args.options);
  const data: Record<string, string> = {};
  const add = (key: string, value: string): void => {
    if (data[key] !== undefined) {
      throw new CommandError(`${kind.toLowerCase()} ${args.name ?? ""} illegally repeats the key \`${key}\``);
    }
    data[key] = kind === "Secret" ? encodeBase64(value) : value;
  };
  for (const path of [...(args.envs ?? []), ...(args.env === undefined ? [] : [args.env])]) {
    for (const line of context.reader.read(path, "env source files").split("\n")) {
      const text = line.trimStart().replace(/\r$/, "");
      if (text === "" || text.startsWith("#")) continue;
      const equals = text.indexOf("=");
      if (equals < 0) add(text, context.env[text] ?? "");
      else add(text.slice(0, equals), text.slice(equals + 1));
    }
  }
  for (const literal of args.literals ?? []) {
    const equals = literal.indexOf("=");
    if (equals <= 0) {
      const sources = (args.literals ?? []).join(" ");
      throw new CommandError(
        `loading KV pairs: literal sources [${sources}]: invalid literal source ${literal}, expected key=value`,
      );
    }
    add(literal.slice(0, equals), literal.slice(equals + 1).replace(/^(["'])(.*)\1$/s, "$2"));
  }
  for (const file of args.files ?? []) {
    const equals = file.indexOf("=");
    const path = equals < 0 ? file : file.slice(equals + 1);
    add(
      equals < 0 ? path.slice(path.lastIndexOf("/") + 1) : file.slice(0, equals),
      context.reader.read(path, "file sources"),
    );
  }
  const { labels, annotations, immutable } = options;
  const res = resOf(
    asObject({
      apiVersion: "v1",
      kind,
      metadata: {
        name: args.name ?? "",
        ...(args.namespace !== undefined && args.namespace !== "" && { namespace: args.namespace }),
        ...(labels !== undefined && { labels }),
        ...(annotations !== undefined && { annotations }),
      },
      ...(kind === "Secret" && { type: args.type ?? "Opaque" }),
      ...(Object.keys(data).length > 0 && { data }),
      ...(immutable === true && { immutable }),
    }),
  );
  res.needsHash = options.disableNameSuffixHash !== true;
  res.behavior = args.behavior ?? "";
  return res;
}

function mergedOptions(global: GeneratorOptions = {}, own: GeneratorOptions = {}): GeneratorOptions {
  const merged = (part: "labels" | "annotations"): object => {
    const all = { ...global[part], ...own[part] };
    return Object.keys(all).length === 0 ? {} : { [part]: all };
  };
  return {
    ...merged("labels"),
    ...merged("annotations"),
    disableNameSuffixHash: global.disableNameSuffixHash === true || own.disableNameSuffixHash === true,
    immutable: global.immutable === true || own.immutable === true,
  };
}
