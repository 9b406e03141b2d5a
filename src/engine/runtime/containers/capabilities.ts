/**
 * Linux capabilities of a container's processes, as /proc/<pid>/status shows them.
 * Upstream: linux/capability.h (numbers), containerd pkg/oci/spec.go (the default set).
 */
const NAMES = (
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE " +
  "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN " +
  "SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE " +
  "MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
).split(" ");

const DEFAULTS =
  "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE".split(
    " ",
  );

export interface CapabilityChange {
  add?: readonly string[];
  drop?: readonly string[];
  privileged?: boolean;
}

/** Those that a container's root has. `ALL` stands for each of them; what is added comes after what is dropped. */
export function capabilitiesOf({ add = [], drop = [], privileged = false }: CapabilityChange): Set<string> {
  if (privileged) return new Set(NAMES);
  const plain = (name: string): string => name.toUpperCase().replace(/^CAP_/, "");
  const dropped = new Set(drop.map(plain));
  const added = add.map(plain);
  const kept = dropped.has("ALL")
    ? []
    : (added.includes("ALL") ? NAMES : DEFAULTS).filter((name) => !dropped.has(name));
  return new Set([...kept, ...added.filter((name) => NAMES.includes(name))]);
}

/** Sixteen hex digits, bit n for capability n. */
export function capabilityMask(names: ReadonlySet<string>): string {
  let mask = 0n;
  for (const [bit, name] of NAMES.entries()) if (names.has(name)) mask |= 1n << BigInt(bit);
  return mask.toString(16).padStart(16, "0");
}

/** The other way about: the names of a mask, by their numbers. */
export function capabilitiesIn(mask: string): string[] {
  const bits = BigInt(`0x${mask}`);
  return NAMES.filter((_, bit) => ((bits >> BigInt(bit)) & 1n) === 1n);
}
