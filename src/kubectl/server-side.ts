/** Flags and query of server-side apply. Upstream: kubectl pkg/cmd/util/helpers.go (AddServerSideApplyFlags). */
import { CommandError } from "./errors.ts";
import type { Flag } from "./flags.ts";
import type { Invocation } from "./invocation.ts";

export const APPLY_PATCH = "application/apply-patch+yaml";
const CLIENT_SIDE_MANAGER = "kubectl-client-side-apply";

export const SERVER_SIDE_FLAGS: readonly Flag[] = [
  { name: "server-side", type: "bool", usage: "Let the server merge instead of the client." },
  { name: "force-conflicts", type: "bool", usage: "With --server-side: take fields over that others manage." },
];

export function checkServerSide(call: Invocation): void {
  if (call.flags.bool("force-conflicts") && !call.flags.bool("server-side")) {
    throw new CommandError("--force-conflicts only works with --server-side");
  }
  if (call.flags.bool("server-side") && call.dryRun === "client") {
    throw new CommandError("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
  }
}

/** The manager that the user named, else "kubectl". */
export function serverSideManager(call: Invocation): string {
  const named = call.flags.string("field-manager");
  return call.flags.bool("server-side") && named === CLIENT_SIDE_MANAGER ? "kubectl" : named;
}

export function serverSideQuery(call: Invocation): Record<string, string | undefined> {
  return {
    ...call.writeQuery(),
    fieldManager: serverSideManager(call),
    force: call.flags.bool("force-conflicts") ? "true" : "false",
  };
}
