/** Base64 of text as UTF-8: the engine has no host functions to borrow. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Map([...ALPHABET].map((character, value) => [character, value]));

/** The UTF-8 bytes of `text`; a lone surrogate becomes U+FFFD. */
export function utf8Encode(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    let code = character.codePointAt(0) as number;
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else {
      bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    }
  }
  return bytes;
}

/** The text of UTF-8 bytes; U+FFFD where they are none. */
export function utf8Decode(bytes: readonly number[]): string {
  let text = "";
  for (let at = 0; at < bytes.length; at++) {
    const lead = bytes[at] as number;
    const extra =
      lead < 0x80
        ? 0
        : lead >= 0xc2 && lead < 0xe0
          ? 1
          : lead >= 0xe0 && lead < 0xf0
            ? 2
            : lead >= 0xf0 && lead < 0xf5
              ? 3
              : -1;
    if (extra <= 0) {
      text += extra === 0 ? String.fromCharCode(lead) : "\ufffd";
      continue;
    }
    let code = lead & (0x3f >> extra);
    let taken = 0;
    while (taken < extra && ((bytes[at + 1] ?? 0) & 0xc0) === 0x80) {
      code = (code << 6) | ((bytes[++at] as number) & 0x3f);
      taken++;
    }
    const smallest = [0, 0x80, 0x800, 0x10000][extra] as number;
    const valid = taken === extra && code >= smallest && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    text += valid ? String.fromCodePoint(code) : "\ufffd";
  }
  return text;
}

export function encodeBase64(text: string): string {
  return encodeBase64Bytes(utf8Encode(text));
}

export function encodeBase64Bytes(bytes: readonly number[]): string {
  let encoded = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second, third] = bytes.slice(at, at + 3);
    const triple = (first << 16) | ((second ?? 0) << 8) | (third ?? 0);
    encoded += ALPHABET[triple >> 18];
    encoded += ALPHABET[(triple >> 12) & 63];
    encoded += second === undefined ? "=" : ALPHABET[(triple >> 6) & 63];
    encoded += third === undefined ? "=" : ALPHABET[triple & 63];
  }
  return encoded;
}

/** The text of a base64 text, padded or not. Throws an Error that names the first character that isn't base64. */
export function decodeBase64(encoded: string): string {
  return utf8Decode(decodeBase64Bytes(encoded));
}

/** The bytes of a base64 text; throws as `decodeBase64` does. */
export function decodeBase64Bytes(encoded: string): number[] {
  const bare = encoded.replace(/={1,2}$/, "");
  const bytes: number[] = [];
  let bits = 0;
  let count = 0;
  for (let at = 0; at < bare.length; at++) {
    const value = VALUES.get(bare[at] as string);
    if (value === undefined) throw new Error(`illegal base64 data at input byte ${at}`);
    bits = ((bits << 6) | value) & 0xffffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push((bits >> count) & 0xff);
    }
  }
  if (bare.length % 4 === 1) throw new Error(`illegal base64 data at input byte ${bare.length}`);
  return bytes;
}
