/** What /proc and those who share its namespaces see of a container. Upstream: containerd's and runc's OCI specification. */
import type { Neighbour } from "../machine.ts";
import type { Confinement, ProcessFacts } from "../process-facts.ts";
import { programPath, withHome } from "./command-line.ts";
import type { Container } from "./container.ts";
import { findOwnProgram } from "./container-programs.ts";
import { capabilitiesUnder } from "./container-user.ts";
import { hex64 } from "./identity.ts";
import type { LogStream } from "./container-log.ts";
import type { ServerProcess } from "./server-process.ts";

export function confinementOf({ config, security, sandbox, id }: Container): Confinement {
  const { oomScoreAdjust = 0, podCgroup = "/", hostIPC = false, hostNetwork = false, firstId } = config.place?.() ?? {};
  const pod = hex64(sandbox.key);
  return {
    capabilities: capabilitiesUnder(security),
    noNewPrivileges: security.noNewPrivileges === true,
    unconfined: config.security === undefined || security.unconfined === true,
    oomScoreAdjust,
    cgroup: `${podCgroup}/cri-containerd-${id}.scope`,
    namespaces: {
      ...{ cgroup: id, mnt: id },
      ...(!hostIPC && { ipc: pod }),
      ...(!hostNetwork && { net: pod, uts: pod }),
      ...(!sandbox.seesNode && { pid: sandbox.sharesProcesses ? pod : (config.target ?? id) }),
      ...(firstId !== undefined && { user: pod }),
    },
    firstId,
  };
}

/** A built-in server, which is the container's main process. */
export function serverRow(
  container: Container,
  main: ServerProcess,
  { pid, output }: { pid: number; output: (stream: LogStream, text: string) => void },
): Pick<Neighbour, "pid" | "argv" | "kill" | "sockets" | "facts"> {
  return {
    pid,
    argv: container.argv,
    kill(signal) {
      // The first process of a namespace takes only what it has a handler for.
      if (pid > 1 || main.handled.includes(signal)) container.kill(signal);
    },
    sockets: () => main.sockets(),
    facts: () => serverFacts(container, output),
  };
}

function serverFacts(container: Container, output: (stream: LogStream, text: string) => void): ProcessFacts {
  const { user, environment, workingDir: cwd, fs, argv, config } = container;
  const pipe = (fd: number): string => `pipe:[${PIPES + fd}]`;
  return {
    ...{ uid: user.uid, gid: user.gid, groups: user.groups, env: withHome(environment, user), cwd, fs },
    exe: findOwnProgram(config.image, argv[0] ?? "", programPath(config))?.path,
    descriptors: [
      { fd: 0, target: "/dev/null" },
      { fd: 1, target: pipe(1) },
      { fd: 2, target: pipe(2) },
    ],
    output: (fd) => {
      if (fd !== 1 && fd !== 2) return undefined;
      return { write: (text) => output(fd === 1 ? "stdout" : "stderr", text) };
    },
    confinement: confinementOf(container),
  };
}

/** Numbers of a server's pipes. */
const PIPES = 20_016;
