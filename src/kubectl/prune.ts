/**
 * `kubectl apply --prune`: what was applied before and is in no file any more goes.
 * Upstream: kubectl pkg/cmd/apply/prune.go, pkg/util/prune.
 */
import type { KubeObject } from "../engine/api/meta/object.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { LAST_APPLIED } from "./create-object.ts";
import { type ApiResource, resourcePath } from "./discovery.ts";
import { CommandError } from "./errors.ts";
import type { Invocation } from "./invocation.ts";
import { operationLine } from "./printers/object-printer.ts";
import { infoFromObject, withTypeMeta } from "./resource-builder.ts";
import { deleteOne } from "./delete-object.ts";

/** group/version/kind of what is looked through when no list is given. */
const DEFAULT_KINDS = [
  "core/v1/ConfigMap",
  "core/v1/Endpoints",
  "core/v1/PersistentVolumeClaim",
  "core/v1/Pod",
  "core/v1/ReplicationController",
  "core/v1/Secret",
  "core/v1/Service",
  "batch/v1/Job",
  "batch/v1/CronJob",
  "networking.k8s.io/v1/Ingress",
  "apps/v1/DaemonSet",
  "apps/v1/Deployment",
  "apps/v1/ReplicaSet",
  "apps/v1/StatefulSet",
  "core/v1/Namespace",
  "core/v1/PersistentVolume",
];

export function checkPrune(call: Invocation): void {
  const { flags } = call;
  const selector = flags.string("selector");
  if (!flags.bool("prune")) {
    if (flags.list("prune-allowlist").length > 0)
      throw new CommandError("--prune-allowlist is only valid with --prune");
    return;
  }
  if (flags.bool("all") && selector !== "") throw new CommandError("cannot set --all and --selector at the same time");
  if (flags.bool("force")) throw new CommandError("--force cannot be used with --prune");
  if (!flags.bool("all") && selector === "") {
    throw new CommandError(
      "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector",
    );
  }
  if (flags.bool("server-side")) {
    throw new CommandError("--prune is in alpha and doesn't currently work on objects created by server-side apply");
  }
}

function* kindOf(call: Invocation, text: string): Call<ApiResource> {
  const parts = text.split("/");
  const [group = "", version = "", kind = ""] = parts;
  if (parts.length !== 3)
    throw new CommandError(`invalid GroupVersionKind format: ${text}, please follow <group/version/kind>`);
  const apiVersion = group === "core" || group === "" ? version : `${group}/${version}`;
  const found = yield* call.discovery.forKind(apiVersion, kind);
  if (found !== undefined) return found;
  throw new CommandError(`no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`);
}

/** The kinds to look through, checked before anything is applied. */
export function* kindsToPrune(call: Invocation): Call<ApiResource[]> {
  if (!call.flags.bool("prune")) return [];
  const allowed = call.flags.list("prune-allowlist");
  const kinds: ApiResource[] = [];
  for (const text of allowed.length === 0 ? DEFAULT_KINDS : allowed) kinds.push(yield* kindOf(call, text));
  return kinds;
}

/** `applied` are the objects that stay, `namespaces` those that the files mention. */
export function* prune(
  call: Invocation,
  applied: readonly KubeObject[],
  { kinds, namespaces }: { kinds: readonly ApiResource[]; namespaces: readonly string[] },
): Call<void> {
  const kept = new Set(applied.map((object) => object.metadata.uid));
  const inNamespaces = namespaces.flatMap((namespace) =>
    kinds.filter((kind) => kind.namespaced).map((kind) => ({ kind, namespace })),
  );
  const elsewhere = kinds.filter((kind) => !kind.namespaced).map((kind) => ({ kind, namespace: "" }));
  for (const { kind, namespace } of [...inNamespaces, ...elsewhere]) {
    const list = yield* call.rest.json<{ items: KubeObject[] }>({
      path: resourcePath(kind, { namespace }),
      query: { labelSelector: call.flags.string("selector") },
    });
    for (const item of list.items) {
      const object = withTypeMeta(item, kind);
      if (object.metadata.annotations?.[LAST_APPLIED] === undefined || kept.has(object.metadata.uid)) continue;
      if (object.metadata.deletionTimestamp != null) continue;
      if (call.dryRun !== "client")
        yield* deleteOne(call, infoFromObject(kind, object), call.flags.int("grace-period"));
      yield* call.out(operationLine(call, object, "pruned"));
    }
  }
}
