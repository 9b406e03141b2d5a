import { pods } from "../api/core/pod/index.ts";
import type { Pod } from "../api/generated/types.ts";
import { StatusError } from "../api/meta/status-error.ts";
import type { Client } from "../client/client.ts";

/** A pod that had ended before its kubelet started: only its removal may be left to do. */
export function removeFinished(client: Client, { metadata }: Pod): void {
  if (metadata.deletionTimestamp === undefined) return;
  const { namespace, name, uid } = metadata;
  try {
    client.resource(pods).delete(namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
  }
}
