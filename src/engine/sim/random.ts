import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { fnv1a32 } from "../base/hash.ts";

/** A stream of random numbers that belongs to one purpose and is moved by nothing else. */
export interface RandomStream {
  /** A whole number in [0, bound). */
  int(bound: number): number;
  /** A number in [0, 1) with 30 random bits. */
  float(): number;
}

/** All streams of one simulation. The stream of a purpose depends on the seed and the purpose alone. */
export class RandomStreams {
  private readonly streams = new Map<string, RandomStream>();
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  stream(purpose: string): RandomStream {
    let stream = this.streams.get(purpose);
    if (stream === undefined) {
      stream = createStream(fnv1a32(purpose, fnv1a32(String(this.seed))));
      this.streams.set(purpose, stream);
    }
    return stream;
  }
}

function createStream(seed: number): RandomStream {
  const generator = xoroshiro128plus(seed);
  // For a power of two the low bits are the uniform answer, the same one and without a division.
  const int = (bound: number): number =>
    (bound & (bound - 1)) === 0 && bound > 0 ? generator.next() & (bound - 1) : uniformInt(generator, 0, bound - 1);
  return { int, float: () => int(0x40000000) / 0x40000000 };
}
