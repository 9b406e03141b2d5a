import type { HostPlatform } from "./host-platform.ts";
import { missedCalls } from "./missing.ts";

/** The code that the first screen does without. Until it is here the world stands, and what is asked of it waits. */
export class RestOfCode {
  /** Resolves when it is here. */
  readonly whole: Promise<void>;
  /** True iff `whole` has resolved. */
  isHere = false;
  private readonly platform: HostPlatform;
  private readonly onMissed: () => void;
  private readonly arrived: () => void;
  private fetching: Promise<void> | undefined;

  /** `onMissed`: it came after something had called it. */
  constructor(platform: HostPlatform, onMissed: () => void) {
    this.platform = platform;
    this.onMissed = onMissed;
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
      if (this.missed) this.onMissed();
      this.isHere = true;
      this.arrived();
    });
    return this.fetching;
  }

  /** Fetches it when nobody waits for that: a failure is thrown where it ends the worker. */
  fetchAside(): void {
    this.fetch().catch((error: unknown) =>
      setTimeout(() => {
        throw error;
      }, 0),
    );
  }
}
