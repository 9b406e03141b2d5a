/**
 * Whom the processes of a container see besides those of its own machine. Upstream: pid_namespaces(7), and
 * shareProcessNamespace of a pod.
 */
import type { Neighbour } from "../machine.ts";
import type { Container } from "./container.ts";

/** Its built-in server; in a shared namespace pause, who is the first, and everybody of the pod's other containers. */
export function neighboursOf(container: Container): Neighbour[] {
  const { sandbox } = container;
  if (!sandbox.sharesProcesses) return container.serverProcess;
  const others = [...sandbox.containers.values()].filter((each) => each !== container && each.running);
  const pause = { pid: 1, ppid: 0, argv: ["/pause"], startedAt: sandbox.createdAt, user: "65535", kill() {} };
  return [pause, ...container.serverProcess, ...others.flatMap((each) => each.processes)];
}
