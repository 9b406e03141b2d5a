/** `pods/security/` with its profiles of seccomp, and namespaces with their levels of pod security. */
import type { Container, PodSecurityContext, SeccompProfile, SecurityContext } from "../../../api/generated/types.ts";
import { container, emptyDir, type Examples, type Manifest, mounts, object, pod, ports, shell } from "./manifest.ts";

const HELLO = "gcr.io/google-samples/hello-app:2.0";
const NO_MORE: SecurityContext = { allowPrivilegeEscalation: false };
const LABEL = "pod-security.kubernetes.io";

/** A pod under a profile for its system calls. */
function profiled(name: string, seccompProfile: SeccompProfile, said = "just made some syscalls!") {
  return (): Manifest[] => [
    pod(
      { name, labels: { app: name } },
      container("test-container", "hashicorp/http-echo:1.0", { args: [`-text=${said}`], securityContext: NO_MORE }),
      { securityContext: { seccompProfile } },
    ),
  ];
}

function local(profile: string): SeccompProfile {
  return { type: "Localhost", localhostProfile: `profiles/${profile}.json` };
}

/** A container that sleeps for an hour, as user 1000 of group 3000, who is in group 4000 too. */
function sleepsAs(context: PodSecurityContext, of: Container, volume?: string): Manifest {
  return pod(
    "security-context-demo",
    { ...of, command: shell("sleep 1h"), securityContext: NO_MORE },
    {
      securityContext: { runAsUser: 1000, runAsGroup: 3000, supplementalGroups: [4000], ...context },
      ...(volume !== undefined && { volumes: [emptyDir(volume)] }),
    },
  );
}

function leveled(level: string, modes: string[]) {
  return (): Manifest[] => {
    const labels = modes.flatMap((mode) => [
      [`${LABEL}/${mode}`, level],
      [`${LABEL}/${mode}-version`, "latest"],
    ]);
    return [object("v1 Namespace", { name: `my-${level}-namespace`, labels: Object.fromEntries(labels) }, {})];
  };
}

export function securityExamples(): Examples {
  const agnhost = (): Container => container("sec-ctx-demo", "registry.k8s.io/e2e-test-images/agnhost:2.45");
  const hello = (name: string, containerName: string, securityContext?: SecurityContext): Manifest =>
    pod(name, container(containerName, HELLO, securityContext && { securityContext }));
  return {
    "pods/security/security-context.yaml": () => [
      sleepsAs(
        { fsGroup: 2000 },
        container("sec-ctx-demo", "busybox:1.28", { volumeMounts: mounts({ "sec-ctx-vol": "/data/demo" }) }),
        "sec-ctx-vol",
      ),
    ],
    "pods/security/security-context-2.yaml": () => [
      pod(
        "security-context-demo-2",
        container("sec-ctx-demo-2", HELLO, { securityContext: { runAsUser: 2000, ...NO_MORE } }),
        { securityContext: { runAsUser: 1000 } },
      ),
    ],
    "pods/security/security-context-3.yaml": () => [hello("security-context-demo-3", "sec-ctx-3")],
    "pods/security/security-context-4.yaml": () => [
      hello("security-context-demo-4", "sec-ctx-4", { capabilities: { add: ["NET_ADMIN", "SYS_TIME"] } }),
    ],
    "pods/security/security-context-5.yaml": () => [sleepsAs({}, agnhost())],
    "pods/security/security-context-6.yaml": () => [sleepsAs({ supplementalGroupsPolicy: "Strict" }, agnhost())],
    "pods/security/hello-apparmor.yaml": () => [
      pod(
        "hello-apparmor",
        container("hello", "busybox:1.28", { command: shell("echo 'Hello AppArmor!' && sleep 1h") }),
        {
          securityContext: {
            appArmorProfile: { type: "Localhost", localhostProfile: "k8s-apparmor-example-deny-write" },
          },
        },
      ),
    ],
    "pods/security/seccomp/ga/audit-pod.yaml": profiled("audit-pod", local("audit")),
    "pods/security/seccomp/ga/violation-pod.yaml": profiled("violation-pod", local("violation")),
    "pods/security/seccomp/ga/fine-pod.yaml": profiled("fine-pod", local("fine-grained")),
    "pods/security/seccomp/ga/default-pod.yaml": profiled(
      "default-pod",
      { type: "RuntimeDefault" },
      "just made some more syscalls!",
    ),
    "pods/security/seccomp/profiles/audit.json": () => [{ defaultAction: "SCMP_ACT_LOG" }],
    "pods/security/seccomp/profiles/violation.json": () => [{ defaultAction: "SCMP_ACT_ERRNO" }],
    "security/podsecurity-privileged.yaml": leveled("privileged", ["enforce"]),
    "security/podsecurity-baseline.yaml": leveled("baseline", ["enforce", "warn"]),
    "security/podsecurity-restricted.yaml": leveled("restricted", ["enforce", "warn"]),
    "security/example-baseline-pod.yaml": () => [pod("nginx", container("nginx", "nginx", { ports: ports(80) }))],
  };
}
