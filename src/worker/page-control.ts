import type { PageControl } from "./drydock-intent.ts";
import type { PageRequest } from "./protocol.ts";

/** What the page's buttons do, and who is told of those that only the page can do. */
export interface Controls {
  setPaused(paused: boolean): void;
  setSpeed(speed: number): void;
  step(): void;
  runUntilIdle(limitMs?: number): void;
  hint(): void;
  showMe(): Promise<void>;
}

/** Does what somebody typed instead of pressing a button. */
export function obey(request: PageControl, controls: Controls, ask: (request: PageRequest) => void): void {
  switch (request.action) {
    case "pause":
    case "play":
      return controls.setPaused(request.action === "pause");
    case "speed":
      return controls.setSpeed(request.speed);
    case "step":
      // Behind the event that runs this very command.
      return void setTimeout(() => controls.step(), 0);
    case "settle":
      return controls.runUntilIdle();
    case "hint":
      return controls.hint();
    case "solution":
      return void setTimeout(() => void controls.showMe(), 0);
    case "new":
      return ask({ type: "new-cluster", preset: request.preset });
    case "share":
    case "reset":
      ask({ type: request.action });
  }
}
