/** Which of the 16384 slots of a Redis Cluster a key is in. Upstream: Redis' cluster specification, crc16 (XMODEM). */
export const SLOTS = 16_384;

/** Both ends are in it. */
export type SlotRange = readonly [from: number, to: number];

export function hashSlot(key: string): number {
  // What stands in the first braces decides, so that keys can be kept together.
  const tag = /^[^{]*\{([^}]+)\}/.exec(key)?.[1] ?? key;
  let crc = 0;
  for (const character of tag) {
    for (const byte of bytesOf(character.codePointAt(0) ?? 0)) {
      crc ^= byte << 8;
      for (let bit = 0; bit < 8; bit++) crc = ((crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021) & 0xffff;
    }
  }
  return crc % SLOTS;
}

/** UTF-8 of one character. */
function bytesOf(point: number): number[] {
  if (point < 0x80) return [point];
  const tail = (shift: number): number => 0x80 | ((point >> shift) & 0x3f);
  if (point < 0x800) return [0xc0 | (point >> 6), tail(0)];
  if (point < 0x10000) return [0xe0 | (point >> 12), tail(6), tail(0)];
  return [0xf0 | (point >> 18), tail(12), tail(6), tail(0)];
}

/** `0-5460 5462`, in order and joined where they touch. */
export function readRanges(words: readonly string[]): SlotRange[] {
  const ranges = words
    .flatMap((word): SlotRange[] => {
      const found = /^(\d+)(?:-(\d+))?$/.exec(word);
      return found === null ? [] : [[Number(found[1]), Number(found[2] ?? found[1])]];
    })
    .sort((a, b) => a[0] - b[0]);
  const joined: SlotRange[] = [];
  for (const [from, to] of ranges) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last[1] + 1) joined[joined.length - 1] = [last[0], Math.max(last[1], to)];
    else joined.push([from, to]);
  }
  return joined;
}

export function rangesText(ranges: readonly SlotRange[]): string {
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(" ");
}

export function slotCount(ranges: readonly SlotRange[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}
