/** What no pod of level baseline may do. Upstream: k8s.io/pod-security-admission/policy/check_*.go. */
import type { Container, LifecycleHandler, Probe, SELinuxOptions } from "../../../api/generated/types.ts";
import {
  badContainers,
  containersOf,
  containersText,
  hasOwnUsers,
  plural,
  quoted,
  setters,
  sorted,
  type Check,
  type CheckedPod,
  type Violation,
} from "./check.ts";

const APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";
const SECCOMP_POD_ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_ANNOTATION = "container.seccomp.security.alpha.kubernetes.io/";
const CAPABILITIES = new Set(
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(
    " ",
  ),
);
const PROFILES = new Set(["RuntimeDefault", "Localhost"]);
/** Name → since which minor version it is safe. */
const SYSCTLS: Readonly<Record<string, number>> = {
  "kernel.shm_rmid_forced": 0,
  "net.ipv4.ip_local_port_range": 0,
  "net.ipv4.tcp_syncookies": 0,
  "net.ipv4.ping_group_range": 0,
  "net.ipv4.ip_unprivileged_port_start": 0,
  "net.ipv4.ip_local_reserved_ports": 27,
  "net.ipv4.tcp_keepalive_time": 29,
  "net.ipv4.tcp_fin_timeout": 29,
  "net.ipv4.tcp_keepalive_intvl": 29,
  "net.ipv4.tcp_keepalive_probes": 29,
  "net.ipv4.tcp_rmem": 32,
  "net.ipv4.tcp_wmem": 32,
};
const SELINUX_TYPES: Readonly<Record<string, number>> = {
  "": 0,
  container_t: 0,
  container_init_t: 0,
  container_kvm_t: 0,
  container_engine_t: 31,
};

export const baselineChecks: readonly Check[] = [
  { id: "appArmorProfile", find: appArmor },
  { id: "capabilities_baseline", find: capabilities },
  { id: "hostNamespaces", find: hostNamespaces },
  { id: "hostPathVolumes", find: hostPathVolumes },
  { id: "hostPorts", find: hostPorts },
  { id: "hostProbesAndHostLifecycle", since: 34, find: probeHosts },
  { id: "privileged", find: privileged },
  { id: "procMount_baseline", find: (pod, minor) => (hasOwnUsers(pod.spec, minor) ? undefined : procMount(pod)) },
  { id: "seLinuxOptions", find: seLinux },
  { id: "seccompProfile_baseline", find: seccomp },
  { id: "sysctls", find: sysctls },
  { id: "windowsHostProcess", find: hostProcess },
];

export function isProfile(type: string | undefined): boolean {
  return type !== undefined && PROFILES.has(type);
}

