/** When a log is begun anew, and which ones are kept; 0: as it comes. */
export interface LogLimits {
  /** `--audit-log-maxsize`; 0: 100. */
  readonly megabytes: number;
  /** `--audit-log-maxbackup`; 0: all. */
  readonly backups: number;
  /** `--audit-log-maxage`; 0: for ever. */
  readonly days: number;
}
