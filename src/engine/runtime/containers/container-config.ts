import type { CgroupLimits } from "./cgroup.ts";
import type { ContainerSecurity } from "./container-user.ts";
import type { LocalImage } from "./image-store.ts";
import type { Mount } from "./mounts.ts";
import type { SandboxDns } from "./sandbox.ts";

/** What kubelet asks for: CRI's ContainerConfig. */
export interface ContainerConfig {
  name: string;
  attempt: number;
  image: LocalImage;
  /** Absent: the image's entrypoint; given, the image's cmd doesn't count. */
  command?: readonly string[];
  args?: readonly string[];
  env: Readonly<Record<string, string>>;
  workingDir?: string;
  mounts: readonly Mount[];
  limits: CgroupLimits;
  /** Absent: as the image has it. */
  security?: ContainerSecurity;
  /** Where the container leaves its last words: anybody may write there. */
  terminationMessagePath?: string;
  dns: SandboxDns;
  /** Files that the node writes into the container's root: /etc/hosts, /etc/resolv.conf. Asked for when somebody looks. */
  files(): Readonly<Record<string, string>>;
  stdin?: boolean;
  /** Where its pod put it on the node: asked for when somebody looks. */
  place?(): {
    oomScoreAdjust: number;
    /** The pod's cgroup. */
    podCgroup: string;
    hostIPC: boolean;
    hostNetwork: boolean;
    /** The first of the node's ids that are its users; absent: they are the node's users. */
    firstId: number | undefined;
  };
  /** The container of its pod whose process namespace it joins. */
  target?: string;
  /** Standard input ends when the first one who attached goes away. */
  stdinOnce?: boolean;
  /** The main process runs on a terminal; who attaches sees and types there. */
  tty?: boolean;
}
