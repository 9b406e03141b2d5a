/**
 * What a container can run: its image's own programs and the tools of its userland.
 */
import type { Program, Signal } from "../../base/program.ts";
import { signals, sleep, trap, write } from "../../base/syscalls.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { ProgramSource } from "../machine.ts";
import type { Container } from "./container.ts";
import { userlandOf } from "./image.ts";
import type { ImageProgram, ImageSource } from "./image.ts";
import type { LocalImage } from "./image-store.ts";
import { ServerProcess } from "./server-process.ts";

/** Longer than any simulation lasts. */
const FOREVER = 2 ** 45;
/** What tells who waits for a server that it has ended by itself. */
const WAKE: Signal = "SIGALRM";

interface FoundProgram {
  readonly program: ImageProgram;
  readonly path: string;
}

/** Shared by all containers of an image: a program keeps nothing beside what it is started with. */
const known = new WeakMap<LocalImage, Readonly<Record<string, ImageProgram>>>();

function programsOf(image: LocalImage): Readonly<Record<string, ImageProgram>> {
  let programs = known.get(image);
  if (programs === undefined) {
    programs = image.definition.programs?.(image.reference.tag) ?? {};
    known.set(image, programs);
  }
  return programs;
}

/** The image's own program; a server stays a server. */
export function findOwnProgram(image: LocalImage, name: string, path: string): FoundProgram | undefined {
  const programs = programsOf(image);
  const direct = name.includes("/") ? programs[name] : undefined;
  if (direct !== undefined) return { program: direct, path: name };
  if (name.includes("/")) return undefined;
  for (const directory of path.split(":")) {
    const program = programs[`${directory}/${name}`];
    if (program !== undefined) return { program, path: `${directory}/${name}` };
  }
  return undefined;
}

export class ContainerPrograms implements ProgramSource {
  private readonly sim: Simulation;
  private readonly container: Container;
  private readonly tools: ProgramSource | undefined;

  constructor(sim: Simulation, images: ImageSource, container: Container) {
    this.sim = sim;
    this.container = container;
    const { definition, reference } = container.config.image;
    this.tools = images.tools(userlandOf(definition, reference.tag));
  }

  find(name: string, path: string): { program: Program; path: string } | undefined {
    const own = findOwnProgram(this.container.config.image, name, path);
    if (own === undefined || this.container.lost(own.path)) return this.tools?.find(name, path);
    const { program } = own;
    return { path: own.path, program: program.kind === "program" ? program.run : this.wrap(program) };
  }

  names(): string[] {
    const own = Object.keys(programsOf(this.container.config.image)).map((path) =>
      path.slice(path.lastIndexOf("/") + 1),
    );
    return [...new Set([...own, ...(this.tools?.names() ?? [])])].sort();
  }

  /**
   * A server that a script or exec starts; it gets the signals that it handles. What it says goes to its descriptors when it
   * ends at once (`nginx -t`). **Simplified:** the lines of one that goes on are in the container's log.
   */
  private wrap(program: ImageProgram & { kind: "server" }): Program {
    const { sim, container } = this;
    return function* (ctx, argv) {
      const tool = program.tool?.(argv);
      if (tool !== undefined) return yield* tool(ctx, argv);
      let code: number | undefined;
      let waits = false;
      const server = new ServerProcess(sim, container, (exit) => {
        code = exit;
        if (waits) container.processes.find(({ pid }) => pid === ctx.pid)?.kill(WAKE);
      });
      try {
        const held: NonNullable<ServerProcess["held"]> = [];
        server.held = held;
        server.env = { ...ctx.env };
        server.start(program, argv);
        server.held = undefined;
        if (code !== undefined) {
          for (const { stream, text } of held) yield* write(stream === "stdout" ? 1 : 2, `${text}\n`);
          return code;
        }
        for (const { stream, text } of held) container.log.line(sim.now, stream, text);
        for (const signal of new Set([...server.handled, WAKE])) yield* trap(signal, "queue");
        waits = true;
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
