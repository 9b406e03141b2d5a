/**
 * Who a container's processes are: ids by security context and image, names and groups by the container's own files.
 * Upstream: containerd pkg/oci/spec_opts.go (WithUserID, WithAdditionalGIDs).
 */
import { SystemError } from "../../base/program.ts";
import type { FileSystem } from "../../base/program.ts";
import { capabilitiesOf } from "./capabilities.ts";
import type { CapabilityChange } from "./capabilities.ts";

/** What a security context asks for, as far as it asks for anything. */
export interface ContainerSecurity {
  user?: number;
  group?: number;
  /** Supplementary groups: the pod's and that of its volumes. */
  groups?: readonly number[];
  /** The image's own groups of the user don't count. */
  strictGroups?: boolean;
  capabilities?: CapabilityChange;
  noNewPrivileges?: boolean;
  unconfined?: boolean;
  readOnlyRoot?: boolean;
}

export interface ContainerUser {
  /** "" when /etc/passwd has no such user. */
  name: string;
  uid: number;
  gid: number;
  /** Ascending, `gid` among them. */
  groups: readonly number[];
  home: string;
}

const DEFAULT_CAPABILITIES = capabilitiesOf({});

export function capabilitiesUnder(security: ContainerSecurity): ReadonlySet<string> {
  return security.capabilities === undefined ? DEFAULT_CAPABILITIES : capabilitiesOf(security.capabilities);
}

/** The user of a process in a container whose files are `fs`. */
export function containerUser(
  fs: FileSystem,
  security: ContainerSecurity,
  imageUser: number | undefined,
): ContainerUser {
  const uid = security.user ?? imageUser ?? 0;
  const entry = rows(fs, "/etc/passwd").find((fields) => fields[2] === String(uid));
  const name = entry?.[0] ?? (uid === 0 ? "root" : "");
  const gid = security.group ?? Number(entry?.[3] ?? 0);
  const groups = new Set([gid, ...(security.groups ?? [])]);
  if (security.strictGroups !== true && name !== "") {
    for (const [, , id = "", members = ""] of rows(fs, "/etc/group")) {
      if (members.split(",").includes(name)) groups.add(Number(id));
    }
  }
  return { name, uid, gid, groups: [...groups].sort((a, b) => a - b), home: entry?.[5] ?? (uid === 0 ? "/root" : "/") };
}

function rows(fs: FileSystem, path: string): string[][] {
  try {
    return fs
      .readFile(path)
      .split("\n")
      .map((line) => line.split(":"));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return [];
  }
}
