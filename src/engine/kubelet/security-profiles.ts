/**
 * Profiles of AppArmor and seccomp that a container asks for by name: its node has to have them. Upstream: containerd
 * internal/cri/server/container_create_linux.go, contrib/seccomp.
 *
 * **Simplified:** nobody loads profiles of AppArmor into a node's kernel; what a profile of seccomp forbids is not
 * enforced, it has to be there.
 */
import type { Container, Pod } from "../api/generated/types.ts";
import type { KubeletContext } from "./kubelet-context.ts";
import { ContainerError } from "../runtime/containers/start-error.ts";

const SECCOMP_ROOT = "/var/lib/kubelet/seccomp";

/** Throws a ContainerError. Most nodes' disks never matter: this one is looked at where a profile has to be on it. */
export function demandProfiles(pod: Pod, container: Container, node: Pick<KubeletContext, "disk">): void {
  const own = container.securityContext;
  const shared = pod.spec.securityContext;
  const { type, localhostProfile } = own?.appArmorProfile ?? shared?.appArmorProfile ?? {};
  if (type === "Localhost") {
    fail(
      `failed to get container spec opts: failed to generate apparmor spec opts: apparmor profile not found ${localhostProfile}`,
    );
  }
  const seccomp = own?.seccompProfile ?? shared?.seccompProfile;
  if (seccomp?.type !== "Localhost" || own?.privileged === true) return;
  const path = `${SECCOMP_ROOT}/${seccomp.localhostProfile}`;
  if (node.disk.exists(path)) return;
  const why = `open ${path}: no such file or directory`;
  fail(`failed to create containerd container: cannot load seccomp profile "${path}": ${why}`);
}

function fail(message: string): never {
  throw new ContainerError("CreateContainerError", message);
}
