/**
 * What a container's and its pod's security contexts make of its processes.
 * Upstream: pkg/kubelet/kuberuntime/security_context.go, pkg/securitycontext/util.go.
 */
import type { Container, Pod } from "../api/generated/types.ts";
import type { ContainerSecurity } from "../runtime/containers/container-user.ts";
import type { LocalImage } from "../runtime/containers/image-store.ts";
import { ConfigError } from "./environment.ts";

/** Undefined: everything as the image has it. Refuses root where runAsNonRoot asks for it, with a ConfigError. */
export function containerSecurity(pod: Pod, container: Container, image: LocalImage): ContainerSecurity | undefined {
  const own = container.securityContext;
  const shared = pod.spec.securityContext;
  if (own === undefined && shared === undefined) return undefined;
  const user = own?.runAsUser ?? shared?.runAsUser;
  const group = own?.runAsGroup ?? shared?.runAsGroup;
  const nonRoot = own?.runAsNonRoot ?? shared?.runAsNonRoot ?? false;
  if (nonRoot) demandNonRoot(pod, container, { user, imageUser: image.definition.user ?? 0 });
  const groups = [...(shared?.supplementalGroups ?? []), ...(shared?.fsGroup === undefined ? [] : [shared.fsGroup])];
  const { add, drop } = own?.capabilities ?? {};
  const privileged = own?.privileged === true;
  const profile = own?.seccompProfile ?? shared?.seccompProfile;
  const security: ContainerSecurity = {
    ...(user !== undefined && { user }),
    ...(group !== undefined && { group }),
    ...(groups.length > 0 && { groups }),
    ...(shared?.supplementalGroupsPolicy === "Strict" && { strictGroups: true }),
    ...((privileged || add !== undefined || drop !== undefined) && {
      capabilities: { privileged, ...(add !== undefined && { add }), ...(drop !== undefined && { drop }) },
    }),
    ...(own?.allowPrivilegeEscalation === false && { noNewPrivileges: true }),
    // Without a profile kubelet asks for none (seccompDefault is off).
    ...((privileged || profile === undefined || profile.type === "Unconfined") && { unconfined: true }),
    ...(own?.readOnlyRootFilesystem === true && { readOnlyRoot: true }),
  };
  return security;
}

function demandNonRoot(pod: Pod, container: Container, facts: { user: number | undefined; imageUser: number }): void {
  const { namespace, name, uid } = pod.metadata;
  const where = `(pod: "${name}_${namespace}(${uid})", container: ${container.name})`;
  if (facts.user === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`);
  if (facts.user === undefined && facts.imageUser === 0) {
    throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  }
}
