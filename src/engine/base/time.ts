/** Instants are milliseconds since the Unix epoch, in virtual time; durations are milliseconds. */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** `metav1.Time`: RFC 3339 in UTC with whole seconds, as Kubernetes stores it. */
export function formatTime(ms: number): string {
  return `${new Date(Math.floor(ms / SECOND) * SECOND).toISOString().slice(0, 19)}Z`;
}

/** `metav1.MicroTime`: RFC 3339 in UTC with six decimals. */
export function formatMicroTime(ms: number): string {
  return `${new Date(Math.floor(ms)).toISOString().slice(0, 23)}000Z`;
}

/** Milliseconds of an RFC 3339 text; NaN when it is none. */
export function parseTime(text: string): number {
  return Date.parse(text);
}
