import type { HostPlatform } from "./host-platform.ts";
import { missedCalls } from "./missing.ts";

/** Wall milliseconds that the page has to say that its first screen is drawn; one that isn't seen draws nothing. */
const PATIENCE_MS = 10_000;

interface RestHooks {
  /** It came after something had called it. */
  missed(): void;
  /** The page should know whether it is on its way. */
  tell(fetching: boolean): void;
}

/** The code that the first screen does without. Until it is here the world stands, and what is asked of it waits. */
export class RestOfCode {
  /** Resolves when it is here. */
  readonly whole: Promise<void>;
  /** True iff `whole` has resolved. */
  isHere = false;
  private readonly platform: HostPlatform;
  private readonly hooks: RestHooks;
  private readonly arrived: () => void;
  private toldOf = false;
  private fetching: Promise<void> | undefined;

  constructor(platform: HostPlatform, hooks: RestHooks) {
    this.platform = platform;
    this.hooks = hooks;
    let arrived = (): void => {};
    this.whole = new Promise((resolve) => (arrived = resolve));
    this.arrived = arrived;
  }

  /** True iff something ran that needed it: whatever came of that is to be made again. */
  get missed(): boolean {
    return !this.isHere && missedCalls() > 0;
  }

  fetch(): Promise<void> {
    this.fetching ??= this.platform.laterCode().then(() => {
      if (this.missed) this.hooks.missed();
      this.isHere = true;
      this.hooks.tell(false);
      this.arrived();
    });
    return this.fetching;
  }

  /** Fetches it when the page has had its time to draw, unless it is drawn, or somebody asks, earlier. */
  fetchSoon(): void {
    setTimeout(() => this.fetchAside(), PATIENCE_MS);
  }

  /** Fetches it when nobody waits for that: a failure is thrown where it ends the worker. */
  fetchAside(): void {
    if (this.isHere || this.toldOf) return;
    this.toldOf = true;
    this.hooks.tell(true);
    this.fetch().catch((error: unknown) =>
      setTimeout(() => {
        throw error;
      }, 0),
    );
  }
}
