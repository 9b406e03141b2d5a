/**
 * Links: `s=1.<payload>` behind the `#`, the payload being a session's JSON, deflated, in base64url. Everything that
 * comes from outside is capped before it is looked at.
 */
import { readSession, SessionProblem } from "./check.ts";
import type { Session } from "./session.ts";

/** Longest fragment that is looked at, in characters, and largest JSON that it may inflate to, in UTF-16 units. */
export const LINK_LIMITS = { fragment: 200_000, inflated: 8 * 1024 * 1024 } as const;

const PREFIX = "s=1.";

/** The host's compression: `inflate` must stop and throw once its output passes `limit` bytes. */
export interface Compression {
  deflate(text: string): Promise<Uint8Array>;
  inflate(data: Uint8Array, limit: number): Promise<string>;
}

/** Raised by `Compression.inflate` when the output passes its limit. */
export class TooLarge extends Error {}

export type LinkProblem = "too-long" | "not-a-link" | "damaged" | "too-large" | "newer-version" | "invalid";
export type LinkResult = { ok: true; session: Session } | { ok: false; problem: LinkProblem };

/** True when a fragment (without `#`) means to be a link of ours. */
export function isLink(fragment: string): boolean {
  return fragment.startsWith("s=");
}

export async function encodeLink(session: Session, compression: Compression): Promise<string> {
  return PREFIX + toBase64Url(await compression.deflate(JSON.stringify(session)));
}

export async function decodeLink(fragment: string, compression: Compression): Promise<LinkResult> {
  if (fragment.length > LINK_LIMITS.fragment) return { ok: false, problem: "too-long" };
  if (!fragment.startsWith(PREFIX)) {
    return { ok: false, problem: /^s=([2-9]|\d\d+)\./.test(fragment) ? "newer-version" : "not-a-link" };
  }
  const data = fromBase64Url(fragment.slice(PREFIX.length));
  if (data === undefined) return { ok: false, problem: "damaged" };
  try {
    const json = await compression.inflate(data, LINK_LIMITS.inflated);
    return { ok: true, session: readSession(JSON.parse(json)) };
  } catch (error) {
    if (error instanceof TooLarge) return { ok: false, problem: "too-large" };
    if (error instanceof SessionProblem) return { ok: false, problem: error.newer ? "newer-version" : "invalid" };
    return { ok: false, problem: "damaged" };
  }
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function toBase64Url(data: Uint8Array): string {
  let text = "";
  for (let i = 0; i < data.length; i += 3) {
    const word = ((data[i] as number) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0);
    const digits = Math.min(4, Math.ceil(((data.length - i) * 8) / 6));
    for (let d = 0; d < digits; d++) text += ALPHABET[(word >> (18 - 6 * d)) & 63];
  }
  return text;
}

function fromBase64Url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const data = new Uint8Array(Math.floor((text.length * 6) / 8));
  let word = 0;
  let bits = 0;
  let at = 0;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return undefined;
    word = ((word << 6) | digit) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      data[at++] = (word >> bits) & 255;
    }
  }
  return data;
}
