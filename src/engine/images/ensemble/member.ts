/** What an ensemble's members are, and what each of them stands on. */
import type { ServerContext } from "../define-image.ts";
import type { Role } from "./messages.ts";

export const PING_MS = 4000;
/** Who says nothing for so long is gone. */
export const SILENCE_MS = 10_000;

export interface Member {
  id: number;
  host: string;
  /** Where it takes what members say. */
  port: number;
}

/** What keeps the data. */
export interface EnsembleHost {
  readonly ctx: ServerContext;
  readonly id: number;
  members(): readonly Member[];
  /** See `Vote`. */
  rank(): number;
  snapshot(): unknown;
  restore(snapshot: unknown): void;
  /** Does what an entry says; the same everywhere. */
  apply(entry: unknown, what: { zxid: number; at: number }): unknown;
  /** Writes data and `EnsembleState` to the disk. */
  save(): void;
  /** The role has changed. */
  changed(role: Role): void;
  /** For those who don't know of the ensemble. */
  invitation?(): unknown;
}

/** On the disk with the data. */
export interface EnsembleState {
  /** The leader's that it followed last; each leader has its own. */
  epoch: number;
  /** The last entry that it has. */
  zxid: number;
}
