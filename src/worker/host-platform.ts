import type { Compression } from "../session/link.ts";
import type { SessionStorage } from "./saved-sessions.ts";

/** What the platform gives the host; a test gives its own. */
export interface HostPlatform extends SessionStorage {
  /** Wall milliseconds, from any zero. */
  wallNow(): number;
  /** Calls back about every frame (16 ms). Returns the function that ends it. */
  everyFrame(run: () => void): () => void;
  compression: Compression;
  /** Text of a file below the site's base. */
  fetchText(path: string): Promise<string>;
  externals(name: string, args: unknown): Promise<unknown>;
  /** Brings all code that the first screen does without. */
  laterCode(): Promise<unknown>;
}

/** Any method may answer now or later: comlink makes a promise of both. */
export type Awaitable<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => R | Promise<Awaited<R>> : T[K];
};
