/**
 * What keeps a runaway program from hanging or filling the host. All are far above what a tutorial needs.
 */
export const LIMITS = {
  /** Characters that a pipe holds before its writer waits (Linux: 64 KiB). */
  pipeCharacters: 65_536,
  /** Characters that one read returns at most. */
  readCharacters: 65_536,
  /**
   * System calls that a tree of processes may make in a row without virtual time passing, and how many each millisecond
   * of CPU time is worth: see `CpuAccount`. Each `spinMs` without a rest make that worth a millisecond longer, up to
   * `spinDelayMs`.
   */
  callsAtOnce: 10_000,
  callsPerMillisecond: 100,
  spinMs: 200,
  spinDelayMs: 250,
  /** Characters of a response body that wait to be read; beyond it the exchange fails with ENOSPC. */
  streamCharacters: 32 * 1024 * 1024,
  /** Characters of one file; beyond it a write fails with ENOSPC. */
  fileCharacters: 64 * 1024 * 1024,
  /** Processes of one machine; beyond it spawn fails with ENOSPC (a fork bomb ends here). */
  processes: 4096,
  /** System calls that a dying program's `finally` blocks may make. */
  dyingCalls: 64,
} as const;
