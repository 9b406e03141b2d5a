/**
 * Whom the processes of a container see besides those of its own machine, and where they can go. Upstream:
 * pid_namespaces(7), shareProcessNamespace and hostPID of a pod; chroot(2), setns(2).
 */
import { SystemError } from "../../base/program.ts";
import type { MachineOptions, Neighbour } from "../machine.ts";
import { MemoryFileSystem } from "../memory-file-system.ts";
import type { Place } from "../place.ts";
import type { ProcessFacts } from "../process-facts.ts";
import type { Container } from "./container.ts";
import { confinementOf } from "./container-facts.ts";
import type { ContainerHost } from "./container-host.ts";
import { capabilitiesUnder } from "./container-user.ts";
import { MountedFileSystem } from "./mounts.ts";

/**
 * Its built-in server, and everybody of the containers in the same namespace: those that target one container, or with
 * pause, who is the first there, all of the pod's.
 */
export function neighboursOf(container: Container, host: ContainerHost): Neighbour[] {
  const { sandbox } = container;
  if (sandbox.seesNode) {
    return [...host.hostNode().processes, ...container.serverProcess, ...host.processes.list(container)];
  }
  const others = joinedWith(container);
  if (!sandbox.sharesProcesses) return [...container.serverProcess, ...others.flatMap((each) => each.processes)];
  return [pauseOf(container), ...container.serverProcess, ...others.flatMap((each) => each.processes)];
}

function pauseOf(container: Container): Neighbour {
  const { sandbox } = container;
  const row = { pid: 1, ppid: 0, argv: ["/pause"], startedAt: sandbox.createdAt, user: "65535", kill() {} };
  const facts = (): ProcessFacts => ({
    ...{ uid: 65535, gid: 65535, groups: [65535], env: {}, cwd: "/", exe: "/pause", descriptors: [] },
    fs: new MemoryFileSystem(),
    confinement: { ...confinementOf(container), capabilities: new Set(), noNewPrivileges: true },
  });
  return { ...row, capabilities: new Set(), facts };
}

/**
 * Gives numbers to processes of a namespace that is not the container's own; undefined: it has its own.
 * **Simplified:** a container that others have joined goes on with its own numbers, which may meet theirs.
 */
export function foreignPids(container: Container, host: ContainerHost): (() => number) | undefined {
  const { sandbox, config } = container;
  if (sandbox.seesNode) return () => host.processes.nextPid();
  if (sandbox.sharesProcesses) return () => sandbox.nextPid();
  if (config.target === undefined) return undefined;
  return () => {
    const taken = [...joinedWith(container), container].flatMap((each) => each.processes.map(({ pid }) => pid));
    return sandbox.nextPid(Math.max(0, ...taken));
  };
}

/** The running containers of the same process namespace. */
function joinedWith(container: Container): Container[] {
  const { sandbox } = container;
  const own = ownerOf(container);
  return sandbox.containers.filter(
    (each) => each !== container && each.running && (sandbox.sharesProcesses || ownerOf(each) === own),
  );
}

function ownerOf({ config }: Container): string {
  return config.target ?? config.name;
}

/**
 * A folder as a new root has programs iff the node's whole disk is mounted there: its shell is the node's.
 * **Simplified:** programs that were copied into another folder don't run there.
 */
export function entriesOf(
  container: Container,
  host: ContainerHost,
): Required<Pick<MachineOptions, "root" | "joins" | "capabilities">> {
  const capabilities = capabilitiesUnder(container.security);
  const may = (name: string): boolean => container.user.uid === 0 && capabilities.has(name);
  return {
    joins: may("SYS_ADMIN"),
    capabilities,
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
