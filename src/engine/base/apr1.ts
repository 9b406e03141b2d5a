/** Apache's MD5 for passwords (`$apr1$`), as `htpasswd` and `openssl passwd -apr1` make it. */
import { utf8Encode } from "./base64.ts";
import { md5 } from "./digests.ts";

const ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ROUNDS = 1000;
const MAGIC = "$apr1$";

function digest(...parts: readonly (readonly number[])[]): number[] {
  const hex = md5(parts.flat());
  return Array.from({ length: 16 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
}

/** `$apr1$salt$hash` */
export function apr1(password: string, salt: string): string {
  const secret = utf8Encode(password);
  const grain = utf8Encode(salt.slice(0, 8));
  const alternate = digest(secret, grain, secret);
  const start: number[] = [...secret, ...utf8Encode(MAGIC), ...grain];
  for (let left = secret.length; left > 0; left -= 16) start.push(...alternate.slice(0, Math.min(16, left)));
  for (let bits = secret.length; bits > 0; bits >>= 1) start.push((bits & 1) === 1 ? 0 : (secret[0] ?? 0));
  let hash = digest(start);
  for (let round = 0; round < ROUNDS; round++) {
    const odd = round % 2 === 1;
    hash = digest(
      odd ? secret : hash,
      round % 3 === 0 ? [] : grain,
      round % 7 === 0 ? [] : secret,
      odd ? hash : secret,
    );
  }
  const byte = (at: number): number => hash[at] ?? 0;
  const groups: [value: number, letters: number][] = [
    [(byte(0) << 16) | (byte(6) << 8) | byte(12), 4],
    [(byte(1) << 16) | (byte(7) << 8) | byte(13), 4],
    [(byte(2) << 16) | (byte(8) << 8) | byte(14), 4],
    [(byte(3) << 16) | (byte(9) << 8) | byte(15), 4],
    [(byte(4) << 16) | (byte(10) << 8) | byte(5), 4],
    [byte(11), 2],
  ];
  let text = "";
  for (const [value, letters] of groups)
    for (let letter = 0; letter < letters; letter++) text += ALPHABET[(value >> (6 * letter)) & 63];
  return `${MAGIC}${salt.slice(0, 8)}$${text}`;
}

/** Eight letters for a password that is new. */
export function newSalt(random: (bound: number) => number): string {
  return Array.from({ length: 8 }, () => ALPHABET[random(ALPHABET.length)]).join("");
}

const MAX_CACHED = 256;
/** What passwords came to, by salt and password: servers ask for the same one with each request, and it takes long. */
const cache = new Map<string, string>();

function cached(password: string, salt: string): string {
  const key = `${salt}$${password}`;
  let text = cache.get(key);
  if (text === undefined) {
    if (cache.size >= MAX_CACHED) cache.clear();
    text = apr1(password, salt);
    cache.set(key, text);
  }
  return text;
}

/** Whether a line's hash of an htpasswd file is this password's; undefined when the scheme is another one. */
export function matchesHash(password: string, hash: string): boolean | undefined {
  const [, scheme, salt = ""] = hash.split("$");
  if (scheme === "apr1") return cached(password, salt) === hash;
  if (hash.startsWith("{PLAIN}")) return hash.slice("{PLAIN}".length) === password;
  return undefined;
}
