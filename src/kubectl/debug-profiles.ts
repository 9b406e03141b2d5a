/** What a debugging profile changes about the debugged pod's copy, the node's pod or the container. Upstream: kubectl pkg/cmd/debug/profiles.go. */
import type { Container, Pod, PodSpec, SecurityContext } from "../engine/api/generated/types.ts";
import { CommandError } from "./errors.ts";
import type { Invocation } from "./invocation.ts";

export type DebugStyle = "ephemeral" | "copy" | "node";

const PROFILES = ["legacy", "general", "baseline", "restricted", "netadmin", "sysadmin"];
const HOST_ROOT = "host-root";
const RESTRICTED: SecurityContext = {
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  allowPrivilegeEscalation: false,
  seccompProfile: { type: "RuntimeDefault" },
};

export function checkProfile(profile: string): void {
  if (!PROFILES.includes(profile)) throw new CommandError(`unknown profile: ${profile}`);
}

/** The debugging container under the profile. */
export function profiledContainer(profile: string, style: DebugStyle, container: Container): Container {
  const { securityContext: own, ...bare } = container;
  const withContext = (added: SecurityContext): Container => ({ ...bare, securityContext: { ...own, ...added } });
  const allowed = (...capabilities: string[]): Container =>
    withContext({
      capabilities: { ...own?.capabilities, add: [...(own?.capabilities?.add ?? []), ...capabilities] },
    });
  const mounted = (inner: Container): Container => ({
    ...inner,
    volumeMounts: [...(inner.volumeMounts ?? []), { mountPath: "/host", name: HOST_ROOT }],
  });
  switch (profile) {
    case "general":
      return style === "node" ? mounted(bare) : allowed("SYS_PTRACE");
    case "baseline":
      return bare;
    case "restricted":
      return { ...bare, securityContext: RESTRICTED };
    case "netadmin":
      return allowed("NET_ADMIN", "NET_RAW");
    case "sysadmin":
      return style === "node" ? mounted(withContext({ privileged: true })) : withContext({ privileged: true });
    default:
      return style === "node" ? mounted(container) : container;
  }
}

/** The pod on a node under the profile. */
export function profiledNodePod(profile: string, spec: PodSpec): PodSpec {
  const mountsRoot = ["legacy", "general", "sysadmin"].includes(profile);
  const onHost = mountsRoot || profile === "netadmin";
  return {
    ...spec,
    ...(onHost && { hostIPC: true, hostNetwork: true, hostPID: true }),
    ...(mountsRoot && { volumes: [{ name: HOST_ROOT, hostPath: { path: "/" } }] }),
  };
}

/** The copy of a pod under the profile: what belongs to the original alone is left out, unless a flag keeps it. */
export function profiledCopy(call: Invocation, pod: Pod): Pod {
  const { flags } = call;
  const { labels, annotations, ...metadata } = pod.metadata;
  if (flags.string("profile") === "legacy") {
    return { ...pod, metadata: { ...metadata, ...(annotations !== undefined && { annotations }) } };
  }
  const { initContainers, ...spec } = pod.spec as PodSpec;
  return {
    ...pod,
    metadata: {
      ...metadata,
      ...(flags.bool("keep-labels") && labels !== undefined && { labels }),
      ...(flags.bool("keep-annotations") && annotations !== undefined && { annotations }),
    },
    spec: {
      ...spec,
      ...(flags.bool("keep-init-containers") && initContainers != null && { initContainers }),
      containers: spec.containers.map(({ livenessProbe, readinessProbe, startupProbe, ...container }) => ({
        ...container,
        ...(flags.bool("keep-liveness") && livenessProbe != null && { livenessProbe }),
        ...(flags.bool("keep-readiness") && readinessProbe != null && { readinessProbe }),
        ...(flags.bool("keep-startup") && startupProbe != null && { startupProbe }),
      })),
      shareProcessNamespace: spec.shareProcessNamespace ?? true,
    },
  };
}
