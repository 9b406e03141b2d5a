/** What a playground is made of and what it tells its host. */
import type { Descriptions } from "../engine/api/descriptions.ts";
import type { SessionInput } from "../session/session.ts";
import type { Trial } from "../terminal/drydock-trace.ts";
import type { PageControl } from "./drydock-intent.ts";

/** What a playground tells its host. All optional: a test may only look at the outcome. */
export interface PlaygroundEvents {
  output?(terminal: number, text: string): void;
  terminalClosed?(terminal: number): void;
  /** `kubectl edit` or nano asks for an editor; answered by `act({ k: "edit" })`. Without this, they fail. */
  openEditor?(edit: number, title: string, text: string): void;
  /** Somebody typed what a button of the page does. */
  control?(control: PageControl): void;
  /** The cluster was deleted or made anew: projections start over. */
  clusterReplaced?(): void;
  /** An input was recorded. */
  recorded?(input: SessionInput): void;
}

export interface PlaygroundOptions {
  seed?: number;
  preset?: string;
  setup?: string[];
  events?: PlaygroundEvents;
  /**
   * Called every so often while a lot of virtual time is run in one go (a replay): may wait, so that the host's own
   * work gets its turn, and may throw to end it.
   */
  breathe?: () => Promise<void>;
  /** Lazily loaded tools that answer with promises (sed, awk, jq). */
  externals?: (name: string, args: unknown) => Promise<unknown>;
  /** What came of the first trials of this session: a copy is given them and makes no trials of its own. */
  trials?: readonly Trial[];
  /** Texts for `kubectl explain`: they may come later, no state depends on them. */
  descriptions?: () => Descriptions | undefined;
}

export interface CommandResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}
