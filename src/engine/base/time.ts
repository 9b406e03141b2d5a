/** Instants are milliseconds since the Unix epoch, in virtual time; durations are milliseconds. */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** Texts of the seconds asked for last: a busy cluster writes the same few again and again. */
const recent = new Map<number, string>();
const MOST_RECENT = 64;
let lastSecond = Number.NaN;
let lastText = "";

/** `metav1.Time`: RFC 3339 in UTC with whole seconds, as Kubernetes stores it. */
export function formatTime(ms: number): string {
  const second = Math.floor(ms / SECOND);
  if (second === lastSecond) return lastText;
  let text = recent.get(second);
  if (text === undefined) {
    text = `${new Date(second * SECOND).toISOString().slice(0, 19)}Z`;
    if (recent.size >= MOST_RECENT) recent.clear();
    recent.set(second, text);
  }
  lastSecond = second;
  lastText = text;
  return text;
}

/** `metav1.MicroTime`: RFC 3339 in UTC with six decimals. */
export function formatMicroTime(ms: number): string {
  const inSecond = Math.floor(ms) - Math.floor(ms / SECOND) * SECOND;
  return `${formatTime(ms).slice(0, -1)}.${String(inSecond).padStart(3, "0")}000Z`;
}

/** RFC 3339 in UTC with nine decimals, as container runtimes write it. */
export function formatNanoTime(ms: number): string {
  return `${new Date(Math.floor(ms)).toISOString().slice(0, 23)}000000Z`;
}

/** Milliseconds of an RFC 3339 text; NaN when it is none. */
export function parseTime(text: string): number {
  return Date.parse(text);
}
