/** `--record`: the command line as the annotation that histories show. Upstream: cli-runtime pkg/genericclioptions/record_flags.go. */
import type { KubeObject } from "../engine/api/meta/object.ts";
import type { Flag } from "./flags.ts";
import type { Invocation } from "./invocation.ts";

const CHANGE_CAUSE = "kubernetes.io/change-cause";
const SECRET_FLAGS = ["token", "password"];

export const RECORD_FLAG: Flag = {
  name: "record",
  type: "bool",
  deprecated: "--record will be removed in the future",
};

/** The annotation; empty when it is not asked for. Flags follow the arguments, whole and in the order that they were given. */
export function changeCause(call: Invocation): Record<string, string> {
  if (!call.flags.has("record") || !call.flags.bool("record")) return {};
  const flags = call.flags.given.map(
    ({ name, text }) => `--${name}=${SECRET_FLAGS.includes(name) ? "CLASSIFIED" : text}`,
  );
  return { [CHANGE_CAUSE]: [call.path, ...call.args, ...flags].join(" ") };
}

export function recorded(call: Invocation, object: KubeObject): KubeObject {
  const cause = changeCause(call);
  if (Object.keys(cause).length === 0) return object;
  const { annotations, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, annotations: { ...annotations, ...cause } } };
}
