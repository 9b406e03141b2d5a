/** Text to bytes and back, where bytes are needed (base64, checksums). */
export function encodeUtf8(text: string): number[] {
  const bytes: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return bytes;
}

/** Bytes that are not UTF-8 become U+FFFD. */
export function decodeUtf8(bytes: readonly number[]): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] as number;
    const size = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    const rest = bytes.slice(at + 1, at + Math.max(1, size));
    if (size === 0 || rest.length < size - 1 || rest.some((byte) => (byte & 0xc0) !== 0x80)) {
      text += "\ufffd";
      at++;
      continue;
    }
    let code = size === 1 ? first : first & (0xff >> (size + 1));
    for (const byte of rest) code = (code << 6) | (byte & 63);
    text += String.fromCodePoint(Math.min(code, 0x10ffff));
    at += size;
  }
  return text;
}
