/** configMapGenerator and secretGenerator. Upstream: kustomize api/internal/generators, api/kv. */
import { encodeBase64Bytes, utf8Encode } from "../../engine/base/base64.ts";
import { CommandError } from "../errors.ts";
import { asObject } from "../as-object.ts";
import type { GeneratorArgs, GeneratorOptions } from "./kustomization.ts";
import { type Res, resOf } from "./res-map.ts";

export interface Reader {
  read(path: string, sources?: string): string;
  /** The bytes of a file that is no text. */
  readForeign(path: string): readonly number[] | undefined;
}

export function generated(
  kind: "ConfigMap" | "Secret",
  args: GeneratorArgs,
  context: { reader: Reader; options: GeneratorOptions | undefined; env: Readonly<Record<string, string>> },
): Res {
  const options = mergedOptions(context.options, args.options);
  const data: Record<string, string> = {};
  const binaryData: Record<string, string> = {};
  const add = (key: string, value: string | readonly number[]): void => {
    if (data[key] !== undefined || binaryData[key] !== undefined) {
      throw new CommandError(`${kind.toLowerCase()} ${args.name ?? ""} illegally repeats the key \`${key}\``);
    }
    if (kind === "Secret") data[key] = base64Lines(typeof value === "string" ? utf8Encode(value) : value);
    else if (typeof value === "string") data[key] = value;
    else binaryData[key] = base64Lines(value);
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
    const text = context.reader.read(path, "file sources");
    add(
      equals < 0 ? path.slice(path.lastIndexOf("/") + 1) : file.slice(0, equals),
      context.reader.readForeign(path) ?? text,
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
      ...(Object.keys(binaryData).length > 0 && { binaryData }),
      ...(immutable === true && { immutable }),
    }),
  );
  res.needsHash = options.disableNameSuffixHash !== true;
  res.behavior = args.behavior ?? "";
  return res;
}

const LINE = 70;

/** In lines, each of them ended, unless it is short. Upstream: kustomize api/internal/generators/utils.go (encodeBase64). */
function base64Lines(bytes: readonly number[]): string {
  const encoded = encodeBase64Bytes(bytes);
  return encoded.length < LINE ? encoded : encoded.replaceAll(/.{1,70}/g, "$&\n");
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
