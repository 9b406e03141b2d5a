/**
 * A pod's sandbox: what its containers share. Upstream: CRI's PodSandbox; containerd internal/cri/server/sandbox_*.go.
 */
import type { NetworkNamespace } from "../network-namespace.ts";
import type { NetworkPort } from "../network-port.ts";
import type { Container } from "./container.ts";
import { hex64 } from "./identity.ts";

/** How the pod's containers resolve names: `dnsPolicy` and `dnsConfig` of the pod. */
export interface SandboxDns {
  dnsPolicy: string;
  dnsConfig?:
    | {
        nameservers?: string[] | undefined;
        searches?: string[] | undefined;
        options?: { name?: string | undefined; value?: string | undefined }[] | undefined;
      }
    | undefined;
  /** Text of the hosts file at the time of a look-up. */
  hosts?: () => string;
}

/** What the network plugin gave the sandbox. */
export interface SandboxNetwork {
  readonly ip: string;
  /** All of its addresses, `ip` first. */
  readonly ips: readonly string[];
  readonly namespace: NetworkNamespace;
  port(dns: SandboxDns): NetworkPort;
  detach(): void;
}

const NONE: readonly Container[] = [];

/** Starting a container takes some numbers. */
const PID_STEP = 6;

export class Sandbox {
  /** Unique among all sandboxes of the cluster. */
  readonly key: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly hostname: string;
  readonly createdAt: number;
  /** In the order of their making. A list: most sandboxes have one. */
  containers: readonly Container[] = NONE;
  /** False once it was stopped: its address is gone. */
  ready = true;
  /** True iff its containers see each other's processes; the first of all is pause. */
  readonly sharesProcesses: boolean;
  /** True iff its containers see all processes of the node (`hostPID`). */
  readonly seesNode: boolean;
  /** True iff its containers have gVisor's kernel and not the node's. */
  readonly guarded: boolean;
  private lastPid = 1;
  private readonly plug: SandboxNetwork;

  constructor(
    key: string,
    pod: {
      uid: string;
      namespace: string;
      name: string;
      hostname: string;
      sharesProcesses?: boolean;
      seesNode?: boolean;
      guarded?: boolean;
    },
    how: { network: SandboxNetwork; createdAt: number },
  ) {
    this.key = key;
    this.uid = pod.uid;
    this.namespace = pod.namespace;
    this.name = pod.name;
    this.hostname = pod.hostname;
    this.sharesProcesses = pod.sharesProcesses ?? false;
    this.seesNode = pod.seesNode ?? false;
    this.guarded = pod.guarded ?? false;
    this.plug = how.network;
    this.createdAt = how.createdAt;
  }

  /** 64 hex digits, as containerd names it. */
  get id(): string {
    return hex64(this.key);
  }

  get ip(): string {
    return this.plug.ip;
  }

  get ips(): readonly string[] {
    return this.plug.ips;
  }

  /** A number for a process of a shared namespace, above one that is taken there. */
  nextPid(taken = 0): number {
    this.lastPid = Math.max(this.lastPid, taken) + PID_STEP;
    return this.lastPid;
  }

  get network(): NetworkNamespace {
    return this.plug.namespace;
  }

  port(dns: SandboxDns): NetworkPort {
    return this.plug.port(dns);
  }

  /** Gives the address back. Containers must have ended. */
  stop(): void {
    if (!this.ready) return;
    this.ready = false;
    this.plug.detach();
  }
}
