/** `--from-literal`, `--from-file`, `--from-env-file`. Upstream: kubectl pkg/cmd/create/create_configmap.go, util/generate. */
import { isConfigMapKey } from "../engine/api/meta/names.ts";
import { encodeBase64Bytes } from "../engine/base/base64.ts";
import { CommandError } from "./errors.ts";
import type { Flag } from "./flags.ts";
import type { Invocation } from "./invocation.ts";
import { envNameProblem } from "./key-values.ts";
import { sortKeys } from "./printers/json.ts";
import { absolutePath } from "./kubeconfig.ts";

export const SOURCE_FLAGS: readonly Flag[] = [
  { name: "from-literal", type: "array", usage: "key=value; may be repeated." },
  { name: "from-file", type: "strings", usage: "[key=]path of a file, or a directory." },
  { name: "from-env-file", type: "strings", usage: "Path of a file with KEY=value lines." },
  { name: "append-hash", type: "bool", usage: "Add a hash of the content to the name." },
];

export interface KeyValues {
  data: Record<string, string>;
  /** Of the files that are no texts, as base64. */
  binaryData: Record<string, string>;
}

type Add = (key: string, value: string, foreign?: readonly number[]) => void;

/** `owner`: "ConfigMap" or "Secret", as messages name it. */
export function keyValues(call: Invocation, owner: { kind: "ConfigMap" | "Secret"; name: string }): KeyValues {
  const files = call.flags.list("from-file");
  const literals = call.flags.list("from-literal");
  const envFiles = call.flags.list("from-env-file");
  if (envFiles.length > 0 && (files.length > 0 || literals.length > 0)) {
    throw new CommandError("from-env-file cannot be combined with from-file or from-literal");
  }
  const data: Record<string, string> = {};
  const binaryData: Record<string, string> = {};
  const add: Add = (key, value, foreign) => {
    const problems = isConfigMapKey(key);
    if (problems.length > 0) {
      throw new CommandError(
        `${JSON.stringify(key)} is not a valid key name for a ${owner.kind}: ${problems.join(",")}`,
      );
    }
    const holder = data[key] !== undefined ? "Data" : binaryData[key] !== undefined ? "BinaryData" : undefined;
    if (holder !== undefined) {
      throw new CommandError(
        owner.kind === "ConfigMap"
          ? `cannot add key ${JSON.stringify(key)}, another key by that name already exists in ${holder} for ConfigMap ${JSON.stringify(owner.name)}`
          : `cannot add key ${key}, another key by that name already exists`,
      );
    }
    if (foreign === undefined) data[key] = value;
    else binaryData[key] = encodeBase64Bytes(foreign);
  };
  for (const file of files) addFile(call, file, add);
  for (const literal of literals) {
    const equals = literal.indexOf("=");
    if (equals <= 0) throw new CommandError(`invalid literal source ${literal}, expected key=value`);
    add(literal.slice(0, equals), literal.slice(equals + 1));
  }
  for (const file of envFiles) addEnvFile(call, file, add);
  return {
    data: sortKeys(data) as Record<string, string>,
    binaryData: sortKeys(binaryData) as Record<string, string>,
  };
}

function addFile(call: Invocation, spec: string, add: Add): void {
  const { fs } = call.ctx;
  const equals = spec.indexOf("=");
  const path = equals < 0 ? spec : spec.slice(equals + 1);
  const full = absolutePath(call.ctx, path);
  if (path.includes("=")) throw new CommandError("key names or file paths cannot contain '='");
  if (equals === 0) throw new CommandError(`key name for file path ${path} missing`);
  if (equals > 0 && path === "") throw new CommandError(`file path for key name ${spec.slice(0, equals)} missing`);
  if (!fs.exists(full)) throw new CommandError(`error reading ${path}: no such file or directory`);
  if (fs.stat(full).type === "directory") {
    if (equals > 0) throw new CommandError("cannot give a key name for a directory path");
    for (const name of fs.readdir(full)) {
      const file = `${full}/${name}`;
      if (fs.stat(file).type === "file") add(name, fs.readFile(file), fs.readForeign?.(file));
    }
    return;
  }
  add(
    equals > 0 ? spec.slice(0, equals) : path.slice(path.lastIndexOf("/") + 1),
    fs.readFile(full),
    fs.readForeign?.(full),
  );
}

function addEnvFile(call: Invocation, path: string, add: Add): void {
  const { fs } = call.ctx;
  const full = absolutePath(call.ctx, path);
  if (!fs.exists(full)) throw new CommandError(`error reading ${path}: no such file or directory`);
  if (fs.stat(full).type === "directory") throw new CommandError("env config file cannot be a directory");
  for (const line of fs.readFile(full).split("\n")) {
    const text = line.trimStart();
    if (text === "" || text.startsWith("#")) continue;
    const equals = text.indexOf("=");
    const key = equals < 0 ? text : text.slice(0, equals);
    const problem = envNameProblem(key);
    if (problem !== undefined) throw new CommandError(problem);
    add(key, equals < 0 ? (call.ctx.env[key] ?? "") : text.slice(equals + 1).replace(/\r$/, ""));
  }
}
