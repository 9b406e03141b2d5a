import type { Transport } from "../client/transport.ts";
import type { NodeNetwork } from "../network/node-network.ts";
import type { ContainerRuntime } from "../runtime/containers/container-runtime.ts";
import type { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import type { SizedFileSystem } from "../runtime/sized-file-system.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { NodeDriver } from "../storage/csi.ts";
import type { KubeletLog } from "./kubelet-log.ts";
import type { CniState, NodeSpec } from "./kubelet-context.ts";
import type { ManifestFile } from "./static-pod-file.ts";

export interface KubeletOptions {
  sim: Simulation;
  transport: Transport;
  node: NodeSpec;
  runtime: ContainerRuntime;
  network: NodeNetwork;
  /** The files of the node's manifest folder as they are now: their pods run without an API server. */
  manifests?: () => Iterable<ManifestFile>;
  dns?: { dnsIP: string; clusterDomain: string };
  /** The node's disk: what hostPath volumes show. Asked for when one of them is first mounted. */
  disk?: () => MemoryFileSystem;
  /** What the runtime finds of the pod network's plugin. Default: all that it needs. */
  cni?: () => CniState;
  /** File systems that nodes share, by name. Default: this node alone has them. */
  remoteFileSystem?: (name: string) => SizedFileSystem;
  /** The csi drivers whose node part runs here. */
  csiDrivers?: readonly NodeDriver[];
  /** What journald has already. */
  log?: KubeletLog;
}