function appArmor({ annotations, spec }: CheckedPod): Violation | undefined {
  const own = spec.securityContext?.appArmorProfile;
  const badPod = own !== undefined && !isProfile(own.type);
  const bad = badContainers(spec, ({ appArmorProfile: profile }) => profile !== undefined && !isProfile(profile.type));
  const types = containersOf(spec).flatMap(({ securityContext }) => securityContext?.appArmorProfile?.type ?? []);
  const values = sorted([...types, ...(own === undefined ? [] : [own.type])].filter((type) => !isProfile(type)));
  const noted = Object.entries(annotations)
    .filter(([key, value]) => key.startsWith(APPARMOR_ANNOTATION) && !isAllowedAppArmor(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .toSorted();
  const who = [setters(badPod, bad), noted.length > 0 ? plural("annotation", noted.length) : ""];
  const found = [...values, ...noted];
  if (found.length === 0) return undefined;
  return {
    reason: plural("forbidden AppArmor profile", found.length),
    detail: `${who.filter((part) => part !== "").join(" and ")} must not set AppArmor profile type to ${quoted(found)}`,
  };
}

function isAllowedAppArmor(profile: string): boolean {
  return profile === "" || profile === "runtime/default" || profile.startsWith("localhost/");
}

function capabilities({ spec }: CheckedPod): Violation | undefined {
  const isForbidden = (capability: string): boolean => !CAPABILITIES.has(capability);
  const bad = badContainers(spec, (context) => context.capabilities?.add?.some(isForbidden) === true);
  if (bad.length === 0) return undefined;
  return { reason: "non-default capabilities", detail: addedText(spec, bad, isForbidden) };
}

/** `container "a" must not include "NET_ADMIN" in securityContext.capabilities.add` */
export function addedText(
  spec: CheckedPod["spec"],
  bad: readonly string[],
  isForbidden: (capability: string) => boolean,
): string {
  const added = containersOf(spec).flatMap(({ securityContext }) => securityContext?.capabilities?.add ?? []);
  const values = sorted(added.filter(isForbidden));
  return `${containersText(bad)} must not include ${quoted(values)} in securityContext.capabilities.add`;
}

function hostNamespaces({ spec }: CheckedPod): Violation | undefined {
  const used = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((field) => spec[field] === true);
  if (used.length === 0) return undefined;
  return { reason: "host namespaces", detail: used.map((field) => `${field}=true`).join(", ") };
}

function hostPathVolumes({ spec }: CheckedPod): Violation | undefined {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return { reason: "hostPath volumes", detail: `${plural("volume", names.length)} ${quoted(names)}` };
}

function hostPorts({ spec }: CheckedPod): Violation | undefined {
  const portsOf = ({ ports = [] }: Container): number[] =>
    ports.map(({ hostPort = 0 }) => hostPort).filter((port) => port !== 0);
  const bad = containersOf(spec).filter((container) => portsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const ports = sorted(bad.flatMap(portsOf).map(String));
  const names = bad.map(({ name }) => name);
  const uses = bad.length === 1 ? "uses" : "use";
  const detail = `${containersText(names)} ${uses} ${plural("hostPort", ports.length)} ${ports.join(", ")}`;
  return { reason: "hostPort", detail };
}

function probeHosts({ spec }: CheckedPod): Violation | undefined {
  const hostsOf = (action: Probe | LifecycleHandler | undefined): string[] =>
    [action?.httpGet?.host, action?.tcpSocket?.host].filter((host) => host !== undefined && host !== "") as string[];
  const all = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container): string[] =>
    [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap(hostsOf);
  const bad = containersOf(spec).filter((container) => all(container).length > 0);
  if (bad.length === 0) return undefined;
  const names = sorted(bad.map(({ name }) => name));
  const hosts = sorted(bad.flatMap(all));
  const what = plural("probe or lifecycle host", hosts.length);
  const uses = names.length === 1 ? "uses" : "use";
  return { reason: "probe or lifecycle host", detail: `${containersText(names)} ${uses} ${what} ${quoted(hosts)}` };
}

function privileged({ spec }: CheckedPod): Violation | undefined {
  const bad = badContainers(spec, (context) => context.privileged === true);
  if (bad.length === 0) return undefined;
  return { reason: "privileged", detail: `${containersText(bad)} must not set securityContext.privileged=true` };
}

export function procMount({ spec }: CheckedPod): Violation | undefined {
  const isForbidden = (mount: string | undefined): boolean => mount !== undefined && mount !== "Default";
  const bad = badContainers(spec, (context) => isForbidden(context.procMount));
  if (bad.length === 0) return undefined;
  const mounts = containersOf(spec).flatMap(({ securityContext }) => securityContext?.procMount ?? []);
  const values = sorted(mounts.filter(isForbidden));
  const detail = `${containersText(bad)} must not set securityContext.procMount to ${quoted(values)}`;
  return { reason: "procMount", detail };
}

function seLinux({ spec }: CheckedPod, minor: number): Violation | undefined {
  const isBadType = (type: string): boolean => (SELINUX_TYPES[type] ?? Number.POSITIVE_INFINITY) > minor;
  const isBad = ({ type = "", user = "", role = "" }: SELinuxOptions): boolean =>
    isBadType(type) || user !== "" || role !== "";
  const own = spec.securityContext?.seLinuxOptions;
  const badPod = own !== undefined && isBad(own);
  const bad = badContainers(spec, ({ seLinuxOptions: options }) => options !== undefined && isBad(options));
  if (!badPod && bad.length === 0) return undefined;
  const ofContainers = containersOf(spec).flatMap(({ securityContext }) => securityContext?.seLinuxOptions ?? []);
  const options = [...(own === undefined ? [] : [own]), ...ofContainers];
  const types = sorted(options.map(({ type = "" }) => type).filter(isBadType));
  const found = [
    ...(types.length > 0 ? [`${plural("type", types.length)} ${quoted(types)}`] : []),
    ...(options.some(({ user = "" }) => user !== "") ? ["user may not be set"] : []),
    ...(options.some(({ role = "" }) => role !== "") ? ["role may not be set"] : []),
  ];
  const detail = `${setters(badPod, bad)} set forbidden securityContext.seLinuxOptions: ${found.join("; ")}`;
  return { reason: "seLinuxOptions", detail };
}

function seccomp(pod: CheckedPod, minor: number): Violation | undefined {
  return minor < 19 ? seccompAnnotations(pod) : explicitSeccomp(pod);
}

/** A profile that is set and not one of those allowed. */
export function explicitSeccomp({ spec }: CheckedPod): Violation | undefined {
  const own = spec.securityContext?.seccompProfile;
  const badPod = own !== undefined && !isProfile(own.type);
  const bad = badContainers(spec, ({ seccompProfile: profile }) => profile !== undefined && !isProfile(profile.type));
  if (!badPod && bad.length === 0) return undefined;
  const types = containersOf(spec).flatMap(({ securityContext }) => securityContext?.seccompProfile?.type ?? []);
  const values = sorted([...types, ...(own === undefined ? [] : [own.type])].filter((type) => !isProfile(type)));
  const detail = `${setters(badPod, bad)} must not set securityContext.seccompProfile.type to ${quoted(values)}`;
  return { reason: "seccompProfile", detail };
}

function seccompAnnotations({ annotations, spec }: CheckedPod): Violation | undefined {
  const keys = [SECCOMP_POD_ANNOTATION, ...containersOf(spec).map(({ name }) => `${SECCOMP_ANNOTATION}${name}`)];
  const bad = sorted(keys.filter((key) => annotations[key] !== undefined && !isAllowedSeccomp(annotations[key])));
  if (bad.length === 0) return undefined;
  const shown = bad.map((key) => `${key}=${JSON.stringify(annotations[key])}`);
  return { reason: "seccompProfile", detail: `forbidden ${plural("annotation", bad.length)} ${shown.join(", ")}` };
}

function isAllowedSeccomp(profile: string): boolean {
  return profile === "runtime/default" || profile === "docker/default" || profile.startsWith("localhost/");
}

function sysctls({ spec }: CheckedPod, minor: number): Violation | undefined {
  const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name);
  const bad = names.filter((name) => (SYSCTLS[name] ?? Number.POSITIVE_INFINITY) > minor);
  return bad.length === 0 ? undefined : { reason: "forbidden sysctls", detail: bad.join(", ") };
}

function hostProcess({ spec }: CheckedPod): Violation | undefined {
  const badPod = spec.securityContext?.windowsOptions?.hostProcess === true;
  const bad = badContainers(spec, (context) => context.windowsOptions?.hostProcess === true);
  if (!badPod && bad.length === 0) return undefined;
  const detail = `${setters(badPod, bad)} must not set securityContext.windowsOptions.hostProcess=true`;
  return { reason: "hostProcess", detail };
}
