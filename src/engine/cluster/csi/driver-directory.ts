/**
 * Which csi drivers' plugins run, and who works for them. A plugin leaves a file where its socket would be; a sidecar that
 * finds it there has reached the plugin.
 * **Simplified:** of several sidecars of one sort for a driver the first does the work of all, whatever its
 * `--leader-election` and `--node-deployment` say.
 */
import type { FileSystem } from "../../base/program.ts";
import { HostPathDriver } from "./host-path-driver.ts";
import type { HostPathOptions } from "./host-path-driver.ts";

const NOTE = /^csi (\S+) (\S+)$/;

export interface Plugin {
  driver: HostPathDriver;
  node: string;
}

export class DriverDirectory {
  private readonly optionsOf: (driver: string) => HostPathOptions;
  private readonly drivers = new Map<string, HostPathDriver>();
  /** By driver and sort: those who would do the work; the first does. */
  private readonly queues = new Map<string, (() => void)[]>();

  constructor(optionsOf: (driver: string) => HostPathOptions) {
    this.optionsOf = optionsOf;
  }

  driver(name: string): HostPathDriver {
    let driver = this.drivers.get(name);
    if (driver === undefined) this.drivers.set(name, (driver = new HostPathDriver(name, this.optionsOf(name))));
    return driver;
  }

  /** The plugin whose socket is at a path; undefined: nobody listens there. */
  at(fs: FileSystem, path: string): Plugin | undefined {
    if (!fs.exists(path)) return undefined;
    const [, name, node = ""] = NOTE.exec(fs.readFile(path)) ?? [];
    if (name === undefined) return undefined;
    const driver = this.driver(name);
    return driver.isRunning(node) ? { driver, node } : undefined;
  }

  /** A plugin listens at a path from now on. Returns what ends that. */
  listen(fs: FileSystem, path: string, { driver, node }: Plugin): () => void {
    fs.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { recursive: true });
    fs.writeFile(path, `csi ${driver.name} ${node}`);
    const end = driver.run(node);
    return () => {
      if (fs.exists(path)) fs.remove(path);
      end();
    };
  }

  /** Stands in the queue for a driver's work of a sort; `lead` is called when it is one's turn. Returns what leaves it. */
  queue(driver: string, sort: string, lead: () => void): () => void {
    const key = `${driver} ${sort}`;
    const queue = this.queues.get(key) ?? [];
    this.queues.set(key, queue);
    queue.push(lead);
    if (queue[0] === lead) lead();
    return () => {
      const led = queue[0] === lead;
      queue.splice(queue.indexOf(lead), 1);
      if (led) queue[0]?.();
    };
  }
}
