/**
 * What gzip makes of a text. **Simplified:** nothing gets smaller: the member's header, then the text as it is.
 * Upstream: RFC 1952.
 */
const HEADER = "\u001f\u008b\b\0\0\0\0\0\0\u0003";

export function isGzipped(text: string): boolean {
  return text.startsWith(HEADER);
}

export function gzipped(text: string): string {
  return HEADER + text;
}

/** Undefined when it is no such thing. */
export function gunzipped(text: string): string | undefined {
  return isGzipped(text) ? text.slice(HEADER.length) : undefined;
}
