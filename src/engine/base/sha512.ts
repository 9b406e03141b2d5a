/** SHA-512 (FIPS 180-4), for texts of a few hundred bytes. */
const MASK = (1n << 64n) - 1n;

let constants: { round: readonly bigint[]; start: readonly bigint[] } | undefined;

/** Fractional parts of the roots of the first primes: cube roots for the rounds, square roots to start with. */
function tables(): { round: readonly bigint[]; start: readonly bigint[] } {
  if (constants !== undefined) return constants;
  const primes: bigint[] = [];
  for (let n = 2n; primes.length < 80; n++) if (primes.every((prime) => n % prime !== 0n)) primes.push(n);
  const round = primes.map((prime) => root(prime << 192n, 3n) & MASK);
  const start = primes.slice(0, 8).map((prime) => root(prime << 128n, 2n) & MASK);
  constants = { round, start };
  return constants;
}

/** The whole part of the `degree`-th root. */
function root(value: bigint, degree: bigint): bigint {
  let low = 0n;
  let high = 1n << 80n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** degree <= value) low = middle;
    else high = middle - 1n;
  }
  return low;
}

const rotate = (word: bigint, by: bigint): bigint => ((word >> by) | (word << (64n - by))) & MASK;

/** 128 hex digits. */
export function sha512(bytes: readonly number[]): string {
  const { round, start } = tables();
  const zeros = (128 - ((bytes.length + 17) % 128)) % 128;
  const bits = BigInt(bytes.length) * 8n;
  const length = Array.from({ length: 16 }, (_, at) => Number((bits >> BigInt(8 * (15 - at))) & 255n));
  const message = [...bytes, 0x80, ...Array.from({ length: zeros }, () => 0), ...length];
  let hash = [...start];
  for (let at = 0; at < message.length; at += 128) {
    const words: bigint[] = [];
    for (let word = 0; word < 16; word++) {
      let value = 0n;
      for (let byte = 0; byte < 8; byte++) value = (value << 8n) | BigInt(message[at + word * 8 + byte] as number);
      words.push(value);
    }
    for (let t = 16; t < 80; t++) {
      const [w15, w2] = [words[t - 15] as bigint, words[t - 2] as bigint];
      const s0 = rotate(w15, 1n) ^ rotate(w15, 8n) ^ (w15 >> 7n);
      const s1 = rotate(w2, 19n) ^ rotate(w2, 61n) ^ (w2 >> 6n);
      words.push(((words[t - 16] as bigint) + s0 + (words[t - 7] as bigint) + s1) & MASK);
    }
    let [a, b, c, d, e, f, g, h] = hash as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    for (let t = 0; t < 80; t++) {
      const s1 = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n);
      const choice = (e & f) ^ (~e & MASK & g);
      const first = (h + s1 + choice + (round[t] as bigint) + (words[t] as bigint)) & MASK;
      const s0 = rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n);
      const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) & MASK;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) & MASK, c, b, a, (first + second) & MASK];
    }
    hash = [a, b, c, d, e, f, g, h].map((word, index) => (word + (hash[index] as bigint)) & MASK);
  }
  return hash.map((word) => word.toString(16).padStart(16, "0")).join("");
}
