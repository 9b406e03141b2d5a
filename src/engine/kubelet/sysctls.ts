/**
 * A pod's sysctls: which a node takes, and how its containers see them. Upstream: pkg/kubelet/sysctl
 * (allowlist.go, safe_sysctls.go).
 */
import type { Pod } from "../api/generated/types.ts";
import type { Refusal } from "./admission.ts";

const SAFE: ReadonlySet<string> = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
]);
const SEPARATOR = /\//g;

/** `allowed`: those that the kubelet was told to take beside the safe ones. */
export function refuseSysctls({ spec }: Pod, allowed: readonly string[]): Refusal | undefined {
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    const dotted = name.replace(SEPARATOR, ".");
    const listed = allowed.some((each) =>
      each.endsWith("*") ? dotted.startsWith(each.slice(0, -1)) : dotted === each.replace(SEPARATOR, "."),
    );
    if (!listed && !SAFE.has(dotted)) {
      return { reason: "SysctlForbidden", message: `forbidden sysctl: ${JSON.stringify(name)} not allowlisted` };
    }
  }
  return undefined;
}

/** Their files below /proc/sys, by path. */
export function sysctlFiles({ spec }: Pod): Record<string, string> {
  return Object.fromEntries(
    (spec.securityContext?.sysctls ?? []).map(({ name, value }) => [
      `/proc/sys/${name.replaceAll(".", "/")}`,
      `${value}\n`,
    ]),
  );
}
