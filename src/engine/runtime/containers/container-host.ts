/** What a container has of the node that it runs on. */
import type { FileSystemSpace } from "../../base/program.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { MachineLoad } from "../machine-load.ts";
import type { Machine, MachineOptions, Neighbour } from "../machine.ts";
import type { Place } from "../place.ts";
import type { LogLimits } from "./container-log.ts";
import type { HostProcesses } from "./host-processes.ts";
import type { ImageSource } from "./image.ts";

/** The node as its own processes see it. */
export interface HostNode {
  readonly place: Place;
  /** systemd and what it started. */
  readonly processes: readonly Neighbour[];
  load(): MachineLoad;
}

/** What a container needs of its node. */
export interface ContainerHost {
  sim: Simulation;
  images: ImageSource;
  createMachine(options: MachineOptions): Machine;
  hostNode(): HostNode;
  readonly processes: HostProcesses;
  /** A container holds so many bytes of memory more than before. */
  memoryChanged(bytes: number): void;
  /** When logs are rotated on this node. */
  logLimits(): LogLimits;
  /** Something is written into a container's own layer. */
  fileChanging(): void;
  /** The node's disk. */
  diskSpace(): FileSystemSpace;
  /** A container is about to have a process more. */
  processStarting(): void;
}
