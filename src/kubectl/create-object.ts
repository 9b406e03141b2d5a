/** Sends or shows an object that a command has built. Upstream: kubectl pkg/cmd/create (CreateSubcommandOptions). */
import type { KubeObject } from "../engine/api/meta/object.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { type ApiResource, apiVersionOf, resourcePath } from "./discovery.ts";
import { ApiError, CommandError, usageError } from "./errors.ts";
import type { Invocation } from "./invocation.ts";
import { objectHash } from "./object-hash.ts";
import { stableStringify } from "../engine/base/json.ts";
import { recorded } from "./record.ts";
import { printerFor } from "./printers/object-printer.ts";

export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Fields in the order that their JSON is printed in. */
export interface Built {
  metadata: { name?: string; [key: string]: unknown };
  [key: string]: unknown;
}

export interface CreateObjectOptions {
  /** `failed to create deployment: `: what a refusal begins with, when the command wraps it. */
  failure?: string;
  /** What is printed behind the name; "created" when absent. */
  operation?: string;
}

/** The one NAME argument of a generator. */
export function requiredName(call: Invocation): string {
  const names = call.dash < 0 ? call.args : call.args.slice(0, call.dash);
  const [name] = names;
  if (name === undefined || names.length !== 1) {
    throw usageError(call.path, `exactly one NAME is required, got ${names.length}`);
  }
  return name;
}

export function builtObject(call: Invocation, resource: ApiResource, built: Built): KubeObject {
  const { metadata, ...rest } = built;
  const { name, ...others } = metadata;
  const namespace = resource.namespaced && (call.config.namespaceGiven || call.dryRun !== "client");
  return {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: { name, ...(namespace && { namespace: call.namespace }), ...others },
    ...rest,
  } as KubeObject;
}

export function* createObject(
  call: Invocation,
  resource: ApiResource,
  built: Built,
  options: CreateObjectOptions = {},
): Call<KubeObject> {
  const printer = printerFor(call, { operation: options.operation ?? "created", built: true });
  let object = builtObject(call, resource, built);
  if (call.flags.has("append-hash") && call.flags.bool("append-hash")) object = withHash(object);
  object = recorded(call, object);
  if (call.flags.has("save-config") && call.flags.bool("save-config"))
    object = withLastApplied(object, { built: true });
  if (call.dryRun !== "client") {
    try {
      object = yield* postObject(call, resource, object);
    } catch (error) {
      if (options.failure === undefined || !(error instanceof ApiError)) throw error;
      throw new CommandError(`${options.failure}${error.message}`);
    }
  }
  yield* call.out(printer(object));
  return object;
}

/** Its name with the hash of its content. */
function withHash(object: KubeObject): KubeObject {
  const { type, data, binaryData } = object as { type?: unknown; data?: unknown; binaryData?: unknown };
  const { name } = object.metadata;
  const hash = objectHash({ kind: object.kind, name, type, data, binaryData });
  return { ...object, metadata: { ...object.metadata, name: `${name}-${hash}` } };
}

export function* postObject(call: Invocation, resource: ApiResource, object: KubeObject): Call<KubeObject> {
  return yield* call.rest.json<KubeObject>({
    method: "POST",
    path: resourcePath(resource, { namespace: String(object.metadata.namespace ?? call.namespace) }),
    query: call.writeQuery(),
    body: object,
  });
}

/** The object with its own configuration in the annotation that apply compares with. `built`: its fields keep their order. */
export function withLastApplied(object: KubeObject, options: { built?: boolean } = {}): KubeObject {
  const configuration = options.built === true ? inOneLine(JSON.stringify(object)) : lastAppliedText(object);
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [LAST_APPLIED]: configuration } },
  };
}

/** The object with annotations, but not that one. */
export function withoutLastApplied(object: KubeObject): KubeObject {
  const { [LAST_APPLIED]: _, ...annotations } = object.metadata.annotations ?? {};
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** The object as JSON in one line without the annotation itself; ends with a newline. */
export function lastAppliedText(object: KubeObject): string {
  return inOneLine(stableStringify(withoutLastApplied(object)));
}

function inOneLine(text: string): string {
  return `${text.replaceAll("<", "\\u003c").replaceAll(">", "\\u003e").replaceAll("&", "\\u0026")}\n`;
}
