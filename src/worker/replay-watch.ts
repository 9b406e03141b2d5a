import type { HostPlatform } from "./host-platform.ts";
import type { Playground } from "./playground.ts";
import type { Frame } from "./protocol.ts";
import { shareDone } from "./scene.ts";
import type { Session } from "../session/session.ts";

/** Wall milliseconds of a replay between two looks at the page's wishes. */
const BREATH_MS = 80;

/** A world that is being made or replayed: says how far it is, and lets the page have enough of it. */
export class ReplayWatch {
  /** True while a world is being made: what the page still shows stands. */
  busy = true;
  private readonly platform: HostPlatform;
  private readonly emit: (frame: Frame) => void;
  private lastBreath = 0;
  /** True iff the page was told of a replay under way. */
  private shown = false;
  private cancelled = false;

  constructor(platform: HostPlatform, emit: (frame: Frame) => void) {
    this.platform = platform;
    this.emit = emit;
  }

  begin(): void {
    this.busy = true;
  }

  end(): void {
    this.busy = false;
    this.cancelled = false;
    if (this.shown) this.emit({ replay: null });
    this.shown = false;
  }

  cancel(): void {
    this.cancelled = this.busy;
  }

  /** Between two stretches of a long replay: the page hears how far it is, and may have had enough. */
  async breathe(playground: Playground | undefined, session: Session | undefined): Promise<void> {
    const wall = this.platform.wallNow();
    if (!this.busy || wall - this.lastBreath < BREATH_MS) return;
    this.lastBreath = wall;
    if (playground !== undefined && session !== undefined) {
      this.shown = true;
      this.emit({ replay: { done: shareDone(playground, session) } });
    }
    await new Promise<void>((resolve) => void setTimeout(resolve, 0));
    if (this.cancelled) throw new Error("the replay was cancelled");
  }
}
