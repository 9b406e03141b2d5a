/** ComponentStatus objects out of who answers. Upstream: pkg/registry/core/componentstatus, apiserver pkg/server/healthz. */
import type { ComponentStatus } from "../api/generated/types.ts";
import type { KubeObject } from "../api/meta/object.ts";

/** A part of the control plane that has a health page. */
export interface CheckedComponent {
  /** `scheduler`, `controller-manager`, `etcd-0`. */
  name: string;
  /** Of its health page, which is asked on this machine. */
  port: number;
  healthy: boolean;
}

export function componentStatusesOf(components: readonly CheckedComponent[]): KubeObject[] {
  return components.map(({ name, port, healthy }): ComponentStatus => {
    const refused = `Get "https://127.0.0.1:${port}/healthz": dial tcp 127.0.0.1:${port}: connect: connection refused`;
    // Nobody made it and nothing keeps it: it has a name, and that is all.
    const metadata = { name } as ComponentStatus["metadata"];
    const health = { type: "Healthy", status: healthy ? "True" : "False", message: healthy ? "ok" : refused };
    return { apiVersion: "v1", kind: "ComponentStatus", metadata, conditions: [health] };
  });
}
