/** SHA-512 (FIPS 180-4), for checksums of small texts. */

const MASK = (1n << 64n) - 1n;
const ROUNDS = 80;

interface Constants {
  /** Fractions of the first 80 primes' cube roots. */
  rounds: bigint[];
  /** Fractions of the first 8 primes' square roots. */
  start: bigint[];
}

let known: Constants | undefined;

/** The greatest whole number whose power isn't more than `value`. */
function root(value: bigint, power: bigint): bigint {
  let [low, high] = [0n, 1n << 72n];
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    if (middle ** power <= value) low = middle;
    else high = middle - 1n;
  }
  return low;
}

function constants(): Constants {
  if (known !== undefined) return known;
  const primes: number[] = [];
  for (let each = 2; primes.length < ROUNDS; each++) if (primes.every((prime) => each % prime !== 0)) primes.push(each);
  known = {
    rounds: primes.map((prime) => root(BigInt(prime) << 192n, 3n) & MASK),
    start: primes.slice(0, 8).map((prime) => root(BigInt(prime) << 128n, 2n) & MASK),
  };
  return known;
}

export function sha512(bytes: readonly number[]): string {
  const { rounds, start } = constants();
  const data = [...bytes, 0x80];
  while (data.length % 128 !== 112) data.push(0);
  const bits = (BigInt(bytes.length) * 8n).toString(16).padStart(32, "0");
  for (let at = 0; at < 32; at += 2) data.push(Number.parseInt(bits.slice(at, at + 2), 16));
  const rotate = (value: bigint, by: bigint): bigint => ((value >> by) | (value << (64n - by))) & MASK;
  const state = [...start];
  for (let block = 0; block < data.length; block += 128) {
    const w = Array.from({ length: 16 }, (_, word) =>
      data.slice(block + word * 8, block + word * 8 + 8).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
    );
    for (let at = 16; at < ROUNDS; at++) {
      const [x, y] = [w[at - 15] as bigint, w[at - 2] as bigint];
      const s0 = rotate(x, 1n) ^ rotate(x, 8n) ^ (x >> 7n);
      const s1 = rotate(y, 19n) ^ rotate(y, 61n) ^ (y >> 6n);
      w.push(((w[at - 16] as bigint) + s0 + (w[at - 7] as bigint) + s1) & MASK);
    }
    let [a, b, c, d, e, f, g, h] = state as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    for (let at = 0; at < ROUNDS; at++) {
      const big1 = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n);
      const t1 = (h + big1 + ((e & f) ^ (~e & MASK & g)) + (rounds[at] as bigint) + (w[at] as bigint)) & MASK;
      const t2 = (rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & MASK, c, b, a, (t1 + t2) & MASK];
    }
    [a, b, c, d, e, f, g, h].forEach((value, at) => (state[at] = ((state[at] as bigint) + value) & MASK));
  }
  return state.map((word) => word.toString(16).padStart(16, "0")).join("");
}
