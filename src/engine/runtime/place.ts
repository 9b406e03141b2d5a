/**
 * Where a process is: what it has as its root folder, what can be run there, and the namespaces of its host name and
 * network. Upstream: chroot(2), namespaces(7).
 */
import type { FileSystem } from "../base/program.ts";
import type { NetworkPort } from "./network-port.ts";
import type { ProgramSource } from "./machine.ts";

export interface Place {
  readonly fs: FileSystem;
  readonly programs: ProgramSource;
  readonly hostname: string;
  readonly network: NetworkPort;
}
