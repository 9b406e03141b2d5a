/**
 * The processes of a node's containers by their numbers in the node's own process namespace, as ps shows them on the node
 * and in pods with `hostPID`. Upstream: pid_namespaces(7).
 *
 * **Simplified:** a process in a namespace of its own gets its number here when somebody first looks.
 */
import type { Neighbour } from "../machine.ts";
import type { Container } from "./container.ts";

/** Below are the node's own. */
const FIRST = 1400;
const STEP = 7;

export class HostProcesses {
  private last = FIRST;
  private readonly numbers = new WeakMap<object, number>();
  private readonly containers: () => Iterable<Container>;

  constructor(containers: () => Iterable<Container>) {
    this.containers = containers;
  }

  nextPid(): number {
    this.last += STEP;
    return this.last;
  }

  /** Of all running containers but that one. */
  list(except?: Container): Neighbour[] {
    const found: Neighbour[] = [];
    for (const container of this.containers()) {
      if (container === except || !container.running) continue;
      for (const { process, ...shown } of container.processes) {
        const pid = container.sandbox.seesNode ? shown.pid : this.numberOf(process);
        found.push({ ...shown, pid, ppid: 0, place: () => container.place });
      }
    }
    return found;
  }

  /** That of a container's first process; undefined: it doesn't run. */
  mainPid(container: Container): number | undefined {
    const [first] = container.running ? container.processes : [];
    if (first === undefined) return undefined;
    return container.sandbox.seesNode ? first.pid : this.numberOf(first.process);
  }

  private numberOf(process: object): number {
    let number = this.numbers.get(process);
    if (number === undefined) {
      number = this.nextPid();
      this.numbers.set(process, number);
    }
    return number;
  }
}
