import type { Container } from "../../generated/types.ts";

/** An init container that keeps running beside the app containers. Upstream: pkg/api/v1/pod/util.go (IsRestartableInitContainer). */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === "Always";
}
