import { SystemError } from "../base/program.ts";
import type { Call } from "../base/syscalls.ts";
import { read } from "../base/syscalls.ts";

/** What has come; null at the end, and a connection that breaks is at its end. */
export function* readConnection(fd: number): Call<string | null> {
  try {
    return yield* read(fd);
  } catch (error) {
    if (error instanceof SystemError) return null;
    throw error;
  }
}
