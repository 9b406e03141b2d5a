/**
 * Trials of one world: each makes a copy by replay. A copy comes upon the trials that its session made before; it is given
 * what came of them and so never makes copies itself: what a session costs grows with its trials, not with two to their power.
 */
import { SystemError } from "../engine/base/program.ts";
import type { Session } from "../session/session.ts";
import type { Attempt, Trial } from "../terminal/drydock-trace.ts";
import type { Playground } from "./playground.ts";
import type { PlaygroundOptions } from "./playground-options.ts";
import { tryOnCopy } from "./trial.ts";

export class Trials {
  private readonly world: Playground;
  private readonly options: PlaygroundOptions;
  private readonly create: (options: PlaygroundOptions) => Playground;
  /** What came of each, in order. */
  private readonly known: Trial[] = [];
  private count = 0;

  constructor(world: Playground, options: PlaygroundOptions, create: (options: PlaygroundOptions) => Playground) {
    this.world = world;
    this.options = options;
    this.create = create;
  }

  async run(attempt: Attempt): Promise<Trial> {
    const { world, options } = this;
    const number = this.count++;
    const given = options.trials?.[number];
    if (given !== undefined) return given;
    if (options.trials !== undefined) throw new SystemError("EINVAL", "this is a copy");
    const { seed, preset, setup, inputs } = world.session;
    const session: Session = { ...world.session, inputs: [...inputs], until: world.sim.now - world.sim.start };
    await Promise.resolve();
    const { externals } = options;
    const copy = this.create({ seed, preset, setup, trials: [...this.known], ...(externals && { externals }) });
    const trial = await tryOnCopy(copy, session, attempt);
    this.known[number] = trial;
    return trial;
  }
}
