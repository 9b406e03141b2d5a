/** Deletes one object as the flags say, and says so. Upstream: kubectl pkg/cmd/delete/delete.go (DeleteResult, PrintObj). */
import type { Call } from "../engine/base/syscalls.ts";
import { printedKind, resourcePath } from "./discovery.ts";
import { CommandError } from "./errors.ts";
import type { Flag } from "./flags.ts";
import type { Invocation } from "./invocation.ts";
import type { Info } from "./resource-builder.ts";

/** Flags of commands that delete on their way (apply, replace, run). */
export const DELETION_FLAGS: readonly Flag[] = [
  {
    name: "cascade",
    type: "string",
    default: "background",
    bare: "background",
    usage: "background, orphan or foreground.",
  },
  { name: "force", type: "bool", usage: "Remove at once from the API, without waiting for the end." },
  { name: "grace-period", type: "int", default: -1, usage: "Seconds that the object gets to end." },
  { name: "timeout", type: "duration", default: "0s", usage: "How long to wait; 0 decides by the object." },
];

/** What --cascade asks the server for. */
export function propagationOf(call: Invocation): string {
  const cascade = call.flags.string("cascade");
  const policies: Record<string, string> = {
    background: "Background",
    true: "Background",
    foreground: "Foreground",
    orphan: "Orphan",
    false: "Orphan",
  };
  const propagationPolicy = policies[cascade];
  if (propagationPolicy === undefined) {
    throw new CommandError(`invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`);
  }
  return propagationPolicy;
}

/** Seconds of `grace` below 0 leave the object its own. Answers the uid of what was deleted. */
export function* deleteOne(call: Invocation, info: Info, grace: number): Call<string> {
  const propagationPolicy = propagationOf(call);
  const path = resourcePath(info.resource, info);
  // Nobody asks whether it is there.
  if (call.dryRun === "client") return "";
  const answer = yield* call.rest.json<{ metadata?: { uid?: string }; details?: { uid?: string } }>({
    method: "DELETE",
    path,
    body: {
      kind: "DeleteOptions",
      apiVersion: "v1",
      propagationPolicy,
      ...(grace >= 0 && { gracePeriodSeconds: grace }),
      ...(call.dryRun === "server" && { dryRun: ["All"] }),
    },
  });
  return answer.details?.uid ?? answer.metadata?.uid ?? "";
}

export function deletedLine(call: Invocation, info: Info, grace: number): string {
  const kind = printedKind(info.resource);
  if (call.flags.string("output") === "name") return `${kind}/${info.name}\n`;
  const dryRun = { none: "", client: " (dry run)", server: " (server dry run)" }[call.dryRun];
  const operation = `${grace === 0 ? "force deleted" : "deleted"}${dryRun}`;
  const from = info.resource.namespaced ? ` from ${info.namespace} namespace` : "";
  return `${kind} ${JSON.stringify(info.name)} ${operation}${from}\n`;
}
