/**
 * Whom the processes of a container see besides those of its own machine, and where they can go. Upstream:
 * pid_namespaces(7), shareProcessNamespace and hostPID of a pod; chroot(2), setns(2).
 */
import { SystemError } from "../../base/program.ts";
import type { MachineOptions, Neighbour } from "../machine.ts";
import type { Place } from "../place.ts";
import type { Container } from "./container.ts";
import type { ContainerHost } from "./container-host.ts";
import { capabilitiesUnder } from "./container-user.ts";
import { MountedFileSystem } from "./mounts.ts";

/** Its built-in server; in a shared namespace pause, who is the first, and everybody of the pod's other containers. */
export function neighboursOf(container: Container, host: ContainerHost): Neighbour[] {
  const { sandbox } = container;
  if (sandbox.seesNode) {
    return [...host.hostNode().processes, ...container.serverProcess, ...host.processes.list(container)];
  }
  if (!sandbox.sharesProcesses) return container.serverProcess;
  const others = sandbox.containers.filter((each) => each !== container && each.running);
  const pause = { pid: 1, ppid: 0, argv: ["/pause"], startedAt: sandbox.createdAt, user: "65535", kill() {} };
  return [pause, ...container.serverProcess, ...others.flatMap((each) => each.processes)];
}

/**
 * A folder as a new root has programs iff the node's whole disk is mounted there: its shell is the node's.
 * **Simplified:** programs that were copied into another folder don't run there.
 */
export function entriesOf(container: Container, host: ContainerHost): Required<Pick<MachineOptions, "root" | "joins">> {
  const capabilities = capabilitiesUnder(container.security);
  const may = (name: string): boolean => container.user.uid === 0 && capabilities.has(name);
  return {
    joins: may("SYS_ADMIN"),
    root(path): Place | undefined {
      if (!may("SYS_CHROOT")) throw new SystemError("EPERM", path);
      const mount = container.config.mounts.find((each) => each.path === path && each.from === "");
      const { place } = host.hostNode();
      if (mount === undefined || mount.fs !== place.fs) return undefined;
      const fs = mount.readOnly ? new MountedFileSystem(place.fs, [], { readOnly: true }) : place.fs;
      return { ...container.place, fs, programs: place.programs };
    },
  };
}
