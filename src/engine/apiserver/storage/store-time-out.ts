import { StatusError } from "../../api/meta/status-error.ts";

/** How long etcd waits for a majority: 5 s, and twice its time for an election. Upstream: etcd server/config/config.go. */
export const STORE_TIMEOUT_MS = 7000;

/** What a request comes to that etcd can't answer, since no majority of its members agrees. */
export function storeTimedOut(): StatusError {
  return new StatusError(500, "", "etcdserver: request timed out");
}
