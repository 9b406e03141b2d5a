/** MD5 (RFC 1321), SHA-1 and SHA-256 (FIPS 180-4), for checksums of small texts. */

function padded(bytes: readonly number[], bigEndian: boolean): number[] {
  const result = [...bytes, 0x80];
  while (result.length % 64 !== 56) result.push(0);
  const bits = bytes.length * 8;
  const low = bits >>> 0;
  const high = Math.floor(bits / 2 ** 32);
  const lengths = bigEndian
    ? [high >>> 24, high >>> 16, high >>> 8, high, low >>> 24, low >>> 16, low >>> 8, low]
    : [low, low >>> 8, low >>> 16, low >>> 24, high, high >>> 8, high >>> 16, high >>> 24];
  return [...result, ...lengths.map((byte) => byte & 255)];
}

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function md5(bytes: readonly number[]): string {
  const data = padded(bytes, false);
  sines ??= Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));
  let [a0, b0, c0, d0] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let block = 0; block < data.length; block += 64) {
    for (let i = 0, at = block; i < 16; i++, at += 4) {
      words[i] =
        (data[at] as number) |
        ((data[at + 1] as number) << 8) |
        ((data[at + 2] as number) << 16) |
        ((data[at + 3] as number) << 24);
    }
    let [a, b, c, d] = [a0, b0, c0, d0];
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const f =
        round === 0 ? (b & c) | (~b & d) : round === 1 ? (d & b) | (~d & c) : round === 2 ? b ^ c ^ d : c ^ (b | ~d);
      const g = (round === 0 ? i : round === 1 ? 5 * i + 1 : round === 2 ? 3 * i + 5 : 7 * i) & 15;
      const sum = (a + f + (sines[i] as number) + (words[g] as number)) | 0;
      const shift = SHIFTS[round * 4 + (i & 3)] as number;
      a = d;
      d = c;
      c = b;
      b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
    }
    a0 = (a0 + a) | 0;
    b0 = (b0 + b) | 0;
    c0 = (c0 + c) | 0;
    d0 = (d0 + d) | 0;
  }
  return hex(
    [a0, b0, c0, d0].flatMap((value) => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]),
  );
}

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
/** One block of md5 as numbers. */
const words = new Int32Array(16);
let sines: Int32Array | undefined;

/** The first 64 primes, whose roots make SHA-256's constants. */
const PRIMES = [
  2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
  113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223, 227, 229, 233, 239,
  241, 251, 257, 263, 269, 271, 277, 281, 283, 293, 307, 311,
];
const fraction = (value: number): number => Math.floor((value - Math.floor(value)) * 2 ** 32) | 0;
const CONSTANTS = PRIMES.map((prime) => fraction(Math.cbrt(prime)));

export function sha256(bytes: readonly number[]): string {
  const data = padded(bytes, true);
  const state = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
  const rotate = (value: number, by: number): number => (value >>> by) | (value << (32 - by));
  for (let block = 0; block < data.length; block += 64) {
    const w: number[] = [];
    for (let i = 0; i < 16; i++) {
      const at = block + i * 4;
      w.push(
        ((data[at] as number) << 24) |
          ((data[at + 1] as number) << 16) |
          ((data[at + 2] as number) << 8) |
          (data[at + 3] as number),
      );
    }
    for (let i = 16; i < 64; i++) {
      const [x, y] = [w[i - 15] as number, w[i - 2] as number];
      const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
      const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
      w.push(((w[i - 16] as number) + s0 + (w[i - 7] as number) + s1) | 0);
    }
    let [a, b, c, d, e, f, g, h] = state as [number, number, number, number, number, number, number, number];
    for (let i = 0; i < 64; i++) {
      const t1 =
        (h +
          (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
          ((e & f) ^ (~e & g)) +
          (CONSTANTS[i] as number) +
          (w[i] as number)) |
        0;
      const t2 = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, at) => (state[at] = ((state[at] as number) + value) | 0));
  }
  return hex(state.flatMap((value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]));
}

export function sha1(bytes: readonly number[]): string {
  const data = padded(bytes, true);
  const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  for (let block = 0; block < data.length; block += 64) {
    const w: number[] = [];
    for (let at = block; at < block + 64; at += 4)
      w.push(data.slice(at, at + 4).reduce((sum, byte) => (sum << 8) | byte, 0));
    for (let i = 16; i < 80; i++)
      w.push(rotate((w[i - 3] as number) ^ (w[i - 8] as number) ^ (w[i - 14] as number) ^ (w[i - 16] as number), 1));
    let [a, b, c, d, e] = state as [number, number, number, number, number];
    for (let i = 0; i < 80; i++) {
      const [f, k] =
        i < 20
          ? [(b & c) | (~b & d), 0x5a827999]
          : i < 40
            ? [b ^ c ^ d, 0x6ed9eba1]
            : i < 60
              ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
              : [b ^ c ^ d, 0xca62c1d6];
      const next = (rotate(a, 5) + f + e + k + (w[i] as number)) | 0;
      [e, d, c, b, a] = [d, c, rotate(b, 30), a, next];
    }
    [a, b, c, d, e].forEach((value, at) => (state[at] = ((state[at] as number) + value) | 0));
  }
  return hex(state.flatMap((value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]));
}

/** RFC 2104 over SHA-256, in bytes. */
export function hmacSha256(key: readonly number[], message: readonly number[]): number[] {
  const block = [...(key.length > 64 ? fromHex(sha256(key)) : key)];
  while (block.length < 64) block.push(0);
  const inner = fromHex(sha256([...block.map((byte) => byte ^ 0x36), ...message]));
  return fromHex(sha256([...block.map((byte) => byte ^ 0x5c), ...inner]));
}

function fromHex(text: string): number[] {
  return Array.from({ length: text.length / 2 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}
