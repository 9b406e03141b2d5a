/**
 * What a container can run: its image's own programs and the tools of its userland.
 */
import type { Program } from "../../base/program.ts";
import { signals, sleep, trap } from "../../base/syscalls.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { ProgramSource } from "../machine.ts";
import type { Container } from "./container.ts";
import type { ImageProgram, ImageSource } from "./image.ts";
import { ServerProcess } from "./server-process.ts";

/** Longer than any simulation lasts. */
const FOREVER = 2 ** 45;

export class ContainerPrograms implements ProgramSource {
  private readonly sim: Simulation;
  private readonly container: Container;
  private readonly own: Readonly<Record<string, ImageProgram>>;
  private readonly tools: ProgramSource | undefined;

  constructor(sim: Simulation, images: ImageSource, container: Container) {
    const { definition, reference } = container.config.image;
    this.sim = sim;
    this.container = container;
    this.own = definition.programs?.(reference.tag) ?? {};
    this.tools = images.tools(definition.userland);
  }

  /** The image's own program; a server stays a server. */
  findOwnProgram(name: string, path: string): ImageProgram | undefined {
    return this.findOwn(name, path)?.program;
  }

  find(name: string, path: string): { program: Program; path: string } | undefined {
    const own = this.findOwn(name, path);
    if (own === undefined) return this.tools?.find(name, path);
    const { program } = own;
    return { path: own.path, program: program.kind === "program" ? program.run : this.wrap(program) };
  }

  names(): string[] {
    const own = Object.keys(this.own).map((path) => path.slice(path.lastIndexOf("/") + 1));
    return [...new Set([...own, ...(this.tools?.names() ?? [])])].sort();
  }

  private findOwn(name: string, path: string): { program: ImageProgram; path: string } | undefined {
    const candidates = name.includes("/") ? [name] : path.split(":").map((directory) => `${directory}/${name}`);
    for (const candidate of candidates) {
      const program = this.own[candidate];
      if (program !== undefined) return { program, path: candidate };
    }
    return undefined;
  }

  /**
   * A server that a script starts; it gets the signals that it handles. **Simplified:** its lines go to the container's log,
   * not to the script's descriptors.
   */
  private wrap(program: ImageProgram & { kind: "server" }): Program {
    const { sim, container } = this;
    return function* (_ctx, argv) {
      let code: number | undefined;
      const server = new ServerProcess(sim, container, (exit) => (code = exit));
      try {
        server.start(program, argv);
        for (const signal of server.handled) yield* trap(signal, "queue");
        while (code === undefined) {
          yield* sleep(FOREVER);
          for (const signal of yield* signals()) server.kill(signal);
        }
        return code;
      } finally {
        server.finish(0, undefined);
      }
    };
  }
}
